"""The engine over a real database: server processes that can be killed, and what they stored."""

import asyncio
import json
from collections.abc import Callable

import psycopg

from app.grading.requests import RequestTools
from app.grading.session_jobs import Grading, SessionJobs
from app.grading.start import StartRules, start_session
from app.marks.model import Role, Stage
from app.openrouter.catalogue import UNKNOWN, Catalogue
from app.openrouter.client import OpenRouterClient
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from app.openrouter.retry import RetryPolicy
from app.schemas.grade import GradeSingleReq
from app.storage.delivery import Delivery, OwnAddress
from app.work.background import Background
from app.work.launcher import InlineLauncher
from tests.grading.fakes import QUESTIONS

BASE_URL = "http://127.0.0.1:9/api/v1"


class Process:
    """One server process as far as grading goes: its own client, tasks, and name in leases."""

    def __init__(self, store, http, base_url, capacity, **time):
        client = OpenRouterClient(
            http,
            base_url=base_url,
            api_key="key",
            limiter=FairLimiter(capacity),
            gates=ModelGates(),
            policy=RetryPolicy(max_requests=3, backoff_base_seconds=0.01, backoff_cap_seconds=0.05),
            call_timeout_seconds=1,
        )
        self.background = Background()
        tools = RequestTools(Delivery(_NoStorage(), OwnAddress(None, base_url)), Catalogue(http, base_url), "deny")
        self.launcher = InlineLauncher(SessionJobs(store, Grading(client, tools), **time), self.background, **time)

    async def kill(self):
        """End as kill -9 does: nothing is stored, released or finished any more."""
        tasks = list(self.background._tasks)
        tasks += [run._recorder._writer for run in self.launcher._runs() if run._recorder._writer]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _AnyModel:
    """A list of models that cannot be had: nothing is known, nothing refused."""

    async def has_list(self):
        return True

    async def capabilities(self, model):
        return UNKNOWN


class _NoStorage:
    async def sign_reads(self, paths, **_):
        return {}


class Engine:
    """Sessions in a real database, graded by launchers of this test."""

    def __init__(self, store, database, stack):
        self.store = store
        self._database = database
        self._stack = stack

    def process(self, http, base_url=BASE_URL, capacity=16, **time):
        """`time` is the clock and the sleep of its launcher, real ones where they are left out."""
        process = Process(self.store, http, base_url, capacity, **time)
        self._stack.push_async_callback(process.kill)
        return process

    async def session(self, *, rubric=False, questions=QUESTIONS, human=None, n_pages=1):
        session_id = (await self.store.create_session(name="script"))["session_id"]
        roles = [Role.STUDENT, Role.GRADING_RUBRIC] if rubric else [Role.STUDENT]
        for role in roles:
            pages = [(f"https://scans.test/{role}{n or ''}.png", None) for n in range(n_pages)]
            await self.store.register_pages(session_id=session_id, role=role, order_index=0, pages=pages)
        await self.configure(session_id, questions, human)
        return session_id

    async def configure(self, session_id, questions=QUESTIONS, human=None):
        rows = [
            {
                "question_id": one.question_id,
                "number": one.number,
                "max_marks": one.max_marks,
                "tolerance": None,
                "text": one.text,
                "answer": one.answer,
            }
            for one in questions
        ]
        await self.store.configure_questions(session_id, rows, human or {})

    async def start(self, session_id, models, **request):
        """Write the run down, without anybody working on it."""
        rules = StartRules(has_key=True, openrouter_host="127.0.0.1", public_base_url=None, catalogue=_AnyModel())
        body = GradeSingleReq(session_id=session_id, models=models, **request)
        await start_session(self.store, body, rules)

    async def grade(self, process, session_id, models, **request):
        await self.start(session_id, models, **request)
        await self.work(process, session_id)

    async def work(self, process, session_id):
        process.launcher.launch(session_id)
        await process.launcher.wait(30)
        assert not process.launcher._live

    async def progress(self, session_id):
        return json.loads(await self.store.session_progress(session_id))

    async def marks(self, session_id):
        """{(question, marker, try): mark} of the current plan."""
        rows = (await self.store.session_results(session_id))["results"]
        keys = [(row["question_id"], row["model_name"], row["try_index"]) for row in rows]
        assert len(set(keys)) == len(keys)
        return dict(zip(keys, (row["marks_awarded"] for row in rows), strict=True))

    async def calls(self, session_id, stage=Stage.ASSESSMENT):
        """{(marker, try): the stored call} of the current plan."""
        rows = (await self.store.session_results(session_id))["calls"]
        return {(row["model_name"], row["try_index"]): row for row in rows if row["stage"] == stage}

    def sql(self, statement, *values):
        with psycopg.connect(self._database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    async def until(self, is_so: Callable[[], bool]):
        """Wait for what happens in another process as it were, and tells nobody."""
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110 - tells nobody
                await asyncio.sleep(0.005)

    def stored(self, session_id):
        """How many calls have an answer, first ones included."""
        finished = "status in ('succeeded', 'failed', 'cancelled') or first_answer is not null"
        return self.sql(f"select count(*) from grading_call where session_id = %s and ({finished})", session_id)[0][0]  # noqa: S608 # no value from outside

    def expire_lease(self, session_id):
        """As if 15 seconds had passed since its owner was killed."""
        self.sql("update session set lease_expires_at = now() - interval '1 second' where id = %s", session_id)

"""Models that answer as a test says, a clock that nobody waits for, and the engine over fakes or over a database."""

import asyncio
import heapq
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace

import httpx
import psycopg
import pytest

from app.background import Background
from app.grading.jobs import Grading, SessionJobs
from app.grading.plan import Marker, ModelSettings, Plan, Templates, planned_calls
from app.grading.requests import RequestBuilder, RequestTools
from app.grading.run import RunTools, SessionRun
from app.grading.start import StartRules, start_session
from app.marks.model import CallStatus, Image, Question, Role, Stage
from app.openrouter.catalogue import UNKNOWN, Catalogue
from app.openrouter.client import OpenRouterClient
from app.openrouter.limits import FairLimiter, ModelGates
from app.openrouter.retry import RetryPolicy
from app.queue.launcher import InlineLauncher
from app.schemas.grade import GradeSingleReq
from app.simulator.asks import read_ask
from app.store.psycopg import PsycopgTransport
from app.store.store import ClaimedRun, Lease, RunSummary, Store, StoredCall

BASE_URL = "http://127.0.0.1:9/api/v1"
SESSION = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
QUESTIONS = (Question("1a", 1, 4.0), Question("1b", 2, 2.0))


async def settle() -> None:
    """Let everything happen that can without time passing. A request through httpx takes some 20 turns of the loop."""
    for _ in range(200):
        await asyncio.sleep(0)


class FakeTime:
    """A clock that stands still until a test moves it; those who sleep wake when their time has come."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []
        self._sleepers = []
        self._order = count()

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken

    async def pass_(self, seconds):
        """Let `seconds` pass, one sleeper after the other."""
        await settle()
        end = self.now + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.now = end


@dataclass(frozen=True)
class Asked:
    """One request that reached a model; `nth` counts the requests of its call from 1."""

    session: str
    model: str
    try_index: int
    stage: Stage
    nth: int
    text: str = field(repr=False)

    @property
    def last_part(self):
        return json.loads(self.text)["messages"][-1]["content"][-1]["text"]


class Models:
    """Every model behind one HTTP transport. `reply(asked)` makes the response; while `open` is unset all hang."""

    def __init__(self):
        self.asked: list[Asked] = []
        self.answered: list[Asked] = []
        self.reply = lambda asked: self.marks({"1a": 3, "1b": 1})
        self.open = asyncio.Event()
        self.open.set()
        self._nth = Counter()
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    async def _handle(self, request):
        if request.url.path.endswith("/models"):
            return httpx.Response(200, json={"data": []})
        ask = read_ask(request.content)
        call = (ask.session_id.split("/")[0], ask.model, int(request.headers["X-Secondmark-Try"]), ask.stage)
        self._nth[call] += 1
        asked = Asked(*call, self._nth[call], request.content.decode())
        self.asked.append(asked)
        await asyncio.sleep(0)  # no network answers within the same turn of the loop
        await self.open.wait()
        reply = self.reply(asked)
        response = await reply if isinstance(reply, Awaitable) else reply
        self.answered.append(asked)
        return response

    def marks(self, marks, **choice):
        """An answer with these marks by question id."""
        notes = [{"question_id": key, "marks_awarded": mark, "rubric_notes": "seen"} for key, mark in marks.items()]
        return self.text(json.dumps({"answers": notes}), **choice)

    def criteria(self):
        return self.text(json.dumps({"grading_criteria": [{"question_id": "1a", "criterion": "shows the working"}]}))

    def text(self, content, finish_reason="stop"):
        message = {"role": "assistant", "content": content}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "cost": 0.01}
        choices = [{"message": message, "finish_reason": finish_reason}]
        return httpx.Response(200, json={"id": "gen-1", "provider": "Acme", "choices": choices, "usage": usage})

    def error(self, status, **headers):
        body = {"error": {"code": status, "message": "it failed"}}
        return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def asked_for(self, stage=Stage.ASSESSMENT):
        """How often each (model, try) was asked in a stage."""
        return Counter((one.model, one.try_index) for one in self.asked if one.stage is stage)


class FakeStore:
    """What a run asks of the store, in memory. Set `away` to an error and everything raises it."""

    def __init__(self):
        self.outcomes = []
        self.away = None
        self.lease = Lease(held=True, stop_reason=None)
        self.hanging = None
        self.storing = asyncio.Event()
        self.storing.set()
        self.renewals = []
        self.released = 0
        self.finished = None
        self.unfinished = 0

    def _answer(self):
        if self.away is not None:
            raise self.away

    async def record_calls(self, session_id, run, outcomes):
        await self.storing.wait()
        self._answer()
        self.outcomes.extend(outcomes)
        return len(outcomes)

    async def renew_lease(self, session_id, lease_owner, *, running, waiting):
        if self.hanging is not None:
            await self.hanging.wait()
        self._answer()
        self.renewals.append((running, waiting))
        return self.lease

    async def run_summary(self, session_id):
        self._answer()
        done = [one for one in self.outcomes if one["stage"] == "assessment"]
        marked = sum(any(row["marks_awarded"] is not None for row in one["results"]) for one in done)
        succeeded = sum(one["status"] == "succeeded" for one in done)
        first = next((one["error"]["message"] for one in done if one["status"] == "failed"), None)
        return RunSummary(len(done), succeeded, self.unfinished, marked, first)

    async def finish_session(self, session_id, lease_owner, status, reason):
        self._answer()
        self.finished = (status.value, reason)
        return False

    async def release_lease(self, session_id, lease_owner):
        self._answer()
        self.released += 1

    def statuses(self, stage=Stage.ASSESSMENT):
        """The stored statuses of each try, oldest first."""
        found = {}
        for one in self.outcomes:
            if one["stage"] == stage:
                found.setdefault(one["try_index"], []).append(one["status"])
        return found


def claimed_run(tries=1, model="acme/one", *, rubric=False, stop_reason=None, session_id=SESSION, stored=()):
    """A run as it comes from a claim; `stored` are (try, stage, changes) to what is unfinished and new."""
    settings = ModelSettings(model)
    plan = Plan((Marker(model, tries, settings, settings),), 1, {})
    images = [Image(Role.STUDENT, "https://scans.test/1.png", 0)]
    if rubric:
        images.append(Image(Role.GRADING_RUBRIC, "https://scans.test/rubric.png", 0))
    changes = {(try_index, stage): fields for try_index, stage, fields in stored}
    calls = []
    for call in planned_calls(plan, Templates.from_rows({}), QUESTIONS, images):
        fields = {"status": CallStatus.PENDING, "criteria": None, "first_answer": None}
        fields |= changes.get((call.key.try_index, call.key.stage), {})
        calls.append(StoredCall(key=call.key, input_hash=call.request["input_hash"], **fields))
    return ClaimedRun(session_id, 1, plan.as_json(), stop_reason, QUESTIONS, tuple(images), tuple(calls))


@pytest.fixture
def fake_time():
    return FakeTime()


@pytest.fixture
async def models():
    models = Models()
    yield models
    await models.http.aclose()


@pytest.fixture
def make_client(models, fake_time):
    """Builds the real client over `models`; retries wait on `fake_time`."""

    def make(capacity=16, **policy):
        return OpenRouterClient(
            models.http,
            base_url=BASE_URL,
            api_key="key",
            limiter=FairLimiter(capacity),
            gates=ModelGates(clock=fake_time, sleep=fake_time.sleep),
            policy=RetryPolicy(**policy),
            call_timeout_seconds=60,
            sleep=fake_time.sleep,
            draw=lambda: 0.5,
        )

    return make


@pytest.fixture
def fake_store():
    return FakeStore()


@pytest.fixture
async def runs(fake_store, fake_time, make_client):
    """Builds runs over fakes (`make`), starts them (`start`), lets things happen (`settle`)."""
    tasks = []

    def make(client=None, claimed_at=None, **claim):
        claimed = claimed_run(**claim)
        capabilities = dict.fromkeys(("acme/one", "acme/two"), UNKNOWN)
        requests = RequestBuilder(claimed, {one.url: one.url for one in claimed.images}, capabilities, "deny")
        tools = RunTools(fake_store, client or make_client(), "me", sleep=fake_time.sleep, clock=fake_time)
        return SessionRun(claimed, tools, requests, claimed_at=fake_time() if claimed_at is None else claimed_at)

    async def start(run):
        tasks.append(asyncio.create_task(run.run()))
        await settle()
        return tasks[-1]

    yield SimpleNamespace(make=make, start=start, settle=settle)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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
        tools = RequestTools(_NoStorage(), Catalogue(http, base_url), "deny", None)
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

    async def session(self, *, rubric=False, questions=QUESTIONS):
        session_id = (await self.store.create_session(name="script"))["session_id"]
        roles = [Role.STUDENT, Role.GRADING_RUBRIC] if rubric else [Role.STUDENT]
        for role in roles:
            await self.store.register_image(
                session_id=session_id,
                role=role,
                url=f"https://scans.test/{role}.png",
                order_index=0,
                storage_path=None,
            )
        await self.configure(session_id, questions)
        return session_id

    async def configure(self, session_id, questions=QUESTIONS):
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
        await self.store.configure_questions(session_id, rows, {})

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
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - tells nobody
                await asyncio.sleep(0.005)

    def stored(self, session_id):
        """How many calls have an answer, first ones included."""
        finished = "status in ('succeeded', 'failed', 'cancelled') or first_answer is not null"
        return self.sql(f"select count(*) from grading_call where session_id = %s and ({finished})", session_id)[0][0]  # noqa: S608 # no value from outside

    def expire_lease(self, session_id):
        """As if 15 seconds had passed since its owner was killed."""
        self.sql("update session set lease_expires_at = now() - interval '1 second' where id = %s", session_id)


@pytest.fixture
async def engine(database):
    async with AsyncExitStack() as stack:
        transport = PsycopgTransport(database)
        await transport.open()
        stack.push_async_callback(transport.close)
        yield Engine(Store(transport), database, stack)

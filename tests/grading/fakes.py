"""A clock that nobody waits for, models that answer as a test says, and a store in memory."""

import asyncio
import heapq
import json
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import count

import httpx

from app.grading.markers import Marker, ModelSettings, Templates
from app.grading.plan import Plan, planned_calls
from app.marks.model import CallStatus, Image, Question, Role, Stage
from app.simulator.asks import read_ask
from app.store.runs import ClaimedRun, Lease, RunSummary, StoredCall

SESSION = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
QUESTIONS = (Question("1a", 1, 4.0), Question("1b", 2, 2.0))
GOOD = {"1a": 3, "1b": 1}
ONE = [{"name": "acme/one"}]


def tries(number, **more):
    return [{"name": "acme/one", "tries": number, **more}]


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
    """What a run asks of the store, in memory. With `away` set to an error everything raises it, with `refused` the
    storing of outcomes does.
    """

    def __init__(self):
        self.outcomes = []
        self.away = None
        self.refused = None
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
        if self.refused is not None:
            raise self.refused
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
        done = [one for one in self.outcomes if one["stage"] == "assessment" and one["status"] != "pending"]
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


def claimed_run(
    tries=1,
    model="acme/one",
    *,
    rubric=False,
    stop_reason=None,
    session_id=SESSION,
    stored=(),
    exam_id=None,
    page="1",
    split=None,
    pages=1,
):
    """A run as it comes from a claim; `stored` are (try, stage, changes) to what is unfinished and new."""
    plan = Plan((Marker(model, tries, ModelSettings(model, split=split), ModelSettings(model)),), 1, {})
    images = [Image(Role.STUDENT, f"https://scans.test/{page}.png", 0)]
    images += [Image(Role.STUDENT, f"https://scans.test/{n}.png", n - 1) for n in range(2, pages + 1)]
    if rubric:
        images.append(Image(Role.GRADING_RUBRIC, "https://scans.test/rubric.png", 0))
    changes = {(try_index, stage): fields for try_index, stage, fields in stored}
    calls = []
    for call in planned_calls(plan, Templates.from_rows({}), QUESTIONS, images):
        fields = {"status": CallStatus.PENDING, "criteria": None, "first_answer": None}
        fields |= changes.get((call.key.try_index, call.key.stage), {})
        calls.append(StoredCall(key=call.key, input_hash=call.request["input_hash"], **fields))
    stored_plan = plan.as_json() | {"exam_id": exam_id}
    return ClaimedRun(session_id, 1, stored_plan, stop_reason, QUESTIONS, tuple(images), tuple(calls))


async def slow(fake_time, models, seconds):
    await fake_time.sleep(seconds)
    return models.marks(GOOD)

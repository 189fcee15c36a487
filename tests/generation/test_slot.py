"""One slot, whose calls a fake fake answers and whose stored answers are given."""

import asyncio
import json
import re
import threading
from dataclasses import replace

import pytest

from app.generation import slot as slots
from app.generation.bank import Bank
from app.generation.checks import Thresholds
from app.generation.model import Difficulty
from app.generation.plans import SlotPlan
from app.generation.segment import Passage, Segment
from app.generation.slot import Assignment, Slot
from app.marks.model import Usage
from app.marks.reasons import Reason
from app.openrouter.call import CallResult, Failure
from app.openrouter.reply import Answer
from app.store.generated_tests import StoredAttempt
from tests.generation.questions import PAGE, SEGMENT, draft

THRESHOLDS = Thresholds()
ASSIGNMENT = Assignment("test/writer", ("test/solver",), Difficulty.EASY, 7, THRESHOLDS, 3)
FINDING = {"code": "duplicate", "message": "Ask about something else.", "found": None, "blocking": True}


def written(**changes):
    one = draft(**changes)
    return json.dumps(
        {
            "stem": one.stem,
            "key": one.key,
            "distractors": [{"text": wrong.text, "why_wrong": wrong.why_wrong} for wrong in one.distractors],
            "explanation": one.explanation,
            "quote": one.quote,
            "topic": one.topic,
            "bloom": one.bloom.value,
        }
    )


class FakeRun:
    """Answers each call with what `answer` makes of it, and keeps what it was given."""

    def __init__(self, answer=None):
        self._answer = answer or exemplary
        self.asked = []
        self.attempts = []
        self.accepted = []

    async def ask(self, asked):
        self.asked.append(asked)
        await asyncio.sleep(0)
        content = self._answer(asked)
        if isinstance(content, CallResult):
            return content
        return CallResult(Answer(content, "stop", model=asked.model), None)

    async def idle(self, waiting):
        return await waiting

    async def store_attempt(self, attempt):
        self.attempts.append(attempt)

    async def accept(self, slot, question):
        self.accepted.append(question)
        return True


def exemplary(asked):
    """A good question from the writer, the key from the solver."""
    if asked.model == "test/writer":
        return written()
    return json.dumps({"reason": "It says so.", "answer": chosen(asked)})


def chosen(asked):
    options = dict(re.findall(r"^([A-D])\. (.*)$", asked.messages[-1]["content"], re.MULTILINE))
    return next(letter for letter, text in options.items() if text == draft().key)


def attempt(role, content, outcome, *, with_quote=True, round=1, **verdict):  # noqa: A002 - the field's name
    model = f"test/{role}"
    return StoredAttempt(1, round, role, model, with_quote, content, {"outcome": outcome} | verdict)


def make(fake, stored=(), *, bank=None, assignment=ASSIGNMENT, segment=SEGMENT):
    return Slot(segment, SlotPlan(key="C"), assignment, fake, bank or Bank(10, THRESHOLDS), stored)


async def test_a_good_question_is_accepted_with_the_words_and_the_page_of_the_document():
    slip = "lts inner membrane is fo1ded into cristae, which enlarge the surface"
    fake = FakeRun(lambda asked: written(quote=slip) if asked.model == "test/writer" else exemplary(asked))
    segment = Segment(1, (Passage(3, "Cells are “the units” of life."), Passage(4, PAGE)))
    await make(fake, segment=segment).run()
    [question] = fake.accepted

    assert (question["page"], question["quote"] in PAGE, question["quote"] == slip) == (4, True, False)
    assert question["options"][2] == draft().key


async def test_a_long_segment_is_searched_on_another_thread(monkeypatch):
    threads = []
    search = slots.find_quote

    def find_quote(*args):
        threads.append(threading.current_thread())
        return search(*args)

    monkeypatch.setattr(slots, "find_quote", find_quote)
    await make(FakeRun()).run()

    assert threads
    assert threading.main_thread() not in threads


async def test_a_stored_rejection_is_not_judged_again_and_its_reasons_are_told():
    """The answer itself would pass now: what spoke against it stood in another question of the test."""
    fake = FakeRun()
    await make(fake, [attempt("writer", written(), "rejected", findings=[FINDING])]).run()
    again = fake.asked[0]

    assert (again.model, again.index) == ("test/writer", 2)
    assert FINDING["message"] in again.messages[-1]["content"]
    assert [row["round"] for row in fake.attempts if row["role"] == "writer"] == [2, 2]


async def test_after_the_last_stored_rejection_nothing_more_is_asked():
    stored = [attempt("writer", written(), "rejected", round=n, findings=[FINDING]) for n in (1, 2, 3)]
    fake = FakeRun()
    await make(fake, stored).run()

    assert (fake.asked, fake.accepted) == ([], [])


async def test_stored_answers_of_writer_and_solvers_are_not_paid_again():
    choice = json.dumps({"reason": "", "answer": "C"})
    stored = [
        attempt("writer", written(), "written"),
        attempt("solver", choice, "agrees"),
        attempt("solver", choice, "agrees", with_quote=False),
    ]
    fake = FakeRun()
    await make(fake, stored).run()

    assert fake.asked == []
    assert [question["correct_option"] for question in fake.accepted] == ["C"]


async def test_only_the_solvers_answer_that_is_missing_is_asked_for():
    stored = [attempt("writer", written(), "written"), attempt("solver", json.dumps({"answer": "C"}), "agrees")]
    fake = FakeRun()
    await make(fake, stored).run()

    assert [asked.model for asked in fake.asked] == ["test/solver"]
    assert len(fake.accepted) == 1


async def test_a_stored_failure_of_the_writer_is_not_asked_again():
    fake = FakeRun()
    await make(fake, [attempt("writer", None, "failed", final=True)]).run()

    assert (fake.asked, fake.accepted) == ([], [])


async def test_solvers_that_are_all_silent_do_not_confirm_one_another():
    unreachable = CallResult(None, Failure(Reason.UNREACHABLE, "OpenRouter could not be reached."))
    fake = FakeRun(lambda asked: written() if asked.model == "test/writer" else unreachable)
    await make(fake, assignment=replace(ASSIGNMENT, solvers=("test/solver", "test/another"), rounds=1)).run()
    verdict = fake.attempts[-1]["verdict"]

    assert (fake.accepted, verdict["outcome"]) == ([], "rejected")
    assert "OpenRouter could not be reached." in verdict["message"]


@pytest.mark.parametrize("reason", [Reason.CANCELLED, Reason.INTERRUPTED])
@pytest.mark.parametrize("model", ["test/writer", "test/solver"])
async def test_the_cost_of_an_interrupted_call_is_stored_without_a_judgement(model, reason):
    interrupted = CallResult(None, Failure(reason, "The server stopped."), usage=Usage(cost_usd=0.25))
    fake = FakeRun(lambda asked: interrupted if asked.model == model else exemplary(asked))
    with pytest.raises(asyncio.CancelledError):
        await make(fake).run()

    stored = [one for one in fake.attempts if one["verdict"]["outcome"] == "interrupted"]
    assert {(one["model"], one["cost_usd"]) for one in stored} == {(model, 0.25)}
    assert {one["verdict"]["outcome"] for one in fake.attempts} <= {"interrupted", "written"}


@pytest.mark.parametrize("error", [asyncio.CancelledError, RuntimeError])
async def test_a_slot_that_is_interrupted_gives_its_place_back(error):
    def answer(asked):
        if asked.model == "test/solver":
            raise error
        return written()

    bank = Bank(10, THRESHOLDS)
    with pytest.raises(error):
        await make(FakeRun(answer), bank=bank).run()

    assert bank.enter(2, draft()) == ()

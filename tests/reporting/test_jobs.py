"""Computations that clients wait for: shared, bounded, and given up when nobody waits."""

import asyncio
import multiprocessing
import os
import time

import pytest

from app.errors import UnprocessableError, UpstreamUnavailableError
from app.reporting import jobs as jobs_module
from app.reporting.analyses import Analyses
from app.reporting.exam_marks import read_exam_marks
from app.reporting.jobs import Computing, Jobs, Waiter
from tests.bench.sizes import stored_text
from tests.support.children import children_with


def where():
    return os.getpid()


def where_after(path):
    """The process's id, once there is a file at `path`."""
    while not path.exists():
        time.sleep(0.01)
    return os.getpid()


@pytest.fixture
def never(tmp_path):
    """A path at which no file appears."""
    return tmp_path / "never"


def refuse():
    raise UnprocessableError.field("a", "no")


def starve():
    raise MemoryError


def spawned():
    return children_with("spawn_main")


def vanish():
    os._exit(1)


def said(_, word):
    return word


def started(function, *arguments, owner=None):
    return Jobs().large(owner, 1.0, function, *arguments)


async def gone():
    return True


async def test_a_large_job_runs_in_another_process_and_a_small_one_in_this():
    assert await started(where).result() != os.getpid()
    assert await Jobs().small(None, where).result() == os.getpid()


async def test_two_large_jobs_run_at_once_and_the_third_waits_its_turn(tmp_path):
    jobs, may_end = Jobs(), tmp_path / "may end"
    slow = asyncio.gather(*(jobs.large("a", 1.0, where_after, may_end).result() for _ in range(2)))
    third = jobs.large("a", 1.0, where)
    with pytest.raises(Computing):
        await third.result(Waiter(1.0))
    may_end.touch()
    assert len({*await slow, await third.result()}) == 3


async def test_what_the_function_raises_is_raised_whole_where_it_was_asked_for():
    with pytest.raises(UnprocessableError) as refused:
        await started(refuse).result()
    assert refused.value.details == {"errors": [{"field": "a", "message": "no"}]}


async def test_a_process_that_is_gone_is_an_error_and_no_endless_wait():
    with pytest.raises(UpstreamUnavailableError, match="ended without a result"):
        await started(vanish).result()


async def test_a_process_that_is_killed_before_it_has_its_arguments_is_an_error_and_no_endless_wait():
    # More than fits into a pipe that nobody reads.
    job = started(len, b"x" * 4_000_000)
    while not (children := spawned()):  # noqa: ASYNC110 - it starts in a thread
        await asyncio.sleep(0.001)
    for child in children:
        child.kill()

    async with asyncio.timeout(60):
        with pytest.raises(UpstreamUnavailableError, match="ended without a result"):
            await job.result()


async def test_an_analysis_without_memory_fails_with_a_message_about_memory():
    with pytest.raises(UpstreamUnavailableError, match="no memory left"):
        await started(starve).result()


async def test_a_job_that_takes_too_long_is_ended(never, monkeypatch):
    monkeypatch.setattr(jobs_module, "LIMIT_SECONDS", 0.2)
    with pytest.raises(UpstreamUnavailableError, match="longer than"):
        await started(where_after, never).result()


async def test_a_client_that_asks_again_finds_its_job_and_one_that_stays_away_loses_it(never, monkeypatch):
    monkeypatch.setattr(jobs_module, "PATIENCE_SECONDS", 1.0)
    job = started(where_after, never)
    with pytest.raises(Computing) as going_on:
        await job.result(Waiter(0.2))
    assert going_on.value.as_json()["status"] == "computing"
    await asyncio.wait({job.task})
    assert time.monotonic() >= job.wanted
    assert job.task.cancelled()


async def test_a_job_ends_soon_after_the_only_client_that_held_the_line_went_away(never, monkeypatch):
    monkeypatch.setattr(jobs_module, "PATIENCE_SECONDS", 600.0)
    job = started(where_after, never)
    with pytest.raises(Computing):
        await job.result(Waiter(None, gone))
    await asyncio.wait({job.task})
    assert job.task.cancelled()


async def test_no_process_stays_when_the_jobs_are_closed_not_even_one_that_is_starting(never):
    jobs = Jobs()
    job = jobs.large(None, 1.0, where_after, never)
    with pytest.raises(Computing):
        await job.result(Waiter(0.5))
    starting = jobs.large(None, 1.0, where_after, never)
    await asyncio.sleep(0)
    await jobs.close()
    assert job.task.cancelled()
    assert starting.task.cancelled()
    # A process that was starting is ended once it has started.
    while multiprocessing.active_children():  # noqa: ASYNC110 - nothing sets an event when a process ends
        await asyncio.sleep(0.05)


async def test_a_job_goes_on_for_the_client_that_stays_when_another_goes_away():
    job = started(where, 2.0)
    left, stayed = await asyncio.gather(job.result(Waiter(None, gone)), job.result(), return_exceptions=True)
    assert isinstance(left, Computing)
    assert stayed != os.getpid()


class Stored:
    """An exam store that knows one exam."""

    owner_id = None

    def __init__(self, text):
        self.text, self.version, self.n_read = text, "1", 0

    async def marks_version(self, _):
        return self.version

    async def marks(self, _):
        self.n_read += 1
        return self.text


async def test_a_large_exam_answers_202_first_and_then_as_any_other(monkeypatch):
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    analyses, exams = Analyses(), Stored(stored_text(40, 2, 2, 1).encode())
    with pytest.raises(Computing):
        await analyses.agreement(exams, {"exam_id": "e"}, Waiter(0.0))
    one, other = await asyncio.gather(*(analyses.agreement(exams, {"exam_id": "e"}) for _ in range(2)))
    assert one == other
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 10**9)
    assert await Analyses().agreement(exams, {"exam_id": "e"}) == one


async def test_marks_are_read_again_only_when_they_changed():
    analyses, exams = Analyses(), Stored(stored_text(12, 2, 1, 1).encode())
    scope = {"exam_id": "e"}
    await analyses.agreement(exams, scope)
    before, _ = await analyses.with_queue(exams, scope)
    assert exams.n_read == 1
    exams.text, exams.version = stored_text(13, 2, 1, 1).encode(), "2"
    after, queue = await analyses.with_queue(exams, scope)
    assert (len(before.marks.table.scripts), len(after.marks.table.scripts), queue.n_answers) == (12, 13, 26)
    assert exams.n_read == 2
    await analyses.with_queue(exams, scope, boundaries=(4.0,))
    assert exams.n_read == 3


async def test_other_arguments_or_other_marks_are_computed_anew_and_the_same_are_not():
    analyses, exams = Analyses(), Stored(b"")
    first = await analyses.computed(exams, Waiter(), said, b"marks", ("word",))
    assert await analyses.computed(exams, Waiter(), said, b"marks", ("other",)) == ("other",)
    assert await analyses.computed(exams, Waiter(), said, b"marks", ("word",)) is first
    assert await analyses.computed(exams, Waiter(), said, b"more marks", ("word",)) == ("word",)


async def test_a_result_that_is_ready_between_two_requests_is_given_to_the_second(monkeypatch):
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    analyses, exams = Analyses(), Stored(stored_text(12, 2, 1, 1).encode())
    scope = {"exam_id": "e"}
    with pytest.raises(Computing):
        await analyses.of(exams, scope, Waiter(0.0))
    (job,) = analyses._jobs_of.values()
    await asyncio.wait({job.task})
    await asyncio.sleep(0)
    found = await analyses.of(exams, scope, Waiter(0.0))
    assert (len(found.marks.table.scripts), exams.n_read) == (12, 1)


def lengths(first, second, word):
    return len(first), len(second), word


async def test_a_study_reads_marks_again_only_when_those_of_one_of_its_exams_changed():
    analyses, exams = Analyses(), Stored(b"marks")
    scopes = [{"exam_id": "e"}, {"exam_id": "f"}]
    assert await analyses.study(exams, Waiter(), scopes, lengths, "word") == (5, 5, "word")
    assert await analyses.study(exams, Waiter(), scopes, lengths, "word") == (5, 5, "word")
    assert exams.n_read == 2
    assert await analyses.study(exams, Waiter(), scopes, lengths, "other") == (5, 5, "other")
    exams.text, exams.version = b"other marks", "2"
    assert await analyses.study(exams, Waiter(), scopes, lengths, "word") == (11, 11, "word")
    assert exams.n_read == 6


class Reviewed(Stored):
    """An exam of which each of these answers was reviewed with 3 marks."""

    answers = (("s1", "q1"),)

    async def reviews(self, _scope, **_readers):
        return [
            {"session_id": script, "question_id": question, "mark": 3.0, "hidden": False}
            for script, question in self.answers
        ]


async def test_what_reviews_changed_takes_its_turn_and_marks_are_read_once(monkeypatch):
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    analyses, exams, scope = Analyses(), Reviewed(stored_text(12, 2, 1, 1).encode()), {"exam_id": "e"}
    marks = read_exam_marks(exams.text)
    exams.answers = ((marks.table.scripts[0], "q1"), (marks.table.scripts[0], "unknown"))
    with pytest.raises(Computing):
        await analyses.changes(exams, scope, None, Waiter(0.0))
    first = await analyses.changes(exams, scope, None, Waiter())
    assert await analyses.changes(exams, scope, None, Waiter()) == first
    assert exams.n_read == 1
    human = marks.by_answer(marks.table.human)[exams.answers[0]]
    assert [row["human_mark"] for row in first["reviews"]] == [human, None]
    exams.answers = ()
    assert (await analyses.changes(exams, scope, None, Waiter(0.0)))["n_reviewed"] == 0


async def test_marks_are_not_read_again_while_their_study_goes_on(monkeypatch):
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    analyses, exams = Analyses(), Stored(b"marks")
    for _ in range(3):
        with pytest.raises(Computing):
            await analyses.study(exams, Waiter(0.0), [{"exam_id": "e"}], slow_length)
    assert await analyses.study(exams, Waiter(), [{"exam_id": "e"}], slow_length) == 5
    assert exams.n_read == 1


def slow_length(marks):
    time.sleep(0.5)
    return len(marks)

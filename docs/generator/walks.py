"""The walks of docs/architecture.md: every file that a request runs, in the order in which it is reached."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from docs.generator.traces import Trace, Traces, traces

PAGE = Path(__file__).parents[1] / "architecture.md"
SECTION = re.compile(
    r"(?<=<!-- `make docs` writes from here -->\n).*?(?=<!-- `make docs` writes to here -->)", re.DOTALL
)


class Step(NamedTuple):
    """A part of a walk. It begins where `function` of `file` runs first."""

    text: str
    file: str
    function: str


CALL = (
    Step("Make one call while the lease holds, under the limits of its model", "work/lease.py", "ask_under_lease"),
    Step(
        "Send the request over the pool of connections",
        "openrouter/transport.py",
        "AiohttpTransport.post",
    ),
    Step(
        "Read the reply and judge it: complete, cut off, refused, worth a retry", "openrouter/classify.py", "classify"
    ),
)
GRADING = (
    Step("Check the request and hand the parts in", "middleware.py", "RequestContext.__call__"),
    Step("Ask one part, answer 202", "routers/grade.py", "grade_session"),
    Step("Refuse what cannot run, before it costs anything", "grading/start.py", "start_session"),
    Step(
        "Expand the plan into calls, store them in one transaction (`start_grading.sql`)",
        "grading/plan.py",
        "plan_from_request",
    ),
    Step("Start a task for the session", "work/launcher.py", "InlineLauncher.launch"),
    Step("Claim the session and build each marker's request", "grading/session_jobs.py", "SessionJobs.claim"),
    Step("Renew the lease, start one task for each attempt", "grading/session_run.py", "SessionRun.__init__"),
    Step("One attempt: criteria, marks, perhaps a second request", "grading/attempt.py", "Attempt.run"),
    *CALL,
    Step("Read the marks out of the answer", "grading/answers/marks.py", "parse_answer"),
    Step(
        "Store one row for the call and one for each question (`record_calls.sql`)",
        "grading/recorder.py",
        "Recorder.record",
    ),
    Step("End the run: graded or failed, totals", "grading/session_run.py", "SessionRun.finish"),
)
STATISTIC = (
    Step("Read the answer: one mark or reason for each question", "grading/answers/marks.py", "parse_answer"),
    Step("Store the marks (`record_calls.sql`)", "grading/recorder.py", "Recorder.record"),
    Step("Ask for the agreement of a session or an exam", "middleware.py", "RequestContext.__call__"),
    Step("Read all marks as one compact text (`exam_marks.sql`)", "store/exams.py", "ExamStore.marks"),
    Step("Turn the text into arrays", "reporting/exam_marks.py", "read_exam_marks"),
    Step("Compute the figures and their intervals", "agreement/agreement.py", "analyse"),
)
REPLY = (
    *CALL[1:],
    Step("Decide on another request", "openrouter/retry.py", "decide"),
    Step("Read the marks out of the answer", "grading/answers/marks.py", "parse_answer"),
    Step(
        "Store one row for the call and one for each question (`record_calls.sql`)",
        "grading/recorder.py",
        "Recorder.record",
    ),
)
GENERATION = (
    Step("Take the upload, refuse what is no document", "middleware.py", "RequestContext.__call__"),
    Step("Read it under a lease, in a subprocess with limits", "documents/reading.py", "DocumentReading.work"),
    Step("Start a test", "routers/tests.py", "generate_test"),
    Step("Cut the text into segments, one task for each slot", "generation/generation_run.py", "GenerationRun.work"),
    Step("One slot: write, check, solve, write again", "generation/slot.py", "Slot.run"),
    *CALL,
    Step("Read the answer", "generation/answers.py", "parse_writer"),
    Step("Check the draft by code", "generation/checks.py", "check_draft"),
    Step(
        "Compare it with the other questions, and store it (`accept_question.sql`)",
        "generation/slot.py",
        "Slot._hand_in",
    ),
)


def page() -> str:
    """docs/architecture.md, with the walks as the program takes them today."""
    return SECTION.sub(lambda _: section(traces()), PAGE.read_text("utf-8"))


def section(seen: Traces) -> str:
    """The four walks. Raises ValueError for a step that the program does not reach any more."""
    reply = between(seen.grading, REPLY[0], GRADING[-1])
    reading = between(seen.grading, STATISTIC[0], GRADING[-1])
    walks = (
        ("From POST /grade/single to stored rows", GRADING, seen.grading),
        ("From a model's text to a statistic", STATISTIC, reading + seen.agreement),
        ("From a document to an accepted question", GENERATION, seen.generation),
        ("From an HTTP reply to a row", REPLY, reply),
    )
    return "\n" + "\n\n".join(f"### {title}\n\n{table(steps, trace)}" for title, steps, trace in walks) + "\n\n"


def table(steps: Sequence[Step], trace: Trace) -> str:
    """A row for each step, with the files that the program reaches in it for the first time."""
    files = files_by_step(steps, trace)
    rows = [
        f"| {number}. {step.text} | {', '.join(f'`{path}`' for path in paths) or 'files of earlier steps'} |"
        for number, (step, paths) in enumerate(zip(steps, files, strict=True), start=1)
    ]
    return "\n".join([f"| step | {sum(map(len, files))} files below `app/` |", "| --- | --- |", *rows])


def files_by_step(steps: Sequence[Step], trace: Trace) -> list[list[str]]:
    """Each file once, in the step in which it is reached first. Raises ValueError for a step that is not reached."""
    found: list[list[str]] = [[]]
    known: set[str] = set()
    ahead = list(steps)
    for event in trace:
        if ahead and event == ahead[0][1:]:
            ahead.pop(0)
            found.append([])
        if event[0] not in known:
            known.add(event[0])
            found[-1].append(event[0])
    if ahead:
        raise ValueError(f"The program does not reach this step of a walk: {ahead[0]}")
    return found[1:]


def between(trace: Trace, first: Step, last: Step) -> Trace:
    """The part of a trace from the first run of one step's function to the first run of another's."""
    begin = trace.index(first[1:])
    return trace[begin : trace.index(last[1:], begin)]

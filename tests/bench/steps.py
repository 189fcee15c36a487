"""What each step of work on the CPU of a call gains: the same piece of work without it and with it, in one go.

`python -m tests.bench.steps` also writes the table into docs/performance.md.
"""

import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvloop

from app.grading.answers.marks import parse_answer, parse_any_form
from app.grading.answers.spoken import noted_mark, search
from app.marks.model import Question
from app.openrouter.call import pack
from app.openrouter.http_client import Posts, open_http_client
from app.store.transport import to_json
from tests.bench.installation import installation, question_models
from tests.bench.processes import simulator
from tests.bench.raw import HEADERS, body
from tests.bench.report import Figure

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
# Where `write_table` puts its table.
BEGINS, ENDS = "<!-- python -m tests.bench.steps writes from here -->", "<!-- and to here -->"
# The best of so many rounds counts: other work only ever makes a round slower.
ROUNDS = 7
QUESTION = Question(question_id="1a", number=1, max_marks=3.0)
NOTES = (
    "Method right, a slip in the working.",
    "The student identifies chlorophyll but spells it as chlorofil, which the key accepts.",
    "Quotes 48 at 10 cm and 7 at 40 cm, explains that less light reaches the plant.",
)
QUESTIONS = question_models()
ENTRIES = [
    {"question_id": one.question_id, "marks_awarded": 1, "rubric_notes": note, "page": 1}
    for one, note in zip(QUESTIONS, 2 * NOTES, strict=False)
]
ANSWER = json.dumps({"answers": ENTRIES})
REPLY = json.dumps({"id": "gen-1", "choices": [{"message": {"role": "assistant", "content": ANSWER}}]}).encode()
ROWS = {"outcomes": [{"results": ENTRIES, "completions": [{"content": ANSWER, "reply": pack(REPLY)}]}]}
CALLS, AT_ONCE = 2000, 256


@dataclass(frozen=True)
class Step:
    """`before` and `after` are microseconds of CPU for one `piece` of work."""

    name: str
    piece: str
    before: float
    after: float


def steps(folder: Path) -> list[Figure]:
    """All of them, each as two figures; the second is to be lower."""
    return [
        figure
        for step in measured(folder)
        for figure in (
            Figure(f"{step.name}: {step.piece} without", step.before, "us"),
            Figure(f"{step.name}: {step.piece} with", step.after, "us", at_most=step.before),
        )
    ]


def measured(folder: Path) -> list[Step]:
    return [
        Step("Garbage is looked for rarely", "a call, 256 at once", *_runs(folder)),
        Step(
            "Notes that say nothing of a mark are passed over",
            "a note",
            _cost(lambda: [search(note, QUESTION, 2.0) for note in NOTES]) / len(NOTES),
            _cost(lambda: [noted_mark(note, QUESTION, 2.0) for note in NOTES]) / len(NOTES),
        ),
        Step(
            "Answers in the requested form are read in a short way",
            "an answer to six questions",
            _cost(lambda: parse_any_form(ANSWER, QUESTIONS)),
            _cost(lambda: parse_answer(ANSWER, QUESTIONS)),
        ),
        Step(
            "Rows of calls are written by pydantic's encoder",
            "a row",
            _cost(lambda: json.dumps(ROWS, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
            _cost(lambda: to_json(ROWS)),
        ),
        Step("Calls go past httpx's objects", "an exchange", *uvloop.run(_exchanges(folder))),
    ]


def _cost(work: Callable[[], object], times: int = 400) -> float:
    """Microseconds of CPU for one call of `work`."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - began)
    return 1e6 * best / times


def _runs(folder: Path) -> tuple[float, float]:
    """Of whole runs, with Python's own search for garbage and with ours: the best of two servers each, in turn."""
    programs = ("tests.bench.searching", "serve"), ("app", "serve")
    found = [[_run(folder / f"{turn}-{program[0]}", program) for program in programs] for turn in range(2)]
    return min(theirs for theirs, _ in found), min(ours for _, ours in found)


def _run(folder: Path, program: tuple[str, str]) -> float:
    folder.mkdir()
    with installation(folder, "--latency", "0.2", concurrency=AT_ONCE, program=program) as there:
        for calls in (AT_ONCE, CALLS):
            session_id = there.prepare()
            before = there.usage()
            there.start(session_id, calls)
            there.wait(session_id, 100)
            there.settle()
        return 1e6 * (there.usage() - before).server / CALLS


async def _exchanges(folder: Path) -> tuple[float, float]:
    """Without and with the way past httpx's objects, over the same kind of connection."""
    with simulator(folder, "--latency", "0") as (_, address):
        url, content, timeout = f"{address}/chat/completions", body(), httpx.Timeout(60)
        async with open_http_client(limit=1) as http:
            posts = Posts(http, url, HEADERS, timeout)

            async def through() -> object:
                response = await http.send(posts.request(content, {"X-Secondmark-Try": "1"}), follow_redirects=False)
                return response.content

            async def past() -> object:
                return await posts.send(content, {"X-Secondmark-Try": "1"})

            return await _cost_of(through), await _cost_of(past)


async def _cost_of(exchange: Callable[[], Awaitable[object]], times: int = 150) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            await exchange()
        best = min(best, time.process_time() - began)
    return 1e6 * best / times


def write_table(found: list[Step], page: Path = PAGE) -> None:
    """Puts the table between its two marks in the page."""
    rows = [f"| {one.name} | {one.piece} | {one.before:.1f} µs | {one.after:.1f} µs |" for one in found]
    table = "\n".join(["| step | of what | without | with |", "| --- | --- | --- | --- |", *rows])
    text = page.read_text("utf-8")
    inside = re.compile(f"{re.escape(BEGINS)}.*?{re.escape(ENDS)}", re.DOTALL)
    page.write_text(inside.sub(f"{BEGINS}\n\n{table}\n\n{ENDS}", text), "utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as there:
        write_table(measured(Path(there)))

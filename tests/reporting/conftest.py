"""Reports of made-up exams: seeded marks of a human and of markers that err each in their own way; pages as read."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.review import review_queue
from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question
from app.reporting.exam_marks import ExamMarks
from app.reporting.report import ReportInput, render_report

NAMES = (
    "google/gemini-2.5-pro",
    "openai/gpt-5.2-mini",
    "anthropic/claude-sonnet-4.5",
    "qwen/qwen3-vl-235b-a22b-instruct",
    "mistralai/pixtral-large-2411",
    "meta-llama/llama-4-maverick",
    "x-ai/grok-4-fast",
    "amazon/nova-lite-v1",
)
MAXIMA = (4, 2, 5, 1, 3, 10, 2, 4, 6, 1, 3, 8)
AT = datetime(2026, 10, 1, 14, 3, tzinfo=UTC)


def exam_of(n_scripts, n_questions, n_markers, n_tries, *, seed=7, human=True, second=False, lost=0.01):
    """ExamMarks in half marks; later markers err more; `lost` is the share of marks missing or refused."""
    rng = np.random.default_rng(seed)
    maxima = [MAXIMA[i % len(MAXIMA)] for i in range(n_questions)]
    questions = [Question(f"q{i + 1}", i + 1, float(maximum)) for i, maximum in enumerate(maxima)]
    scripts = [f"s{i}" for i in range(n_scripts)]
    ability = np.clip(rng.normal(0.62, 0.22, n_scripts), 0, 1)
    truth = {
        (s, q.question_id): _half(ability[i] + rng.normal(0, 0.18), q.max_marks)
        for i, s in enumerate(scripts)
        for q in questions
    }
    rows = []
    for place, name in enumerate(NAMES[:n_markers]):
        noise, lean = 0.012 + 0.016 * place, (0.0, 0.02, -0.04, 0.03, 0.0, 0.09, -0.02, 0.05)[place]
        for (script, qid), mark in truth.items():
            maximum = questions[int(qid[1:]) - 1].max_marks
            base = mark / maximum + lean + rng.normal(0, noise)
            for try_index in range(1, n_tries + 1):
                given = _half(base + rng.normal(0, noise / 2), maximum)
                kind = rng.random()
                status = "missing" if kind < lost / 2 else "invalid" if kind < lost else "marked"
                rows.append(MarkRow(script, qid, name, try_index, given if status == "marked" else None, status))
    marks = truth if human else {}
    other = {
        key: _half(
            mark / questions[int(key[1][1:]) - 1].max_marks + rng.normal(0, 0.06),
            questions[int(key[1][1:]) - 1].max_marks,
        )
        for key, mark in truth.items()
    }
    table = MarkTable.from_rows(questions, rows, marks, other if second and human else None)
    names = {script: f"Student {i + 1:02d}" for i, script in enumerate(scripts)}
    costs = {name: 0.048 / 2.2**place for place, name in enumerate(NAMES[:n_markers])}
    seconds = {name: 31.0 / 1.4**place for place, name in enumerate(NAMES[:n_markers])}
    return ExamMarks("Physics", table, names, {}, costs, seconds)


def _half(share, maximum):
    return round(2 * min(max(share, 0.0), 1.0) * maximum) / 2


def made(marks, *, title="Physics, end of year 10", kind="exam", note=None):
    agreement = analyse(marks.table, seed=1, costs=marks.costs, seconds=marks.seconds)
    queue = review_queue(marks.table, seed=1, failed=agreement.failed_questions())
    notes = [_notes(marks.table, item, note or _NOTE) for item in queue.items]
    return ReportInput(title, kind, marks, agreement, queue, notes, "/exams/1/agreement", AT)


_NOTE = (
    "The student states Newton's second law correctly and substitutes the given values. One mark withheld: the unit of "
    "the result is missing, and the direction of the force is not stated as the key asks."
)


def _notes(table, item, note):
    marks = [
        {
            "model_name": marker.name,
            "try_index": try_index,
            "marks_awarded": None if np.isnan(mark) else mark,
            "rubric_notes": None if np.isnan(mark) else f"{note} ({mark:g})",
            "validation_errors": [{"reason": "missing_mark", "message": "The answer holds no mark for this question."}]
            if np.isnan(mark)
            else [],
        }
        for marker in table.markers
        for try_index, mark in zip(marker.tries, marker.marks[item.answer].tolist(), strict=True)
    ]
    reviews = [
        {
            "mark": 2.5,
            "reviewer": "B. Teacher",
            "note": "unit is there, in the margin",
            "reviewed_at": "2026-10-01T12:00:00Z",
        }
    ]
    return {
        "session_id": item.script,
        "question_id": item.question_id,
        "marks": marks,
        "reviews": reviews if item.answer % 17 == 0 else [],
    }


CASES = {
    "one": lambda: made(exam_of(1, 3, 2, 1, lost=0, seed=6), title="Anna Berger", kind="session"),
    "full": lambda: made(exam_of(30, 12, 8, 3, second=True)),
    "unmarked": lambda: made(exam_of(4, 3, 2, 1, lost=1.1)),
    "no_human": lambda: made(exam_of(12, 5, 3, 2, human=False)),
    "early": lambda: made(exam_of(15, 6, 3, 2)),
}


VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Elements as (name, attributes, path of names above), and the text of each `data` element by its value."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.values, self.words = [], [], []
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.words.append(data)
        if self._open and self._open[-1] == "data":
            self.values.append(float(self.elements[-1][1]["value"]))

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def all(self, name):
        return [attributes for tag, attributes, _ in self.elements if tag == name]


def every_number(value):
    """Every number in a JSON value."""
    if isinstance(value, dict):
        return {n for part in value.values() for n in every_number(part)}
    if isinstance(value, list):
        return {n for part in value for n in every_number(part)}
    return {float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else set()


@pytest.fixture(scope="session")
def cases():
    return CASES


@pytest.fixture(scope="session")
def exam():
    return exam_of


@pytest.fixture(scope="session")
def report_of():
    return made


@pytest.fixture(scope="session")
def page_of():
    return lambda report: Page(render_report(report))


@pytest.fixture(scope="session")
def numbers_of():
    return every_number


@pytest.fixture(scope="session", params=sorted(CASES))
def any_report(request):
    return CASES[request.param]()


@pytest.fixture(scope="session")
def full_report():
    return CASES["full"]()

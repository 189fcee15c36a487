"""Where an attempt and the human differ: three coarse views that teachers know, and the totals. Pure.

All three look only at questions that both the attempt and the human marked:
- lt100: which questions are below full marks; the symmetric difference of the two sets;
- zpf: Z (zero), P (part), F (full marks) of each question;
- range: `0_25`, `25_74_9`, `75_100`, by the share of the maximum in percent.
Questions with a maximum of 0 have neither parts nor shares and are left out of zpf and range.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.marks.model import Question

# Marks have two decimals; anything closer than this is the same mark.
EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class AttemptMarks:
    """The marks of one attempt by question id; None where a question is unmarked."""

    marker: str
    try_index: int
    marks: Mapping[str, float | None]

    @property
    def marked(self) -> dict[str, float]:
        return {question_id: mark for question_id, mark in self.marks.items() if mark is not None}


def attempts_from_rows(rows: Iterable[Mapping[str, Any]]) -> list[AttemptMarks]:
    """Rows {question_id, model_name, try_index, marks_awarded} by attempt, in order of first appearance."""
    grouped: dict[tuple[str, int], dict[str, float | None]] = defaultdict(dict)
    for row in rows:
        grouped[row["model_name"], row["try_index"]][row["question_id"]] = row["marks_awarded"]
    return [AttemptMarks(marker, try_index, marks) for (marker, try_index), marks in grouped.items()]


def zero_part_full(mark: float, maximum: float) -> str:
    if mark <= EPSILON:
        return "Z"
    return "F" if mark >= maximum - EPSILON else "P"


def mark_range(mark: float, maximum: float) -> str:
    percent = 100 * mark / maximum
    if percent <= 25 + EPSILON:
        return "0_25"
    return "75_100" if percent >= 75 - EPSILON else "25_74_9"


def discrepancies(
    questions: Sequence[Question], human_marks: Mapping[str, float], attempt: AttemptMarks
) -> dict[str, dict[str, Any]]:
    """{lt100: {count, questions}, zpf: {count, questions, mismatched}, range: the same} of one attempt."""
    marks = attempt.marked
    shared = [q for q in questions if q.question_id in marks and q.question_id in human_marks]
    below = [
        q.question_id
        for q in shared
        if (marks[q.question_id] < q.max_marks - EPSILON) != (human_marks[q.question_id] < q.max_marks - EPSILON)
    ]
    return {
        "lt100": {"count": len(below), "questions": below},
        "zpf": _mismatches(zero_part_full, shared, human_marks, marks),
        "range": _mismatches(mark_range, shared, human_marks, marks),
    }


def _mismatches(
    classify: Callable[[float, float], str],
    shared: Sequence[Question],
    human_marks: Mapping[str, float],
    marks: Mapping[str, float],
) -> dict[str, Any]:
    mismatched = []
    for question in shared:
        if question.max_marks <= 0:
            continue
        qid = question.question_id
        human = classify(human_marks[qid], question.max_marks)
        model = classify(marks[qid], question.max_marks)
        if human != model:
            mismatched.append({"qid": qid, "human": human, "ai": model})
    return {"count": len(mismatched), "questions": [m["qid"] for m in mismatched], "mismatched": mismatched}


def discrepancies_by_model_try(
    questions: Sequence[Question], human_marks: Mapping[str, float], attempts: Sequence[AttemptMarks]
) -> dict[str, dict[str, Any]]:
    """{marker: {"1": discrepancies}}; attempts without marks have no entry."""
    table: dict[str, dict[str, Any]] = defaultdict(dict)
    for attempt in attempts:
        if attempt.marked:
            table[attempt.marker][str(attempt.try_index)] = discrepancies(questions, human_marks, attempt)
    return dict(table)


def totals(questions: Sequence[Question], attempts: Sequence[AttemptMarks]) -> dict[str, Any]:
    """Totals per attempt, with how many questions are unmarked and the maximum of those that are marked beside them."""
    maxima = {question.question_id: question.max_marks for question in questions}
    awarded: dict[str, dict[str, float]] = defaultdict(dict)
    unmarked: dict[str, dict[str, int]] = defaultdict(dict)
    marked_maximum: dict[str, dict[str, float]] = defaultdict(dict)
    for attempt in attempts:
        marks = attempt.marked
        name = str(attempt.try_index)
        unmarked[attempt.marker][name] = len(maxima) - len(marks)
        marked_maximum[attempt.marker][name] = _sum(maxima[qid] for qid in marks)
        if marks:
            awarded[attempt.marker][name] = _sum(marks.values())
    return {
        "total_max_marks": _sum(maxima.values()),
        "total_marks_awarded_by_model_try": dict(awarded),
        "n_unmarked_by_model_try": dict(unmarked),
        "max_of_marked_by_model_try": dict(marked_maximum),
    }


def _sum(marks: Iterable[float]) -> float:
    return round(sum(marks), 2)

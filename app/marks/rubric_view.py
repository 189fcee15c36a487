"""The criteria of a rubric call as clients show them: one box of components for each question. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.marks.question_ids import QuestionIds

_Entry = dict[str, Any]


def by_question(criteria: str | None, questions: Sequence[Mapping[str, Any]]) -> str | None:
    """`criteria`, the stored JSON text, with one entry for each configured question, in their order: {question_id,
    max_mark, components: [{header, marks, criteria}], marks, criterion}.

    An entry that already has components stays as the model gave it; it gets the question's maximum where it has none,
    and further entries of its question add their components to it. What belongs to no configured question, such as a
    rule for the whole paper, follows. Text that is no such JSON is returned as it is.
    """
    try:
        stored = json.loads(criteria) if criteria else None
    except ValueError:
        return criteria
    if not isinstance(stored, dict) or not isinstance(listed := stored.get("grading_criteria"), list):
        return criteria
    known = QuestionIds(row["question_id"] for row in questions)
    entries = [item for item in listed if isinstance(item, dict)]
    of_questions = [_of_question(row, entries, known) for row in questions]
    others = [item for item in listed if not isinstance(item, dict) or _question(item, known) not in known]
    return json.dumps(stored | {"grading_criteria": [*of_questions, *others]}, ensure_ascii=False)


def _question(entry: _Entry, known: QuestionIds) -> str:
    return known.match(str(entry.get("question_id")))


def _of_question(row: Mapping[str, Any], entries: Iterable[_Entry], known: QuestionIds) -> _Entry:
    own = [entry for entry in entries if _question(entry, known) == row["question_id"]]
    shown = [entry for entry in own if isinstance(entry.get("components"), list)]
    flat = [entry for entry in own if entry not in shown]
    gathered = _gathered(row, flat)
    if not shown:
        return gathered
    first, *others = shown
    further = [part for entry in [*others, gathered] for part in entry["components"]]
    return {"max_mark": row["max_marks"], **first, "components": [*first["components"], *further]}


def _gathered(row: Mapping[str, Any], flat: Sequence[_Entry]) -> _Entry:
    marks = [entry.get("marks") for entry in flat]
    numbers = [mark for mark in marks if isinstance(mark, int | float) and not isinstance(mark, bool)]
    components = [
        {
            "header": str(entry.get("header") or f"Criterion {position}"),
            "marks": entry.get("marks"),
            "criteria": str(entry.get("criterion") or ""),
        }
        for position, entry in enumerate(flat, start=1)
    ]
    return {
        "question_id": row["question_id"],
        "max_mark": row["max_marks"],
        "components": components,
        "marks": round(sum(numbers), 2) if numbers and len(numbers) == len(flat) else None,
        "criterion": "\n".join(component["criteria"] for component in components if component["criteria"]),
    }

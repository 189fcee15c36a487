"""A test's questions with what students made of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.generation.model import LETTERS
from app.marks.items import Item, item_figures

Row = Mapping[str, Any]


def with_statistics(test: Row, responses: Sequence[Row]) -> dict[str, Any]:
    """The test; each question's `statistics` is None where no answer sheet of it was read."""
    items = [Item(str(q["slot"]), q["correct_option"], LETTERS, q["max_marks"]) for q in test["questions"]]
    figures = item_figures(items, responses)
    questions = []
    for question in test["questions"]:
        found = figures[str(question["slot"])]
        questions.append({**question, "statistics": asdict(found) if found.n else None})
    return {**test, "questions": questions}

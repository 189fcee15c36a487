"""A test's questions with what students made of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.agreement.items import Box, Item, item_figures
from app.generation.model import LETTERS

Row = Mapping[str, Any]


def with_statistics(test: Row, boxes: Sequence[Row]) -> dict[str, Any]:
    """The test; each question's `statistics` is None where no answer sheet that asks it as it is was read."""
    items = [Item(str(one["number"]), one["correct_option"], _letters(one)) for one in test["questions"]]
    figures = item_figures(items, [Box(**{**box, "read": tuple(box["read"])}) for box in boxes])
    questions = []
    for question in test["questions"]:
        found = figures[str(question["number"])]
        questions.append({**question, "statistics": asdict(found) if found.n else None})
    return {**test, "questions": questions}


def _letters(question: Row) -> str:
    return "" if question["prompts"] else LETTERS[: len(question["options"])]

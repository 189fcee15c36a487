"""A test's questions with what students made of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.agreement.items import Box, Item, item_figures
from app.generation.model import LETTERS
from app.store.records import BoxRow, TestQuestionRow, TestRow, TestSummaryRow


class MeasuredQuestion(TestQuestionRow):
    """A question with its figures; None where no sheet was read."""

    statistics: Mapping[str, Any] | None


class MeasuredTest(TestSummaryRow):
    """A test whose questions have their figures."""

    questions: Sequence[MeasuredQuestion]


def with_statistics(test: TestRow, boxes: Sequence[BoxRow]) -> MeasuredTest:
    """The test; each question's `statistics` is None where no answer sheet that asks it as it is was read."""
    items = [Item(str(one["number"]), one["correct_option"], _letters(one)) for one in test["questions"]]
    figures = item_figures(items, [_box(row) for row in boxes])
    questions: list[MeasuredQuestion] = []
    for question in test["questions"]:
        found = figures[str(question["number"])]
        questions.append({**question, "statistics": asdict(found) if found.n else None})
    return {**test, "questions": questions}


def _box(row: BoxRow) -> Box:
    return Box(row["script"], row["question_id"], row["key"], row["max_marks"], tuple(row["read"]), row["is_current"])


def _letters(question: TestQuestionRow) -> str:
    return "" if question["prompts"] else LETTERS[: len(question["options"])]

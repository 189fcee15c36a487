"""From stored rows to the questions that are exported, printed and judged. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.generation.model import Bloom, ChoiceQuestion, Difficulty, QuestionSet


def question_of(row: Mapping[str, Any]) -> ChoiceQuestion:
    """A question under the number of its slot, as it is known while the test is made."""
    return ChoiceQuestion(
        number=row["slot"],
        question=row["question"],
        options=tuple(row["options"]),
        correct_option=row["correct_option"],
        explanation=row["explanation"],
        why_wrong=row["why_wrong"],
        difficulty=Difficulty(row["difficulty"]),
        topic=row["topic"],
        bloom=Bloom(row["bloom"]) if row["bloom"] else None,
        page=row["page"],
        quote=row["quote"],
        max_marks=row["max_marks"],
    )


def question_set(test: Mapping[str, Any]) -> QuestionSet:
    """The test under the numbers that its questions are printed and marked under, without a gap."""
    questions = tuple(replace(question_of(row), number=row["number"]) for row in test["questions"])
    return QuestionSet(test["id"], test["name"], questions)

"""From stored rows to the questions that are exported, printed and judged. Pure."""

from collections.abc import Mapping
from typing import Any

from app.generation.model import Bloom, ChoiceQuestion, Difficulty, QuestionSet


def question_of(row: Mapping[str, Any]) -> ChoiceQuestion:
    """A question keeps the number of its slot, so that what is printed and what is marked stay together."""
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
    return QuestionSet(test["id"], test["name"], tuple(question_of(row) for row in test["questions"]))

"""From stored rows to the questions that are exported, printed and judged. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.generation.language import language_of
from app.generation.model import Bloom, ChoiceQuestion, Difficulty, Kind, QuestionSet
from app.generation.progress import UNFINISHED


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a test there is: `n` of `target` questions. `status` is the test's."""

    n: int
    target: int
    status: str

    @property
    def is_whole(self) -> bool:
        return self.n >= self.target

    @property
    def note(self) -> str:
        """The note for a reader who gets a part of a test; empty for a whole test."""
        if self.is_whole:
            return ""
        why = "still being generated" if self.status in UNFINISHED else "a partial test"
        return f"{self.n} of {self.target} questions; {why}"

    def beside(self, title: str) -> str:
        """The title, with the note where there is one."""
        return f"{title} ({self.note})" if self.note else title


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
        kind=Kind(row["kind"]),
        prompts=tuple(row["prompts"]),
        solved_without=_solved_without(row.get("checks") or {}),
    )


def _solved_without(checks: Mapping[str, Any]) -> tuple[int, int] | None:
    blind = checks.get("blind") or {}
    return (blind.get("right_without", 0), blind["without"]) if blind.get("without") else None


def question_set(test: Mapping[str, Any]) -> QuestionSet:
    """The test under the numbers that its questions are printed and marked under, without a gap. Its language is the
    requested one, or else that of its questions: the first call takes a second, so not on the event loop.
    """
    questions = tuple(replace(question_of(row), number=row["number"]) for row in test["questions"])
    texts = "\n".join(" ".join([one.question, *one.prompts, *one.options]) for one in questions)
    return QuestionSet(test["id"], test["name"], questions, test.get("language") or language_of(texts))


def extent(test: Mapping[str, Any]) -> Extent:
    return Extent(len(test["questions"]), test["target_questions"], test["status"])

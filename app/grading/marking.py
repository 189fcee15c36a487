"""The two ways of marking, and the one place that chooses between them.

Functions import the readers of answers: their 300 patterns take a tenth of a second to compile, and a server's start
need not wait for that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from app.marks.model import Image, ParsedAnswer, Question, Stage


class Marking(Protocol):
    """What differs between a script and an answer sheet."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        """The images that the models see."""

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        """The questions as the prompt gives them."""

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:
        """The prompt templates of a run by kind; `selected` are those that the session names."""

    def parse(self, text: str, questions: Sequence[Question], *, adds_parts: bool = False) -> ParsedAnswer:
        """The marks of one answer; `questions` are the configured ones, with their keys. `adds_parts`: the template
        asks for marks of parts, and their sum is the question's mark.
        """


class ScriptMarking:
    """Models see everything and award the marks."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        return tuple(images)

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        return tuple(questions)

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:
        return selected

    def parse(self, text: str, questions: Sequence[Question], *, adds_parts: bool = False) -> ParsedAnswer:
        from app.grading.answers.marks import parse_answer

        return parse_answer(text, questions, adds_parts=adds_parts)


class SheetMarking:
    """Models read the letters in the boxes and do not see the key; code awards the marks (decision 7)."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        from app.grading.answers.letters import students_only

        return students_only(images)

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        from app.grading.answers.letters import blind

        return blind(questions)

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - a sheet has one prompt
        from app.grading.answers.letters import TRANSCRIPTION

        return {"assessment": {f"{name}_template": text for name, text in asdict(TRANSCRIPTION).items()}}

    def parse(self, text: str, questions: Sequence[Question], *, adds_parts: bool = False) -> ParsedAnswer:  # noqa: ARG002 - a box holds one letter
        from app.grading.answers.letters import parse_letters

        return parse_letters(text, questions)


_BY_NAME: dict[str, Marking] = {"model": ScriptMarking(), "code": SheetMarking()}


def marking_of(marked_by: str) -> Marking:
    """The way of marking that a session's column `marked_by` names."""
    return _BY_NAME[marked_by]


def parser_of(marked_by: str, plan: Mapping[str, Any]) -> Callable[[str, str, Sequence[Question]], ParsedAnswer]:
    """How an answer is read: of (marker, text, questions). `plan` is the stored one, with its templates' texts."""
    marking = marking_of(marked_by)
    selected = _adds_parts((plan.get("templates") or {}).get(Stage.ASSESSMENT.value))
    named = {
        name: _adds_parts(texts)
        for name, texts in (plan.get("named_templates") or {}).get(Stage.ASSESSMENT.value, {}).items()
    }
    templates = {marker["key"]: marker["assessment"].get("template") for marker in plan.get("markers", [])}

    def parse(marker: str, text: str, questions: Sequence[Question]) -> ParsedAnswer:
        return marking.parse(text, questions, adds_parts=named.get(templates.get(marker), selected))

    return parse


def _adds_parts(texts: Mapping[str, Any] | None) -> bool:
    from app.grading.answers.parts import asks_for_parts

    return asks_for_parts("\n".join(text for text in (texts or {}).values() if isinstance(text, str)))

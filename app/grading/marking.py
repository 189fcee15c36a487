"""The two ways of marking, and the one place that chooses between them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from app.grading.answers.letters import TRANSCRIPTION, blind, parse_letters, students_only
from app.grading.answers.marks import parse_answer
from app.marks.model import Image, ParsedAnswer, Question


class Marking(Protocol):
    """What differs between a script and an answer sheet."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        """The images that the models see."""

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        """The questions as the models are told of them."""

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:
        """The prompt templates of a run by kind; `selected` are those that the session names."""

    def parse(self, text: str, questions: Sequence[Question]) -> ParsedAnswer:
        """The marks of one answer; `questions` are the configured ones, with their keys."""


class ScriptMarking:
    """Models see everything and award the marks."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        return tuple(images)

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        return tuple(questions)

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:
        return selected

    def parse(self, text: str, questions: Sequence[Question]) -> ParsedAnswer:
        return parse_answer(text, questions)


class SheetMarking:
    """Models read the letters in the boxes and do not see the key; code awards the marks (decision 7)."""

    def images(self, images: Sequence[Image]) -> tuple[Image, ...]:
        return students_only(images)

    def questions(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        return blind(questions)

    def templates(self, selected: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - a sheet has one prompt
        return {"assessment": {f"{name}_template": text for name, text in asdict(TRANSCRIPTION).items()}}

    def parse(self, text: str, questions: Sequence[Question]) -> ParsedAnswer:
        return parse_letters(text, questions)


_BY_NAME: dict[str, Marking] = {"model": ScriptMarking(), "code": SheetMarking()}


def marking_of(marked_by: str) -> Marking:
    """The way of marking that a session's column `marked_by` names."""
    return _BY_NAME[marked_by]

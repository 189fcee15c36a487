"""Refuse a test with questions that a format cannot hold, before a file with other questions is written."""

from collections.abc import Callable, Iterable

from app.errors import UnprocessableError
from app.generation.model import ChoiceQuestion, Kind, QuestionSet

_NAMES = {
    Kind.SINGLE: "single choice",
    Kind.SEVERAL: "several right answers",
    Kind.TRUE_FALSE: "true or false",
    Kind.ASSERTION_REASON: "assertion and reason",
    Kind.MATCHING: "matching",
}


def check_kinds(test: QuestionSet, name: str, kinds: Iterable[Kind], instead: str) -> None:
    """Raises UnprocessableError (KIND_NOT_IN_FORMAT) for questions of other kinds than the format `name` has."""
    has = frozenset(kinds)
    lacking = [question for question in test.questions if question.kind not in has]
    missing = " and ".join(_NAMES[kind] for kind in Kind if any(question.kind is kind for question in lacking))
    _refuse(lacking, f"{name} has no questions of the kind {missing}", instead)


def check_each(test: QuestionSet, is_kept: Callable[[ChoiceQuestion], bool], why: str, instead: str) -> None:
    """Raises UnprocessableError (KIND_NOT_IN_FORMAT) naming the questions that `is_kept` is false for."""
    _refuse([question for question in test.questions if not is_kept(question)], why, instead)


def _refuse(questions: list[ChoiceQuestion], why: str, instead: str) -> None:
    if questions:
        numbers = ", ".join(str(question.number) for question in questions)
        raise UnprocessableError.field(
            "format", f"{why} (question {numbers}). Export it as {instead}.", code="KIND_NOT_IN_FORMAT"
        )

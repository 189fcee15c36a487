"""Moodle's Aiken: https://docs.moodle.org/en/Aiken_format. It escapes nothing, so a line must not look like another."""

import re

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent

# A stem that begins so would be read as an option or as the answer.
_AMBIGUOUS = re.compile(r"[A-Z][.)]|ANSWER:", re.IGNORECASE)


def write(test: QuestionSet, _extent: Extent) -> bytes:
    """The format has no comments: a part of a test is known by its file's name alone."""
    return "\n".join(_question(question) for question in test.questions).encode()


def _question(question: ChoiceQuestion) -> str:
    stem = _line(question.question)
    first = f"Question {question.number}: {stem}" if _AMBIGUOUS.match(stem) else stem
    options = [f"{letter}. {_line(text)}" for letter, text in question.lettered]
    return "\n".join([first, *options, f"ANSWER: {question.correct_option}", ""])


def _line(text: str) -> str:
    return " ".join(text.split())

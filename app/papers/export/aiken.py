"""Moodle's Aiken: https://docs.moodle.org/en/Aiken_format. It escapes nothing, so a line must not look like another."""

import re

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.kinds import check_each, check_kinds
from app.papers.rich import has_code

_KINDS = (Kind.SINGLE, Kind.TRUE_FALSE, Kind.ASSERTION_REASON)
_INSTEAD = "moodle, gift or qti21"
# A stem that begins so would be read as an option or as the answer; readers differ in how strictly they look.
_AMBIGUOUS = re.compile(r"\W{0,2}[A-Za-z]\s*[.):]|ANSWER\b", re.IGNORECASE)
# Moodle passes over lines of one byte, as if they were empty.
_FEWEST_BYTES = 2


def write(test: QuestionSet, _extent: Extent) -> bytes:
    """The format has no comments: a part of a test is known by its file's name alone. Raises UnprocessableError where
    it would ask something else than the test: for other kinds than one right answer, and for lines of code.
    """
    check_kinds(test, "Aiken", _KINDS, _INSTEAD)
    check_each(test, _is_kept, "Aiken has one line for a text, in which the lines of code run together", _INSTEAD)
    return "\n".join(_question(question) for question in test.questions).encode()


def _is_kept(question: ChoiceQuestion) -> bool:
    return not any(has_code(text) for text in (question.question, *question.options))


def _question(question: ChoiceQuestion) -> str:
    stem = _line(question.question)
    is_clear = not _AMBIGUOUS.match(stem) and len(stem.encode()) >= _FEWEST_BYTES
    first = stem if is_clear else f"Question {question.number}: {stem}"
    options = [f"{letter}. {_line(text)}" for letter, text in question.lettered]
    return "\n".join([first, *options, f"ANSWER: {question.correct_option}", ""])


def _line(text: str) -> str:
    return " ".join(text.split())

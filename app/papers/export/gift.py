"""Moodle's GIFT: https://docs.moodle.org/en/GIFT_format."""

import re

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent

_SPECIAL = re.compile(r"[\\~=#{}:]")
# A wrong answer that begins like this would be read as its weight.
_LIKE_A_WEIGHT = re.compile(r"%-?[0-9]{1,3}(?:\.[0-9]*)?%")
# So would be the format of a text, at its beginning.
_LIKE_A_FORMAT = re.compile(r"\[(?:html|plain|moodle|markdown)\]", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n?|\n")


def write(test: QuestionSet, extent: Extent) -> bytes:
    head = [f"// {extent.note}"] if extent.note else []
    return ("\n\n".join([*head, *(_question(test, question) for question in test.questions)]) + "\n").encode()


def _question(test: QuestionSet, question: ChoiceQuestion) -> str:
    name = _escaped(" ".join(f"{test.title} {question.number:02}".split()))
    options = [_option(question, letter, text) for letter, text in question.lettered]
    general = [f"\t####{_escaped(question.explanation)}"] if question.explanation else []
    # [plain] keeps Moodle from taking a "<" for the beginning of a tag.
    return "\n".join([f"::{name}::[plain]{_escaped(question.question)}{{", *options, *general, "}"])


def _option(question: ChoiceQuestion, letter: str, text: str) -> str:
    sign = "=" if letter == question.correct_option else "~"
    weight = "%0%" if sign == "~" and _LIKE_A_WEIGHT.match(text) else ""
    why = question.why_wrong.get(letter)
    plain = "[plain]" if _LIKE_A_FORMAT.match(text.strip()) else ""
    return f"\t{sign}{weight}{plain}{_escaped(text)}" + (f"#{_escaped(why)}" if why else "")


def _escaped(text: str) -> str:
    return _LINE_END.sub(r"\\n", _SPECIAL.sub(r"\\\g<0>", text.strip()))

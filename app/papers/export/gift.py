"""Moodle's GIFT: https://docs.moodle.org/en/GIFT_format."""

import re
from collections.abc import Iterator

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.xml import plain_number

_SPECIAL = re.compile(r"[\\~=#{}:]")
# Moodle and others read a weight between percent signs, also where it is none ("%--5%" ends the whole import), and a
# text's format between brackets. Behind a format of our own, neither is looked for.
_LIKE_A_MARK = ("%", "[")
# What Moodle itself puts in the place of an escaped character, and turns back wherever it stands.
_PLACEHOLDER = re.compile(r"&&(?=\d{3})")
# Nobody sees it, and two signs with it between them are no longer one mark.
_JOINER = "\u2060"
_LINE_END = re.compile(r"\r\n?|\n")
# Moodle adds the number of the question to what it cuts off, so that names would no longer differ.
_LONGEST_TITLE = 240


def write(test: QuestionSet, extent: Extent) -> bytes:
    """True-false, matching and several right answers are questions of GIFT's own kinds, marked as by `LetterKey`."""
    head = [f"// {extent.note}"] if extent.note else []
    return ("\n\n".join([*head, *(_question(test, question) for question in test.questions)]) + "\n").encode()


def _question(test: QuestionSet, question: ChoiceQuestion) -> str:
    title = " ".join(test.title.split())[:_LONGEST_TITLE]
    name = _plain(f"{title} {question.number:02}")
    general = [f"\t####{_text(question.explanation)}"] if question.explanation else []
    # [plain] keeps Moodle from taking a "<" for the beginning of a tag.
    stem = _text(question.question, always=True)
    return "\n".join([f"::{name}::{stem} {{", *_ANSWERS.get(question.kind, _options)(question), *general, "}"])


def _options(question: ChoiceQuestion) -> Iterator[str]:
    for letter, text in question.lettered:
        yield f"\t{_weight(question, letter)}{_text(text)}{_feedback(question, letter)}"


def _weight(question: ChoiceQuestion, letter: str) -> str:
    is_right = letter in question.right_letters
    if question.kind is not Kind.SEVERAL:
        return "=" if is_right else "~"
    share = plain_number(round(100 / len(question.right_letters), 5))
    return f"~%{'' if is_right else '-'}{share}%"


def _truth(question: ChoiceQuestion) -> Iterator[str]:
    """A is the option "true", in whatever language. The first feedback is for the wrong answer."""
    wrong = "B" if question.correct_option == "A" else "A"
    yield f"\t{'TRUE' if question.correct_option == 'A' else 'FALSE'}{_feedback(question, wrong)}"


def _pairs(question: ChoiceQuestion) -> Iterator[str]:
    for prompt, option in question.pairs:
        left = prompt.replace("->", f"-{_JOINER}>")
        yield f"\t={_text(left)} -> {_plain(' '.join(option.split()))}"


_ANSWERS = {Kind.TRUE_FALSE: _truth, Kind.MATCHING: _pairs}


def _feedback(question: ChoiceQuestion, letter: str) -> str:
    why = question.why_wrong.get(letter)
    return f"#{_text(why)}" if why else ""


def _text(text: str, *, always: bool = False) -> str:
    """`text` escaped. Its format is named in front where that is wanted `always` or its beginning looks like a mark."""
    given = text.strip("\r\n").rstrip()
    is_named = always or given.lstrip().startswith(_LIKE_A_MARK)
    return ("[plain]" if is_named else "") + _plain(given)


def _plain(text: str) -> str:
    apart = _PLACEHOLDER.sub(f"&{_JOINER}&", text)
    return _LINE_END.sub(r"\\n", _SPECIAL.sub(r"\\\g<0>", apart))

"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format."""

import re
from collections.abc import Iterator

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.generation.writing_system import direction_of, language_in
from app.papers.export.xml import escaped, plain_number, storable
from app.papers.rich import html

# The column that both kinds of name stand in.
_LONGEST_NAME = 255
_TYPES = {Kind.TRUE_FALSE: "truefalse", Kind.MATCHING: "matching"}


def write(test: QuestionSet, extent: Extent) -> bytes:
    """One category with the test's title, its questions with feedback for each option. The category's description says
    where it is a part of a test. Several right answers have the marks of `LetterKey`.
    """
    category = f"$course$/top/{_category(test.title)}"
    info = f'<info format="plain_text"><text>{escaped(extent.note)}</text></info>' if extent.note else ""
    head = f'<question type="category"><category><text>{_cdata(category)}</text></category>{info}</question>'
    body = "\n".join([head, *(_question(test, question) for question in test.questions)])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'.encode()


def _category(title: str) -> str:
    """One level of categories. A single slash parts levels and a double one is a slash; beside the slash that parts, a
    space keeps them apart.
    """
    name = _name(title).replace("/", "//") or "Test"
    return f" {name}" if name.startswith("/") else name


def _name(title: str, behind: str = "") -> str:
    """On one line and not too long, with `behind` at its end. Moodle takes "<" before a letter for a tag and drops it
    with all that follows.
    """
    line = re.sub(r"<(?=\S)", "< ", " ".join(storable(title).split()))
    return line[: _LONGEST_NAME - len(behind)].rstrip() + behind


def _question(test: QuestionSet, question: ChoiceQuestion) -> str:
    language = language_in(" ".join([question.question, *question.options]), test.language)
    return "\n".join(
        [
            f'<question type="{_TYPES.get(question.kind, "multichoice")}">',
            f"<name><text>{_cdata(_name(test.title, f' {question.number:02}'))}</text></name>",
            _html("questiontext", question.question, language),
            _html("generalfeedback", question.explanation, language),
            f"<defaultgrade>{plain_number(question.max_marks)}</defaultgrade>",
            f"<penalty>{1 if question.kind is Kind.TRUE_FALSE else 0}</penalty><hidden>0</hidden>",
            f"<idnumber>{escaped(f'{test.identifier}-{question.number}')}</idnumber>",
            *_ANSWERS.get(question.kind, _options)(question, language),
            *_tags(question),
            "</question>",
        ]
    )


def _options(question: ChoiceQuestion, language: str) -> Iterator[str]:
    single = "false" if question.kind is Kind.SEVERAL else "true"
    yield f"<single>{single}</single><shuffleanswers>false</shuffleanswers><answernumbering>ABCD</answernumbering>"
    share = plain_number(round(100 / len(question.right_letters), 5))
    wrong = f"-{share}" if question.kind is Kind.SEVERAL else "0"
    for letter, option in question.lettered:
        fraction = share if letter in question.right_letters else wrong
        feedback = _html("feedback", question.why_wrong.get(letter, ""), language)
        yield f'<answer fraction="{fraction}" format="html">{_text(option, language)}{feedback}</answer>'


def _truth(question: ChoiceQuestion, language: str) -> Iterator[str]:
    """A is the option "true", in whatever language; Moodle has words of its own for both."""
    for letter, name in (("A", "true"), ("B", "false")):
        fraction = 100 if letter == question.correct_option else 0
        feedback = _html("feedback", question.why_wrong.get(letter, ""), language)
        yield f'<answer fraction="{fraction}" format="moodle_auto_format"><text>{name}</text>{feedback}</answer>'


def _pairs(question: ChoiceQuestion, language: str) -> Iterator[str]:
    """The options that belong to a prompt are plain text: Moodle lists them in a menu."""
    yield "<shuffleanswers>true</shuffleanswers>"
    for prompt, option in question.pairs:
        answer = f"<answer><text>{escaped(' '.join(option.split()))}</text></answer>"
        yield f'<subquestion format="html">{_text(prompt, language)}{answer}</subquestion>'


_ANSWERS = {Kind.TRUE_FALSE: _truth, Kind.MATCHING: _pairs}


def _tags(question: ChoiceQuestion) -> Iterator[str]:
    names = [question.topic, question.difficulty.value.lower(), question.bloom.value if question.bloom else ""]
    tags = "".join(f"<tag><text>{escaped(name)}</text></tag>" for name in names if name)
    if tags:
        yield f"<tags>{tags}</tags>"


def _html(name: str, text: str, language: str) -> str:
    return f'<{name} format="html">{_text(text, language)}</{name}>'


def _text(text: str, language: str) -> str:
    """Moodle shows this as HTML. Of `dir` it keeps "ltr" and "rtl" and drops "auto"."""
    if not text.strip():
        return "<text></text>"
    lang = f' lang="{escaped(language)}"' if language else ""
    shown = f'<p dir="{direction_of(language)}"{lang}>{html(text, language=language)}</p>'
    return f"<text>{_cdata(shown)}</text>"


def _cdata(text: str) -> str:
    """As Moodle writes its own files. What ends such a part is parted by two of them."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"

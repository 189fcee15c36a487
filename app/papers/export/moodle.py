"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format."""

from collections.abc import Iterator

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.xml import escaped, paragraphs, plain_number


def write(test: QuestionSet, extent: Extent) -> bytes:
    """One category with the test's title, its questions with feedback for each option. The category's description says
    where it is a part of a test.
    """
    category = f"$course$/top/{_category(test.title)}"
    info = f'<info format="plain_text"><text>{escaped(extent.note)}</text></info>' if extent.note else ""
    head = f'<question type="category"><category><text>{escaped(category)}</text></category>{info}</question>'
    body = "\n".join([head, *(_question(test, question) for question in test.questions)])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'.encode()


def _category(title: str) -> str:
    # A slash parts categories, a double one is a slash.
    return title.replace("/", "//") or "Test"


def _question(test: QuestionSet, question: ChoiceQuestion) -> str:
    return "\n".join(
        [
            '<question type="multichoice">',
            f"<name><text>{escaped(f'{test.title} {question.number:02}')}</text></name>",
            _html("questiontext", question.question),
            _html("generalfeedback", question.explanation),
            f"<defaultgrade>{plain_number(question.max_marks)}</defaultgrade>",
            "<penalty>0</penalty><hidden>0</hidden>",
            f"<idnumber>{escaped(f'{test.identifier}-{question.number}')}</idnumber>",
            "<single>true</single><shuffleanswers>false</shuffleanswers><answernumbering>ABCD</answernumbering>",
            *_answers(question),
            *_tags(question),
            "</question>",
        ]
    )


def _answers(question: ChoiceQuestion) -> Iterator[str]:
    for letter, option in question.lettered:
        fraction = 100 if letter == question.correct_option else 0
        feedback = _html("feedback", question.why_wrong.get(letter, ""))
        text = f"<text>{escaped(paragraphs(option))}</text>"
        yield f'<answer fraction="{fraction}" format="html">{text}{feedback}</answer>'


def _tags(question: ChoiceQuestion) -> Iterator[str]:
    names = [question.topic, question.difficulty.value.lower(), question.bloom.value if question.bloom else ""]
    tags = "".join(f"<tag><text>{escaped(name)}</text></tag>" for name in names if name)
    if tags:
        yield f"<tags>{tags}</tags>"


def _html(name: str, text: str) -> str:
    """Moodle shows this as HTML: a text is escaped to be HTML, and once more to be XML."""
    return f'<{name} format="html"><text>{escaped(paragraphs(text))}</text></{name}>'

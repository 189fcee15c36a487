"""A table for spreadsheets, in which nothing a model or a document wrote can act as a formula."""

import csv
import io

from app.generation.model import LETTERS, ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.marks.formulas import harmless
from app.papers.export.xml import plain_number

_OPTIONS = [f"option_{letter.lower()}" for letter in LETTERS]
_COLUMNS = [
    "number",
    "question",
    *_OPTIONS,
    "correct_option",
    "explanation",
    "difficulty",
    "topic",
    "bloom",
    "page",
    "quote",
    "max_marks",
    "test_status",
    "target_questions",
    "kind",
    "prompts",
]


def write(test: QuestionSet, extent: Extent) -> bytes:
    """UTF-8 with its mark, without which Excel takes it for something else. Each row says of what test it is a part.
    `prompts` are those of a matching question, one a line.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    part = [extent.status, str(extent.target)]
    for question in test.questions:
        form = [question.kind.value, "\n".join(question.prompts)]
        writer.writerow([harmless(cell) for cell in [*_row(question), *part, *form]])
    return out.getvalue().encode("utf-8-sig")


def _row(question: ChoiceQuestion) -> list[str]:
    return [
        str(question.number),
        question.question,
        *question.options,
        *[""] * (len(LETTERS) - len(question.options)),
        question.correct_option,
        question.explanation,
        question.difficulty.value,
        question.topic,
        question.bloom.value if question.bloom else "",
        "" if question.page is None else str(question.page),
        question.quote,
        plain_number(question.max_marks),
    ]

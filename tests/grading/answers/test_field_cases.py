"""Answers as they came in the field: for each question the marks that are right, null for unmarked with a reason."""

import json
from pathlib import Path

import pytest

from app.grading.answers.marks import parse_answer
from app.marks.model import Question

CASES = sorted((Path(__file__).parent / "field_cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_answer_of_the_field_becomes_no_mark_that_nobody_awarded(path):
    case = json.loads(path.read_text("utf-8"))
    asked = [Question(qid, number, most) for number, (qid, most) in enumerate(case["questions"].items(), start=1)]

    parsed = parse_answer(case["completion"], asked)

    assert case["expected"].keys() == {mark.question_id for mark in parsed.marks}
    for mark in parsed.marks:
        assert mark.marks_awarded in case["expected"][mark.question_id]
        assert mark.marks_awarded is not None or mark.findings[0].message

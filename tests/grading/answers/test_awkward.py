"""Some 300 awkward answers in awkward.json, each with the marks that may be read from it and no others."""

import json
from pathlib import Path

import pytest

from app.grading.answers.marks import parse_answer
from app.marks.model import Question

CASES = json.loads(Path(__file__).with_name("awkward.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_awkward_answer_gives_only_the_marks_that_it_awards(case):
    asked = [Question(one, number, most) for number, (one, most) in enumerate(case["maxima"].items(), start=1)]
    parsed = parse_answer(case["text"], asked, adds_parts=case.get("adds_parts", False))
    assert {mark.question_id: mark.marks_awarded for mark in parsed.marks} in case["expected"]
    assert all(mark.findings for mark in parsed.marks if mark.marks_awarded is None)

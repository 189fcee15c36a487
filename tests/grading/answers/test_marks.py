"""Awkward completions, one pair of files each, and what each answer may and may not become."""

import json
import time
from pathlib import Path

import pytest

from app.grading.answers.marks import parse_answer
from app.grading.answers.merged import merge
from app.marks.model import Question
from app.marks.reasons import Reason

COMPLETIONS = sorted((Path(__file__).parent / "completions").glob("*.txt"))
TWO = [Question("1", 1, 3), Question("2", 2, 5)]


def answer(*marks, notes="because"):
    entries = [{"question_id": qid, "marks_awarded": mark, "rubric_notes": notes} for qid, mark in marks]
    return json.dumps({"answers": entries})


def reasons(parsed):
    return {mark.question_id: mark.findings[0].reason for mark in parsed.marks if mark.findings}


def marks(parsed):
    return {mark.question_id: mark.marks_awarded for mark in parsed.marks}


@pytest.mark.parametrize("path", COMPLETIONS, ids=lambda path: path.stem)
def test_completion_is_read_as_its_file_says(path):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    asked = [Question(qid, number, most) for number, (qid, most) in enumerate(expected["questions"].items(), start=1)]
    parsed = parse_answer(path.read_bytes().decode(), asked)
    given = {mark.question_id: mark.marks_awarded for mark in parsed.marks if mark.marks_awarded is not None}
    assert given == expected["marks"]
    assert reasons(parsed) == expected["reasons"]
    assert parsed.parse_path == expected["path"]
    assert [finding.reason for finding in parsed.findings] == expected.get("findings", [])
    notes = {mark.question_id: mark.rubric_notes for mark in parsed.marks}
    assert expected.get("notes", {}).items() <= notes.items()


@pytest.mark.parametrize("path", COMPLETIONS, ids=lambda path: path.stem)
def test_completion_files_expect_something_of_every_question(path):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert expected["marks"].keys() | expected["reasons"].keys() == expected["questions"].keys()
    assert not expected["marks"].keys() & expected["reasons"].keys()


def test_every_unmarked_question_says_why_in_words():
    parsed = parse_answer(answer(("1", "about 8"), ("9", 1)), TWO)
    assert [mark.findings[0].as_json() for mark in parsed.marks] == [
        {
            "reason": "unreadable",
            "message": "The mark given for this question is not a number.",
            "question_id": "1",
            "found": "about 8",
        },
        {"reason": "missing", "message": "The answer leaves this question out.", "question_id": "2"},
    ]
    assert parsed.findings[0].found == "9"


def test_out_of_range_names_the_maximum():
    finding = parse_answer(answer(("1", 4)), TWO).marks[0].findings[0]
    assert finding.message == "The mark given for this question is not between 0 and its maximum of 3."


def test_a_duplicate_shows_all_the_marks_given():
    finding = parse_answer(answer(("1", 1), ("1", 2)), TWO).marks[0].findings[0]
    assert finding.found == "1, 2"


def test_raw_is_the_questions_own_piece():
    parsed = parse_answer('{"answers": {"1": 2, "2": {"mark": 9}}}', TWO)
    assert [mark.raw for mark in parsed.marks] == [{"1": 2}, {"2": {"mark": 9}}]


def test_raw_that_is_nested_too_deeply_is_not_carried_along():
    deep = "[" * 200 + "]" * 200
    parsed = parse_answer(f'{{"answers": [{{"question_id": "1", "marks_awarded": 1, "extra": {deep}}}]}}', TWO)
    assert parsed.marks[0].marks_awarded == 1
    assert parsed.marks[0].raw == "(too deeply nested)"


def test_parse_error_is_set_when_no_question_has_a_mark_or_an_abstention():
    assert parse_answer(answer(("1", "x")), TWO).parse_error is not None
    assert parse_answer(answer(("1", 1)), TWO).parse_error is None
    assert parse_answer(answer(("1", None)), TWO).parse_error is None


def test_abstentions_are_not_asked_again():
    parsed = parse_answer(answer(("1", None)), TWO)
    assert parsed.marks[0].abstained
    assert parsed.to_ask_again == ("2",)


def test_very_many_unknown_ids_are_summed_up():
    parsed = parse_answer(answer(*((f"x{index}", 1) for index in range(500))), TWO)
    assert len(parsed.findings) == 21
    assert "480 more" in parsed.findings[-1].message


def test_a_question_whose_id_is_a_container_name_is_a_question():
    parsed = parse_answer('{"answers": {"result": {"marks": 2}, "2": 1}}', [Question("result", 1, 3), TWO[1]])
    assert marks(parsed) == {"result": 2, "2": 1}


HOSTILE = {
    "ten megabytes of brackets": "[" * 10_000_000,
    "brackets": "[" * 499_000,
    "lists of objects": "[{" * 249_000,
    "objects": '{"a":' * 99_000,
    "objects without values": '{"' * 249_000,
    "objects on lines": '{"a"\n' * 83_000,
    "think tags": "<think>" * 70_000,
    "fences": "`" * 499_000,
    "digits": "9" * 499_000,
    "a number": '{"answers":[{"question_id":"1","marks_awarded":' + "9" * 490_000 + "}]}",
    "backslashes": '{"answers":["' + "\\" * 480_001,
    "quotes to repair": '{"marks": 1, "marks": 2,' + '"a' * 18_000 + "}",
    "objects to repair": '{"marks": 1, "marks": 2,' + '{"' * 598 + "}",
    "long objects to repair": '{"marks": 1, "marks": 2,' + ('{"' + "a" * 60) * 590 + "}",
    "many objects to repair": '[{"marks":1,"marks":2},' + '{"' * 6_000 + "}",
    "nested and closed": '{"a":' * 90_000 + "1" + "}" * 90_000,
    "surrogates": "\ud800" * 499_000,
    "blank starts": ("{" + " " * 1000) * 490,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_in_bounded_time(text):
    started = time.process_time()
    parsed = parse_answer(text, TWO)
    assert parsed.marked == 0
    assert time.process_time() - started < 2


def test_an_answer_after_hundreds_of_broken_beginnings_is_found():
    text = '{"a" ' * 3000 + answer(("1", 1), ("2", 2))
    assert marks(parse_answer(text, TWO)) == {"1": 1, "2": 2}


def test_merge_fills_only_what_was_unmarked():
    first = parse_answer(answer(("1", 1)), TWO)
    second = parse_answer(answer(("1", 3), ("2", 4)), TWO)
    both = merge(first, second)
    assert marks(both) == {"1": 1, "2": 4}
    assert both.parse_path == "json+json"


def test_merge_leaves_abstentions_alone():
    first = parse_answer(answer(("1", None), ("2", "x")), TWO)
    both = merge(first, parse_answer(answer(("1", 3), ("2", 4)), TWO))
    assert marks(both) == {"1": None, "2": 4}
    assert both.marks[0].abstained


def test_merge_keeps_the_first_reason_of_what_stays_unmarked():
    first = parse_answer(answer(("1", 9)), TWO)
    both = merge(first, parse_answer(answer(("1", "x")), TWO))
    assert [finding.reason for finding in both.marks[0].findings] == [Reason.OUT_OF_RANGE, Reason.UNREADABLE]
    assert [finding.reason for finding in both.marks[1].findings] == [Reason.MISSING]
    assert both.parse_error is not None


def test_merge_takes_an_abstention_when_asked_again_as_an_answer():
    both = merge(parse_answer("nothing", TWO), parse_answer(answer(("1", None), ("2", None)), TWO))
    assert both.to_ask_again == ()
    assert both.parse_error is None
    assert reasons(both) == {"1": Reason.PARSE, "2": Reason.PARSE}


def test_merge_of_an_unreadable_answer_and_a_readable_one_is_readable():
    both = merge(parse_answer("nothing", TWO), parse_answer(answer(("2", 1)), TWO))
    assert both.parse_error is None
    assert marks(both) == {"1": None, "2": 1}
    assert both.parse_path == "none+json"


def test_merge_keeps_unknown_ids_of_both():
    both = merge(parse_answer(answer(("8", 1)), TWO), parse_answer(answer(("9", 1), ("8", 1)), TWO))
    assert [finding.found for finding in both.findings] == ["8", "9"]

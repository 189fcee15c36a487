import json

import pytest

from app.grading.answers.letters import blind, parse_letters
from app.marks.model import Question
from app.marks.reasons import Reason

QUESTIONS = (Question("1", 1, 2.0, answer="B", text="Which?"), Question("2", 2, 1.0, answer="D"))


def read(*letters):
    rows = [{"question_id": str(n), "letter": letter} for n, letter in enumerate(letters, start=1)]
    return parse_letters(json.dumps({"letters": rows}), QUESTIONS)


@pytest.mark.parametrize(("letter", "mark"), [("B", 2), ("b", 2), (" (B) ", 2), ("A", 0), (None, 0), ("", 0)])
def test_a_letter_is_worth_all_or_nothing(letter, mark):
    assert read(letter, "D").marks[0].marks_awarded == mark


@pytest.mark.parametrize(
    ("letter", "reason"),
    [("unclear", Reason.ABSTAINED), ("E", Reason.UNREADABLE), ("AB", Reason.UNREADABLE), (2, Reason.UNREADABLE)],
)
def test_what_is_no_letter_is_unmarked_with_its_reason(letter, reason):
    parsed = read(letter, "D")

    assert parsed.marks[0].marks_awarded is None
    assert [finding.reason for finding in parsed.marks[0].findings] == [reason]
    assert parsed.to_ask_again == (() if reason is Reason.ABSTAINED else ("1",))


def test_a_box_that_is_left_out_is_asked_for_again():
    assert read("B").to_ask_again == ("2",)


def test_of_a_draft_and_a_second_look_the_second_look_counts():
    parsed = parse_letters('At first: {"1": "A", "2": "D"} On a second look: {"1": "B", "2": "D"}', QUESTIONS)

    assert [mark.marks_awarded for mark in parsed.marks] == [2, 1]


def test_a_smaller_piece_after_the_answer_is_not_the_answer():
    parsed = parse_letters('{"1": "B", "2": "D"} where {"1": "A"} was crossed out', QUESTIONS)

    assert [mark.marks_awarded for mark in parsed.marks] == [2, 1]


def test_two_pieces_that_differ_leave_a_box_unmarked():
    parsed = parse_letters('{"1": "A", "2": "D"}\n{"1": "B", "2": "D"}', QUESTIONS)

    assert [mark.marks_awarded for mark in parsed.marks] == [None, 1]
    assert parsed.marks[0].findings[0].reason is Reason.DUPLICATE


def test_a_box_whose_number_is_written_otherwise_is_read():
    parsed = parse_letters('{"letters": [{"question_id": "1\u00a0", "letter": "B"}]}', QUESTIONS)

    assert parsed.marks[0].marks_awarded == 2


@pytest.mark.parametrize("answer", [None, "", "E", "b", "AB"])
def test_a_question_without_a_key_earns_nothing_and_loses_nothing(answer):
    (mark,) = parse_letters('[{"question_id": "9", "letter": "A"}]', (Question("9", 1, 3.0, answer=answer),)).marks

    assert mark.marks_awarded is None
    assert mark.findings[0].reason is Reason.NO_KEY


def test_two_letters_for_a_box_are_no_letter():
    rows = [{"question_id": "1", "letter": letter} for letter in "BA"]
    parsed = parse_letters(json.dumps({"letters": rows}), QUESTIONS)

    assert parsed.marks[0].findings[0].reason is Reason.DUPLICATE


@pytest.mark.parametrize(
    "text", ["", "B, D", "[]", "null", '{"letters": 3}', '{"answers": [{"question_id": "1"}]}', "[" * 500]
)
def test_what_holds_no_letters_gives_no_mark(text):
    parsed = parse_letters(text, QUESTIONS)

    assert parsed.parse_error
    assert [mark.marks_awarded for mark in parsed.marks] == [None, None]


@pytest.mark.parametrize("text", ['{"1": "B", "2": "D"}', '```json\n{"letters": {"1": "B", "2": "D"}}\n```'])
def test_a_map_is_read_as_well(text):
    assert [mark.marks_awarded for mark in parse_letters(text, QUESTIONS).marks] == [2, 1]


def test_a_reader_is_told_neither_key_nor_question():
    assert blind(QUESTIONS) == (Question("1", 1, 2.0), Question("2", 2, 1.0))


@pytest.mark.parametrize(
    ("answer", "read", "marks", "letter"),
    [
        ("A,C", "AC", 2, "A,C"),
        ("A,C", "C, A", 2, "A,C"),
        ("A,C", ["A"], 1, "A"),
        ("A,C", "AB", 0, "A,B"),
        ("A,C", None, 0, None),
        ("1C,2A,3D", "CAD", 2, "1C,2A,3D"),
        ("1C,2A,3D", "1C 2A 3D", 2, "1C,2A,3D"),
        ("1C,2A,3D", ["C", None, "B"], 0.67, "1C,3B"),
        ("1C,2A,3D", "C--", 0.67, "1C"),
        ("1C,2A,3D", "---", 0, None),
    ],
)
def test_boxes_of_several_letters_are_marked_by_their_shares(answer, read, marks, letter):
    parsed = parse_letters(json.dumps({"letters": {"1": read}}), [Question("1", 1, 2.0, answer=answer)])
    (mark,) = parsed.marks
    assert (mark.marks_awarded, mark.raw) == (marks, {"letter": letter})


@pytest.mark.parametrize(
    ("answer", "read"), [("A,C", "AE"), ("A,C", 5), ("1C,2A,3D", "CA"), ("1C,2A,3D", "CADB"), ("1C,2A,3D", "CXD")]
)
def test_what_is_no_letters_of_the_boxes_is_not_marked(answer, read):
    parsed = parse_letters(json.dumps({"letters": {"1": read}}), [Question("1", 1, 2.0, answer=answer)])
    assert [mark.marks_awarded for mark in parsed.marks] == [None]


def test_a_reader_is_told_of_boxes_with_several_letters_and_of_no_key():
    questions = [
        Question("1", 1, 1.0, answer="B"),
        Question("2", 2, 1.0, answer="A,C"),
        Question("3", 3, 1.0, answer="1B,2A"),
    ]
    told = blind(questions)
    assert [question.answer for question in told] == [None] * 3
    assert told[0].text is None
    assert "all letters in it" in told[1].text
    assert "row of 2 small boxes" in told[2].text

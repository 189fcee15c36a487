"""What the requests of a split attempt ask, and one answer made of their answers."""

import json
from functools import partial

import pytest

from app.grading.answers.marks import parse_answer
from app.grading.slices import Slice, SliceAnswer, combined, is_whole, left_open, read_slice, slices_of
from app.marks.model import Question, Split
from app.marks.reasons import Reason
from app.openrouter.call import Failure

QUESTIONS = tuple(Question(name, n, 4.0) for n, name in enumerate(("1a", "1b", "2"), start=1))
GONE = Failure(Reason.UNKNOWN, "It took too long.")


def answer(marks, notes="seen"):
    rows = [{"question_id": name, "marks_awarded": mark, "rubric_notes": notes} for name, mark in marks.items()]
    return json.dumps({"answers": rows})


def read(one, text):
    return text if isinstance(text, Failure) else read_slice(parse_answer, one, text, QUESTIONS)


def by_question(**answers):
    return {one: read(one, answers[f"q{one.questions[0]}"]) for one in slices_of(Split.QUESTION, QUESTIONS, 2)}


def by_page(*answers):
    slices = slices_of(Split.PAGE, QUESTIONS, len(answers))
    return {one: read(one, text) for one, text in zip(slices, answers, strict=True)}


def marks_of(first, again=None):
    return {mark.question_id: mark.marks_awarded for mark in combined(QUESTIONS, first, again or {}).marks}


def test_a_slice_asks_for_one_question_of_all_pages():
    slices = slices_of(Split.QUESTION, QUESTIONS, 2)
    assert [(one.questions, one.page) for one in slices] == [(("1a",), None), (("1b",), None), (("2",), None)]


def test_a_slice_asks_for_all_questions_of_one_page():
    slices = slices_of(Split.PAGE, QUESTIONS, 2)
    assert [(one.questions, one.page) for one in slices] == [(("1a", "1b", "2"), 1), (("1a", "1b", "2"), 2)]


@pytest.mark.parametrize(
    ("split", "questions", "n_pages"),
    [(None, QUESTIONS, 3), (Split.NONE, QUESTIONS, 3), (Split.PAGE, QUESTIONS, 1), (Split.QUESTION, QUESTIONS[:1], 3)],
)
def test_nothing_is_split_where_one_request_asks_for_everything(split, questions, n_pages):
    assert slices_of(split, questions, n_pages) == ()


def test_slices_and_their_answers_come_back_from_the_database():
    one = Slice(("1a",), 3, is_again=True)
    assert Slice.from_json(json.loads(json.dumps(one.as_json()))) == one
    for found in (SliceAnswer("text"), SliceAnswer(None, GONE)):
        assert SliceAnswer.from_json(json.loads(json.dumps(found.as_json(whole=False)))) == found


def test_names_of_slices_differ_within_an_attempt():
    first = [*slices_of(Split.QUESTION, QUESTIONS, 2), *slices_of(Split.PAGE, QUESTIONS, 2)]
    names = [one.name for one in first] + [one.name for one in left_open(by_question(q1a="-", q1b="-", q2="-"))]
    assert len(set(names)) == len(names) == 8


def test_each_question_has_the_mark_of_its_own_request():
    first = by_question(q1a=answer({"1a": 1}), q1b=answer({"1b": 2}), q2=answer({"2": 3}))
    assert marks_of(first) == {"1a": 1, "1b": 2, "2": 3}
    assert left_open(first) == ()


def test_marks_of_questions_that_a_request_did_not_ask_for_are_not_taken():
    first = by_question(q1a=answer({"1a": 1, "1b": 4, "2": 4}), q1b=answer({"1a": 4, "2": 4}), q2=answer({"2": 3}))
    assert marks_of(first) == {"1a": 1, "1b": None, "2": 3}


def test_a_bare_mark_is_that_of_the_single_question():
    first = by_question(q1a='{"marks_awarded": 3, "rubric_notes": "n"}', q1b=answer({"1b": 2}), q2=answer({"2": 3}))
    whole = parse_answer('{"marks_awarded": 3, "rubric_notes": "n"}', QUESTIONS[:1])
    assert marks_of(first)["1a"] == whole.marks[0].marks_awarded


def test_only_the_question_of_an_unreadable_answer_is_asked_for_again():
    first = by_question(q1a=answer({"1a": 1}), q1b="I cannot.", q2=answer({"2": 3}))
    [again] = left_open(first)
    assert (again.questions, again.page, again.is_again) == (("1b",), None, True)
    assert marks_of(first, {again: read(again, answer({"1b": 4}))}) == {"1a": 1, "1b": 4, "2": 3}


def test_a_failed_request_leaves_only_its_question_unmarked_with_the_reason():
    found = combined(QUESTIONS, by_question(q1a=answer({"1a": 1}), q1b=GONE, q2=answer({"2": 3})), {})
    assert [mark.marks_awarded for mark in found.marks] == [1, None, 3]
    [why] = found.marks[1].findings
    assert (why.reason, why.message, why.question_id) == (Reason.CALL_FAILED, GONE.message, "1b")
    assert found.parse_error is None


def test_what_failed_is_not_asked_for_again():
    assert left_open(by_question(q1a=answer({"1a": 1}), q1b=GONE, q2=answer({"2": 3}))) == ()


def test_without_any_mark_the_answer_is_unreadable():
    assert combined(QUESTIONS, by_question(q1a="?", q1b="?", q2="?"), {}).parse_error is not None


def test_a_question_has_the_mark_of_the_page_on_which_it_stands():
    first = by_page(answer({"1a": 1}), answer({"1b": 2, "2": 0}))
    assert marks_of(first) == {"1a": 1, "1b": 2, "2": 0}
    assert left_open(first) == ()


def test_a_question_that_no_page_or_several_pages_mark_is_decided_by_the_whole_script():
    first = by_page(answer({"1a": 1, "2": 2}), answer({"2": 2}))
    assert marks_of(first) == {"1a": 1, "1b": None, "2": None}
    [again] = left_open(first)
    assert (again.questions, again.page) == (("1b", "2"), None)
    assert marks_of(first, {again: read(again, answer({"1a": 4, "1b": 0, "2": 4}))}) == {"1a": 1, "1b": 0, "2": 4}


def test_an_answer_that_goes_on_on_another_page_is_decided_by_the_whole_script():
    first = by_page(answer({"1a": 1, "1b": 2, "2": None}, "goes on"), answer({"2": 2}))
    [again] = left_open(first)
    assert again.questions == ("2",)


def test_marks_of_several_pages_are_named_if_the_whole_script_gives_none():
    found = combined(QUESTIONS, by_page(answer({"1a": 1, "1b": 2, "2": 4}), answer({"2": 2})), {})
    [why] = found.marks[2].findings
    assert (why.reason, why.found) == (Reason.DUPLICATE, "4, 2")


def test_of_a_failed_page_nobody_knows_what_stands_on_it():
    first = by_page(answer({"1a": 1}), GONE)
    assert left_open(first) == ()
    found = combined(QUESTIONS, first, {})
    assert [mark.marks_awarded for mark in found.marks] == [1, None, None]
    assert {mark.findings[0].message for mark in found.marks[1:]} == {GONE.message}


def test_a_readable_page_is_whole_and_an_unmarked_question_is_not():
    page = slices_of(Split.PAGE, QUESTIONS, 2)[0]
    question = slices_of(Split.QUESTION, QUESTIONS, 2)[0]
    assert is_whole(page, read(page, answer({})))
    assert is_whole(question, read(question, answer({"1a": 0})))
    assert is_whole(question, read(question, answer({"1a": None}, "not in the scan")))
    assert not is_whole(question, read(question, answer({"1b": 0})))


def test_a_template_that_adds_parts_is_read_as_such():
    parse = partial(parse_answer, adds_parts=True)
    text = json.dumps({"answers": [{"question_id": "1a", "part": p, "marks_awarded": 1} for p in ("M1", "M2")]})
    [one, *_] = slices_of(Split.QUESTION, QUESTIONS, 2)
    assert read_slice(parse, one, text, QUESTIONS).marks[0].marks_awarded == 2

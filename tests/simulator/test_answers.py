import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marks.model import Stage
from app.simulator.answers import write
from app.simulator.asks import Ask, AskedQuestion
from app.simulator.faults import Fault

MARKS = {"a": 3.0, "b": 0.5, "c": 2.0}


def asked(stage: Stage = Stage.ASSESSMENT, questions=("a", "b", "c"), max_tokens: int | None = None) -> Ask:
    listed = tuple(AskedQuestion(qid, 4.0) for qid in questions)
    return Ask("simulated/careful", "s", stage, listed, (), 100, max_tokens, reasoning=False)


def written(fault: Fault | None, draw: float = 0.3, **more):
    ask = asked(**more)
    return write(ask, {q.question_id: MARKS[q.question_id] for q in ask.questions}, 1, fault, draw)


def marks_in(content: str) -> dict:
    return {item["question_id"]: item["marks_awarded"] for item in json.loads(content)["answers"]}


draws = st.floats(0, 1, exclude_max=True)


def test_a_good_answer_is_json_with_every_mark():
    answer = written(None)

    assert marks_in(answer.content) == MARKS
    assert (answer.finish_reason, answer.marks, answer.fault) == ("stop", MARKS, None)


def test_every_note_says_that_it_is_simulated():
    notes = [item["rubric_notes"] for item in json.loads(written(None).content)["answers"]]

    assert all("SIMULATED" in note for note in notes)


def test_criteria_cover_the_questions_and_say_that_they_are_simulated():
    answer = written(None, stage=Stage.RUBRIC)

    criteria = json.loads(answer.content)["grading_criteria"]
    assert [item["question_id"] for item in criteria] == ["a", "b", "c"]
    assert all("SIMULATED" in item["criterion"] for item in criteria)
    assert answer.marks == {}


@given(draws)
def test_a_fenced_answer_holds_the_true_marks(draw):
    answer = written(Fault.FENCED, draw)

    fence, content, end = answer.content.split("\n")
    assert fence.startswith("```")
    assert end == "```"
    assert marks_in(content) == MARKS == answer.marks


@given(draws)
def test_prose_is_wrapped_around_the_true_marks(draw):
    answer = written(Fault.PROSE, draw)

    start, end = answer.content.index('{"answers"'), answer.content.rindex("}]}") + 3
    assert marks_in(answer.content[start:end]) == MARKS == answer.marks


@pytest.mark.parametrize("draw", [0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("stage", Stage)
def test_a_malformed_answer_is_no_json(draw, stage):
    answer = written(Fault.MALFORMED, draw, stage=stage)

    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert answer.finish_reason == "stop"


@given(draws)
def test_a_truncated_answer_breaks_off_and_says_so(draw):
    answer = written(Fault.TRUNCATED, draw)

    assert written(None).content.startswith(answer.content)
    assert len(answer.content) < len(written(None).content)
    assert (answer.finish_reason, answer.marks) == ("length", {})


def test_an_answer_that_does_not_fit_max_tokens_is_truncated():
    answer = written(None, max_tokens=20)

    assert (len(answer.content), answer.finish_reason, answer.fault) == (80, "length", Fault.TRUNCATED)


@given(draws)
def test_an_incomplete_answer_lacks_questions_and_keeps_the_others_marks(draw):
    answer = written(Fault.INCOMPLETE, draw)

    assert marks_in(answer.content) == answer.marks
    assert len(answer.marks) == 2
    assert answer.marks.items() <= MARKS.items()


@given(draws)
def test_a_mark_out_of_range_is_not_among_the_true_marks(draw):
    answer = written(Fault.OUT_OF_RANGE, draw)

    too_high = {qid: mark for qid, mark in marks_in(answer.content).items() if mark > 4}
    assert len(too_high) == 1
    assert set(answer.marks) == set(MARKS) - set(too_high)


@given(draws)
def test_an_unknown_question_stands_beside_the_true_marks(draw):
    answer = written(Fault.UNKNOWN_QUESTION, draw)

    assert len(marks_in(answer.content)) == 4
    assert answer.marks == MARKS


@given(draws)
def test_an_abstention_has_no_mark_and_a_reason(draw):
    answer = written(Fault.ABSTAINED, draw)

    declined = [item for item in json.loads(answer.content)["answers"] if item["marks_awarded"] is None]
    assert len(declined) == 1
    assert "illegible" in declined[0]["rubric_notes"]
    assert set(answer.marks) == set(MARKS) - {declined[0]["question_id"]}


@pytest.mark.parametrize("stage", Stage)
def test_unstorable_notes_hold_nul_and_a_lone_surrogate(stage):
    answer = written(Fault.UNSTORABLE, stage=stage)

    assert "\\u0000" in answer.content
    assert "\\ud800" in answer.content


@pytest.mark.parametrize(
    ("fault", "finish_reason"),
    [(Fault.NULL_CONTENT, "stop"), (Fault.CONTENT_FILTER, "content_filter"), (Fault.UNREADABLE, "stop")],
)
def test_answers_without_marks(fault, finish_reason):
    answer = written(fault)

    assert "marks_awarded" not in (answer.content or "")
    assert (answer.finish_reason, answer.marks) == (finish_reason, {})


@given(st.sampled_from(sorted(Fault)), draws, st.sampled_from(sorted(Stage)), st.integers(0, 3))
def test_every_fault_can_befall_every_request(fault, draw, stage, count):
    answer = written(fault, draw, stage=stage, questions=tuple(MARKS)[:count])

    assert answer.marks.items() <= MARKS.items()

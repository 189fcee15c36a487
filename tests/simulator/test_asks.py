import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marks.model import Stage
from app.simulator.asks import AskCache, AskedQuestion, BadAskError, read_ask


def ask(sent):
    return read_ask(json.dumps(sent).encode())


def test_questions_images_and_limits_are_read_off_the_request(body):
    read = ask(body(images=["http://127.0.0.1/a.png"], max_tokens=900, reasoning={"effort": "low"}))

    assert read.questions == (AskedQuestion("MAI.1b(ii)", 4.0), AskedQuestion("2", 2.5))
    assert read.image_urls == ("http://127.0.0.1/a.png",)
    assert (read.model, read.session_id) == ("simulated/careful", "3f0c/simulated-careful")
    assert (read.max_tokens, read.reasoning, read.stage) == (900, True, Stage.ASSESSMENT)


def test_a_request_for_grading_criteria_is_the_rubric_stage(body):
    assert ask(body(text='Return {"grading_criteria": [...]}.')).stage is Stage.RUBRIC


def test_an_assessment_that_quotes_criteria_stays_an_assessment(body):
    criteria = 'Criteria: {"grading_criteria": [{"question_id": "2", "criteria": "all"}]}. Answer with marks_awarded.'

    read = ask(body(text=criteria))

    assert read.stage is Stage.ASSESSMENT
    assert len(read.questions) == 2


def test_the_schema_asked_for_decides_the_stage(body):
    schema = {"type": "object", "properties": {"grading_criteria": {"type": "array"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}}

    assert ask(body(text="Never say marks_awarded.", response_format=wanted)).stage is Stage.RUBRIC


def test_a_question_list_in_the_system_message_is_found_too():
    listed = 'The questions: [{"question_id": "1", "max_marks": 3}] and so on'

    read = ask({"model": "x/y", "messages": [{"role": "system", "content": listed}]})

    assert read.questions == (AskedQuestion("1", 3.0),)


@pytest.mark.parametrize("effort", [{"effort": "none"}, {"enabled": False}, None])
def test_reasoning_can_be_off(body, effort):
    assert not ask(body(reasoning=effort)).reasoning


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"model": "", "messages": [{"role": "user", "content": "x"}]},
        {"model": "x/y", "messages": []},
        {"model": "x/y", "messages": ["x"]},
        {"model": "x/y", "messages": [{"role": "user", "content": [{"type": "audio"}]}]},
    ],
)
def test_a_request_that_cannot_be_answered_is_refused(wrong):
    with pytest.raises(BadAskError):
        ask(wrong)


@given(st.binary())
def test_any_bytes_are_read_or_refused(sent):
    with pytest.raises(BadAskError):
        read_ask(sent)


@pytest.mark.parametrize("maximum", ["NaN", "Infinity", "null", '"x"'])
def test_a_list_with_a_maximum_that_is_no_number_is_no_question_list(body, maximum):
    assert ask(body(questions=(), text=f'[{{"question_id": "1", "max_marks": {maximum}}}]')).questions == ()


def test_the_cache_reads_equal_bodies_once_and_stays_small(body):
    cache = AskCache(size=2)
    sent = [json.dumps(body(session_id=str(n))).encode() for n in range(3)]

    assert cache.read(sent[0]) is cache.read(bytes(bytearray(sent[0])))
    first = cache.read(sent[0])
    cache.read(sent[1])
    cache.read(sent[2])
    assert cache.read(sent[0]) is not first

import copy
import json
from dataclasses import replace

import pytest

from app.grading.prompts.messages import (
    DEFAULT_ASSESSMENT,
    PromptInputs,
    input_hash,
    messages,
    reasoning_is_dropped,
    request_body,
    response_format,
)
from app.grading.prompts.template import Template
from app.marks.model import Image, Question, Role, Stage
from app.openrouter.catalogue import UNKNOWN, ModelCapabilities

QUESTIONS = (Question("1", 1, 3), Question("2", 2, 5))
MESSAGES = messages(DEFAULT_ASSESSMENT, PromptInputs(QUESTIONS, ("https://x.test/s",), ("https://x.test/k",)))
THINKS = ModelCapabilities(supported_parameters=frozenset({"reasoning", "max_tokens"}))
PLAIN = ModelCapabilities(supported_parameters=frozenset({"max_tokens"}))


def body(**changes):
    settings = {
        "model": "openai/gpt-x",
        "messages": MESSAGES,
        "capabilities": UNKNOWN,
        "reasoning": None,
        "provider": None,
        "data_collection": "deny",
        "session_key": "session:marker",
        "n_questions": 2,
    }
    return request_body(**settings | changes)


def can(*parameters):
    return ModelCapabilities(supported_parameters=frozenset(parameters))


def test_the_strictest_form_that_the_model_takes_is_asked_for():
    assert response_format(can("structured_outputs", "response_format"))["type"] == "json_schema"
    assert response_format(can("response_format")) == {"type": "json_object"}
    assert response_format(can("max_tokens")) is None
    assert response_format(UNKNOWN) is None


@pytest.mark.parametrize(("stage", "name"), [(Stage.ASSESSMENT, "answers"), (Stage.RUBRIC, "grading_criteria")])
def test_the_schema_is_strict_and_has_no_bounds(stage, name):
    form = response_format(can("structured_outputs"), stage)["json_schema"]
    entry = form["schema"]["properties"][name]["items"]
    assert form["strict"] is True
    assert entry["required"] == list(entry["properties"])
    assert entry["additionalProperties"] is False
    assert "imum" not in json.dumps(form)


def test_the_schema_lets_the_model_abstain():
    entry = response_format(can("structured_outputs"))["json_schema"]["schema"]["properties"]["answers"]["items"]
    assert entry["properties"]["marks_awarded"] == {"type": ["number", "null"]}


def test_every_request_carries_what_keeps_it_predictable():
    assert body() | {"max_tokens": 0} == {
        "model": "openai/gpt-x",
        "messages": MESSAGES,
        "max_tokens": 0,
        "stream": False,
        "provider": {"allow_fallbacks": False, "data_collection": "deny"},
        "plugins": [{"id": "context-compression", "enabled": False}],
        "session_id": "session:marker",
    }


def test_the_callers_provider_settings_win():
    sent = body(provider={"order": ["a"], "allow_fallbacks": True})["provider"]
    assert sent == {"allow_fallbacks": True, "data_collection": "deny", "order": ["a"]}


def test_the_session_id_is_cut_to_what_is_allowed():
    assert len(body(session_key="x" * 999)["session_id"]) == 256


@pytest.mark.parametrize("reasoning", [{"effort": "high"}, {"max_tokens": 2000}, {"exclude": True}])
def test_reasoning_goes_out_as_given(reasoning):
    assert body(reasoning=reasoning, capabilities=THINKS)["reasoning"] == reasoning
    assert body(reasoning=reasoning)["reasoning"] == reasoning


def test_reasoning_is_left_out_where_the_model_has_none():
    assert "reasoning" not in body(reasoning={"effort": "high"}, capabilities=PLAIN)
    assert reasoning_is_dropped(PLAIN, {"effort": "high"})


def test_reasoning_that_nobody_asked_for_is_not_dropped():
    assert not reasoning_is_dropped(PLAIN, None)
    assert not reasoning_is_dropped(THINKS, {"effort": "high"})
    assert not reasoning_is_dropped(UNKNOWN, {"effort": "high"})


def test_room_grows_with_the_questions_and_with_the_thinking():
    plain = body(capabilities=PLAIN)["max_tokens"]
    assert body(capabilities=PLAIN, n_questions=50)["max_tokens"] > plain
    assert body(capabilities=THINKS)["max_tokens"] > plain
    assert body(capabilities=THINKS, reasoning={"enabled": False})["max_tokens"] == plain
    assert body(reasoning={"max_tokens": 5000})["max_tokens"] == plain + 5000
    assert body(capabilities=PLAIN, stage=Stage.RUBRIC)["max_tokens"] > plain


def test_an_effort_leaves_room_for_the_answer():
    room = body(capabilities=PLAIN, n_questions=40)["max_tokens"]
    assert body(reasoning={"effort": "high"}, n_questions=40)["max_tokens"] * 0.2 >= room - 1


def test_room_stays_within_the_models_limit():
    limited = ModelCapabilities(max_completion_tokens=2000)
    assert body(capabilities=limited, n_questions=100)["max_tokens"] == 2000


def test_room_that_no_list_limits_stays_within_what_models_have():
    assert body(n_questions=500)["max_tokens"] == 65_536
    assert body(capabilities=replace(THINKS, context_length=32_000), n_questions=500)["max_tokens"] == 16_000


def test_an_anthropic_budget_stays_below_max_tokens():
    limited = replace(THINKS, max_completion_tokens=8000)
    sent = body(model="anthropic/claude-x", capabilities=limited, reasoning={"max_tokens": 8000})
    assert sent["max_tokens"] == 8000
    assert 1024 <= sent["reasoning"]["max_tokens"] < 8000


def test_the_parts_to_keep_are_marked_and_the_messages_stay_as_they_are():
    before = copy.deepcopy(MESSAGES)
    parts = body(model="anthropic/claude-x", marked_parts=[0, 2])["messages"][-1]["content"]
    assert [n for n, part in enumerate(parts) if part.get("cache_control") == {"type": "ephemeral"}] == [0, 2]
    assert before == MESSAGES


def test_other_requests_have_no_cache_mark():
    assert "cache_control" not in json.dumps(body())


def test_the_same_settings_give_the_same_bytes():
    assert json.dumps(body(provider={"a": 1})) == json.dumps(body(provider={"a": 1}))


IMAGES = (
    Image(Role.STUDENT, "https://x.test/a?token=1", 0, storage_path="p/a.png"),
    Image(Role.ANSWER_KEY, "https://x.test/k.png", 0),
)


def hashed(**changes):
    settings = {
        "template": DEFAULT_ASSESSMENT,
        "questions": QUESTIONS,
        "images": IMAGES,
        "model": "openai/gpt-x",
        "reasoning": {"effort": "low", "exclude": True},
        "provider": None,
        "criteria_source": None,
    }
    return input_hash(**settings | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"template": Template(DEFAULT_ASSESSMENT.system + ".", DEFAULT_ASSESSMENT.user, DEFAULT_ASSESSMENT.schema)},
        {"template": replace(DEFAULT_ASSESSMENT, schema="{}")},
        {"questions": QUESTIONS[:1]},
        {"questions": QUESTIONS[::-1]},
        {"questions": (replace(QUESTIONS[0], max_marks=4), QUESTIONS[1])},
        {"questions": (replace(QUESTIONS[0], text="New"), QUESTIONS[1])},
        {"questions": (replace(QUESTIONS[0], answer="New"), QUESTIONS[1])},
        {"images": IMAGES[:1]},
        {"images": (replace(IMAGES[0], storage_path="p/b.png"), IMAGES[1])},
        {"images": (IMAGES[0], replace(IMAGES[1], url="https://x.test/other.png"))},
        {"images": (IMAGES[0], replace(IMAGES[1], role=Role.STUDENT, order_index=1))},
        {"model": "openai/gpt-y"},
        {"reasoning": None},
        {"provider": {"order": ["a"]}},
        {"criteria_source": "abc"},
    ],
)
def test_what_the_answer_depends_on_changes_the_hash(changes):
    assert hashed(**changes) != hashed()


@pytest.mark.parametrize(
    "changes",
    [
        {"images": (replace(IMAGES[0], url="https://x.test/a?token=2"), IMAGES[1])},
        {"images": IMAGES[::-1]},
        {"questions": (replace(QUESTIONS[0], tolerance=1, max_marks=3.0), QUESTIONS[1])},
        {"reasoning": {"exclude": True, "effort": "low"}},
        {"provider": {}},
    ],
)
def test_what_the_answer_does_not_depend_on_leaves_the_hash(changes):
    assert hashed(**changes) == hashed()


def test_the_hash_is_sha256_in_hex():
    assert len(hashed()) == 64
    assert int(hashed(), 16)

"""Prompts as users read and rewrite them, and that what they wrote is what models are sent."""

import json
from typing import Any

import pytest

from tests.clients.react import pair

pytestmark = pytest.mark.usefixtures("quick_answers")

CAREFUL, COARSE = "simulated/careful", "simulated/coarse"
MODELS = [{"name": CAREFUL}]
PAIRS = [pair(CAREFUL, CAREFUL, "p", tries=1)]
ASSESSMENT = {
    "display_name": "Strict physics",
    "system_template": "You mark physics strictly, in JSON. SYSTEM-A",
    "user_template": "USER-A [Question list] pages: [Student assessment] again: [First student's assessment]"
    " key: [Answer key] criteria: [Grading criteria] form: [Response schema]",
    "schema_template": '{"result": [{"name": "", "answers": [{"question_id": "", "marks_awarded": 0}]}]} SCHEMA-A',
}
RUBRIC = {
    "display_name": "Criteria of physics",
    "system_template": "You copy criteria (grading_criteria). SYSTEM-R",
    "user_template": "USER-R [Question list] [Grading criteria]",
}


def texts(body: dict[str, Any]) -> str:
    return json.dumps([part for part in parts(body) if part["type"] == "text"])


def images(body: dict[str, Any]) -> list[str]:
    return [part["image_url"]["url"] for part in parts(body) if part["type"] == "image_url"]


def parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for message in body["messages"]:
        content = message["content"]
        found += [{"type": "text", "text": content}] if isinstance(content, str) else content
    return found


async def save(tab, kind: str, name: str, template: dict[str, Any]) -> None:
    assert (await tab.ask("PUT", f"/settings/templates/{kind}/{name}", template))["success"] is True


async def test_the_built_in_defaults_are_served_and_really_sent(tab, wire):
    assessment = await tab.ask("GET", "/settings/prompt")
    rubric = await tab.ask("GET", "/settings/rubric-prompt")
    await tab.prepare()
    await tab.grade(model_pairs=PAIRS)

    read, marked = wire.bodies
    assert read["messages"][0]["content"] == rubric["system_template"]
    assert marked["messages"][0]["content"] == assessment["system_template"]
    assert assessment["user_template"].splitlines()[0] in texts(marked)
    assert json.dumps(assessment["schema_template"])[1:-1] in texts(marked)


async def test_a_rewritten_base_prompt_is_echoed_served_and_really_sent(tab, wire):
    texts_only = {name: text for name, text in ASSESSMENT.items() if name != "display_name"}
    assert await tab.ask("PUT", "/settings/prompt", texts_only) == texts_only
    assert await tab.ask("GET", "/settings/prompt") == texts_only
    rubric = {"system_template": RUBRIC["system_template"], "user_template": RUBRIC["user_template"]}
    assert await tab.ask("PUT", "/settings/rubric-prompt", rubric) == rubric
    assert await tab.ask("GET", "/settings/rubric-prompt") == rubric

    await tab.prepare()
    assert (await tab.grade(model_pairs=PAIRS))["ok"]

    read, marked = wire.bodies
    assert "SYSTEM-R" in texts(read)
    assert "USER-R" in texts(read)
    assert all(mark in texts(marked) for mark in ("SYSTEM-A", "USER-A", "SCHEMA-A"))


async def test_the_default_template_is_the_base_prompt(tab):
    await save(tab, "assessment", "default", ASSESSMENT)
    assert (await tab.ask("GET", "/settings/prompt"))["system_template"] == ASSESSMENT["system_template"]
    listed = (await tab.ask("GET", "/settings/templates/assessment"))["templates"]
    assert listed == [{"name": "default", **ASSESSMENT}]


async def test_a_session_uses_the_templates_that_it_names(tab, wire):
    await save(tab, "assessment", "physics_2", ASSESSMENT)
    await save(tab, "rubric", "physics_r", RUBRIC)
    listed = (await tab.ask("GET", "/settings/templates/rubric"))["templates"]
    assert [template["name"] for template in listed] == ["default", "physics_r"]
    await tab.prepare(selected_rubric_template="physics_r", selected_assessment_template="physics_2")

    assert (await tab.grade(model_pairs=PAIRS))["ok"]

    read, marked = wire.bodies
    assert "SYSTEM-R" in texts(read)
    assert "SYSTEM-A" in texts(marked)
    reused = await tab.ask("GET", f"/sessions/{tab.session_id}/template")
    assert reused["templates"] == {"rubric": "physics_r", "assessment": "physics_2"}


async def test_placeholders_are_filled_wherever_they_stand_and_as_often_as_they_do(tab, wire):
    await save(tab, "assessment", "physics", ASSESSMENT)
    await tab.prepare(selected_assessment_template="physics")
    await tab.grade(model_pairs=PAIRS)

    marked = wire.bodies[1]
    # Three pages of the student at two placeholders, then two of the key.
    urls = images(marked)
    assert len(urls) == 8
    assert urls[:3] == urls[3:6]
    assert "[Student" not in texts(marked)
    assert "SIMULATED: a right result with its working." in texts(marked), "the criteria that the rubric model read"


@pytest.mark.parametrize("place", ["system", "nowhere"])
async def test_student_and_key_images_are_always_sent(tab, wire, place):
    named = " [Student assessment] [Answer key]" if place == "system" else ""
    template = ASSESSMENT | {"system_template": "Mark." + named, "user_template": "Answer in JSON (marks_awarded)."}
    await save(tab, "assessment", "sparse", template)
    await tab.prepare(selected_assessment_template="sparse")
    assert (await tab.grade(model_pairs=PAIRS))["ok"]

    marked = wire.bodies[1]
    assert len(images(marked)) == 5
    assert marked["messages"][0]["role"] == "system"
    assert isinstance(marked["messages"][0]["content"], str)
    kinds = [part["type"] for part in marked["messages"][1]["content"]]
    assert (kinds[0] == "image_url") is (place == "system")


async def test_a_form_of_the_users_own_is_not_contradicted_by_our_schema(tab, wire):
    await save(tab, "assessment", "own", ASSESSMENT)
    await tab.prepare_small(selected_assessment_template="own")
    assert (await tab.grade(models=MODELS))["ok"]
    assert wire.bodies[0]["response_format"] == {"type": "json_object"}


async def test_the_built_in_form_is_asked_for_strictly(tab, wire):
    await tab.prepare_small()
    await tab.ask("PUT", "/settings/prompt", await tab.ask("GET", "/settings/prompt"))
    await tab.grade(models=MODELS)
    assert wire.bodies[0]["response_format"]["type"] == "json_schema"


async def test_a_form_that_no_placeholder_shows_leaves_ours_in_force(tab, wire):
    template = ASSESSMENT | {"user_template": "Mark. [Question list] [Student assessment]"}
    await save(tab, "assessment", "hidden", template)
    await tab.prepare_small(selected_assessment_template="hidden")
    await tab.grade(models=MODELS)
    assert wire.bodies[0]["response_format"]["type"] == "json_schema"


async def test_json_mode_is_not_asked_for_where_no_message_says_json(tab, wire):
    # OpenAI answers such a request with 400.
    template = ASSESSMENT | {
        "system_template": "Mark (marks_awarded).",
        "user_template": "[Question list] [Response schema]",
    }
    await save(tab, "assessment", "silent", template)
    await tab.prepare_small(selected_assessment_template="silent")
    assert (await tab.grade(models=MODELS))["ok"]
    assert "response_format" not in wire.bodies[0]


@pytest.mark.parametrize("field", ["selected_rubric_template", "selected_assessment_template"])
async def test_a_session_with_a_template_that_is_not_there_is_refused_by_name(tab, field):
    response = await tab.send("POST", "/sessions", {field: "gone"})
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert [one["field"] for one in error["details"]["errors"]] == [field]
    assert await tab.ask("GET", "/sessions") == []


async def test_a_start_whose_template_was_deleted_is_refused(tab, simulator):
    await save(tab, "assessment", "brief", ASSESSMENT)
    await tab.prepare_small(selected_assessment_template="brief")
    assert (await tab.send("DELETE", "/settings/templates/assessment/brief")).is_success

    response = await tab.send("POST", "/grade/single", {"session_id": tab.session_id, "models": MODELS})

    assert response.status_code == 422
    assert response.json()["error"]["details"]["errors"][0]["field"] == "selected_assessment_template"
    assert simulator.stats.calls == 0
    await save(tab, "assessment", "brief", ASSESSMENT)
    assert (await tab.grade(models=MODELS))["ok"]


@pytest.mark.parametrize("kind", ["rubric", "assessment"])
async def test_default_is_always_there_and_cannot_be_deleted(tab, kind):
    assert (await tab.send("DELETE", f"/settings/templates/{kind}/default")).status_code == 400
    listed = (await tab.ask("GET", f"/settings/templates/{kind}"))["templates"]
    assert [template["name"] for template in listed] == ["default"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/settings/prompt", {"system_template": "a", "user_template": "b"}, 422),
        ("PUT", "/settings/prompt", {"system_template": "a", "user_template": "", "schema_template": "c"}, 400),
        ("PUT", "/settings/rubric-prompt", {"system_template": "a"}, 422),
        ("PUT", "/settings/rubric-prompt", {"system_template": "", "user_template": "b"}, 400),
        ("PUT", "/settings/templates/assessment/Big", ASSESSMENT, 422),
        ("PUT", "/settings/templates/other/x", ASSESSMENT, 422),
        ("PUT", "/settings/templates/assessment/%00", ASSESSMENT, 404),
        ("DELETE", "/settings/templates/assessment/%00", None, 404),
        ("PUT", "/settings/templates/rubric/x", {"display_name": "x"}, 422),
        ("PUT", "/settings/templates/rubric/x", RUBRIC | {"system_template": "a\0b"}, 422),
        ("DELETE", "/settings/templates/rubric/unknown", None, 404),
    ],
)
async def test_what_cannot_be_stored_is_refused(tab, method, path, body, status):
    response = await tab.send(method, path, body)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message", "details", "correlation_id"}


async def test_a_run_goes_on_with_the_prompts_that_it_was_started_with(tab, simulator, wire):
    await tab.prepare_small()
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.3})
    await tab.send("POST", "/grade/single?wait=false", {"session_id": tab.session_id, "models": [{"name": COARSE}]})
    await tab.ask("PUT", "/settings/prompt", {n: t for n, t in ASSESSMENT.items() if n != "display_name"})
    await tab.grade(models=[])
    assert "SYSTEM-A" not in texts(wire.bodies[0])

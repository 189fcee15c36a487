"""Markers that differ in their prompt and their settings, beside each other in one run."""

import json

import httpx
import pytest

from tests.routers.conftest import STUDENT

RUBRIC = {"role": "grading_rubric", "url": "https://example.org/rubric-1.png", "order_index": 0}
STRICT = {"display_name": "Strict", "system_template": "Mark STRICTLY.", "user_template": "[Question list] as JSON"}


@pytest.fixture
def store_template(client):
    async def store(name, kind="assessment", **texts):
        response = await client.put(f"/settings/templates/{kind}/{name}", json=STRICT | texts)
        assert response.status_code == 200

    return store


def bodies(openrouter):
    return [json.loads(request.content) for request in openrouter.requests]


def systems(openrouter):
    return [body["messages"][0]["content"] for body in bodies(openrouter)]


async def test_two_prompts_of_one_model_are_two_markers_of_one_run(client, prepare, grade, openrouter, store_template):
    openrouter.marks = {"1a": 1, "1b": 1}
    await store_template("strict")
    session_id = await prepare()

    progress = await grade(session_id, "a/b", {"name": "a/b", "template": "strict", "instance_id": "a/b strict"})

    assert set(progress["models"]) == {"a/b", "a/b strict"}
    assert sum("STRICTLY" in json.dumps(text) for text in systems(openrouter)) == 1
    found = (await client.get(f"/results/{session_id}")).json()["results_by_question"]["1a"]
    assert {marker: rows[0]["marks_awarded"] for marker, rows in found.items()} == {"a/b": 1, "a/b strict": 1}


async def test_a_prompt_that_is_changed_after_the_run_marks_its_own_marker_again(
    prepare, grade, openrouter, store_template
):
    openrouter.marks = {"1a": 1, "1b": 1}
    await store_template("strict")
    session_id = await prepare()
    strict = {"name": "a/b", "template": "strict", "instance_id": "a/b strict"}
    await grade(session_id, "a/b", strict)
    await store_template("strict", system_template="Mark MORE STRICTLY.")

    await grade(session_id, "a/b", strict)

    assert len(openrouter.requests) == 3
    assert "MORE STRICTLY" in json.dumps(systems(openrouter)[-1])


async def test_a_marker_has_its_own_prompt_for_reading_the_rubric(prepare, grade, openrouter, store_template):
    openrouter.marks = {"1a": 1, "1b": 1}
    await store_template("terse", "rubric", system_template="Copy TERSELY.", user_template="[Grading criteria] as JSON")

    await grade(await prepare(images=[STUDENT, RUBRIC]), {"name": "a/b", "rubric_template": "terse"})

    assert "TERSELY" in json.dumps(systems(openrouter)[0])


async def test_the_marks_of_parts_are_added_only_for_the_marker_whose_prompt_asks_for_parts(
    client, prepare, grade, openrouter, store_template
):
    form = '{"answers": [{"question_id": "", "part": "", "marks_awarded": 0}]}'
    await store_template("parts", schema_template=form)
    entries = [{"question_id": "1a", "part": part, "marks_awarded": 1} for part in ("i", "ii")]
    choice = {"message": {"role": "assistant", "content": json.dumps({"answers": entries})}, "finish_reason": "stop"}
    openrouter.reply = lambda: httpx.Response(200, json={"id": "gen-1", "choices": [choice], "usage": {}})
    session_id = await prepare(questions=[{"question_id": "1a", "max_marks": 3}])

    await grade(session_id, "a/b", {"name": "a/b", "template": "parts", "instance_id": "parts"})

    found = (await client.get(f"/results/{session_id}")).json()["results_by_question"]["1a"]
    assert {marker: rows[0]["marks_awarded"] for marker, rows in found.items()} == {"a/b": None, "parts": 2}


async def test_a_template_that_is_not_stored_refuses_the_start_and_names_those_that_are(
    client, prepare, refused, store_template
):
    await store_template("strict")
    plan = {"session_id": await prepare(), "models": [{"name": "a/b", "template": "strikt"}]}

    error = refused(await client.post("/grade/single", json=plan), 422, "VALIDATION_ERROR")

    assert error["details"]["errors"][0]["field"] == "template"
    assert "'strikt'" in error["message"]
    assert "strict" in error["message"]


async def test_the_settings_of_sampling_reach_the_model(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    spec = {"name": "a/b", "temperature": 0.2, "max_tokens": 700, "seed": 40, "tries": 3}

    await grade(await prepare(), spec, "c/d")

    own = [body for body in bodies(openrouter) if body["model"] == "a/b"]
    assert {(body["temperature"], body["max_tokens"]) for body in own} == {(0.2, 700)}
    assert sorted(body["seed"] for body in own) == [40, 41, 42]
    (other,) = [body for body in bodies(openrouter) if body["model"] == "c/d"]
    assert not {"temperature", "seed"} & other.keys()


async def test_another_temperature_is_another_input_and_the_same_one_is_not_paid_again(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    await grade(session_id, {"name": "a/b", "temperature": 0.2})
    await grade(session_id, {"name": "a/b", "temperature": 0.2})
    assert len(openrouter.requests) == 1

    await grade(session_id, {"name": "a/b", "temperature": 0.7})

    assert [body["temperature"] for body in bodies(openrouter)] == [0.2, 0.7]


async def test_a_plan_that_is_repeated_by_its_names_keeps_prompts_and_settings(
    prepare, grade, openrouter, store_template
):
    openrouter.marks = {"1a": 1, "1b": 1}
    await store_template("strict")
    session_id = await prepare()
    await grade(session_id, {"name": "a/b", "template": "strict", "temperature": 0.3})

    await grade(session_id, "a/b", force=True)

    assert [body["temperature"] for body in bodies(openrouter)] == [0.3, 0.3]
    assert all("STRICTLY" in json.dumps(text) for text in systems(openrouter))


async def test_a_pair_keeps_its_settings_in_lists_and_when_a_client_sends_back_what_it_knows(
    client, prepare, openrouter, store_template, ended
):
    openrouter.marks = {"1a": 1, "1b": 1}
    await store_template("strict")
    session_id = await prepare()
    assessment = {"name": "c/d", "template": "strict", "temperature": 0.2, "seed": 5, "max_tokens": 900}
    pair = {"rubric_model": {"name": "a/b", "provider": {"order": ["X"]}}, "assessment_model": assessment}
    await client.post("/grade/single", json={"session_id": session_id, "model_pairs": [pair]})
    await ended(session_id)

    (listed,) = (await client.get("/sessions")).json()[0]["model_pairs"]
    assert {name: listed[name] for name in listed if name.startswith("assessment")} == {
        "assessmentModel": "c/d",
        "assessmentReasoning": None,
        "assessmentTemplate": "strict",
        "assessmentTemperature": 0.2,
        "assessmentMaxTokens": 900,
        "assessmentSeed": 5,
    }
    assert listed["rubricProvider"] == {"order": ["X"]}

    known = {"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "c/d", "tries": 2}}
    await client.post("/grade/single", json={"session_id": session_id, "model_pairs": [known]})
    await ended(session_id)

    assert [body["seed"] for body in bodies(openrouter)] == [5, 6]
    assert {body["temperature"] for body in bodies(openrouter)} == {0.2}


async def test_a_pair_with_another_reasoning_is_another_plan(client, prepare, openrouter, ended):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    for more in ({"temperature": 0.2}, {"reasoning": {"effort": "low"}}):
        pair = {"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "c/d", **more}}
        await client.post("/grade/single", json={"session_id": session_id, "model_pairs": [pair]})
        await ended(session_id)

    assert "temperature" not in bodies(openrouter)[-1]


async def test_an_unknown_field_of_a_pair_is_refused(client, prepare, fields_of):
    pair = {"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "c/d", "temprature": 1}}

    response = await client.post("/grade/single", json={"session_id": await prepare(), "model_pairs": [pair]})

    assert fields_of(response) == ["model_pairs.0.assessment_model.temprature"]

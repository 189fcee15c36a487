"""OpenRouter's list of models: passed on unchanged, and used before anything is paid."""

import httpx
import pytest

from tests.clients.react import pair

pytestmark = pytest.mark.usefixtures("quick_answers")

CAREFUL, BLIND, ERRATIC, COARSE, SLOPPY, HARSH = (
    f"simulated/{name}" for name in ("careful", "blind", "erratic", "coarse", "sloppy", "harsh")
)


async def test_the_list_is_passed_on_unchanged_and_asked_for_once(tab, simulator):
    async with httpx.AsyncClient(headers={"Authorization": "Bearer k"}) as anybody:
        original = (await anybody.get(f"{simulator.base_url}/models")).content
    simulator.reset()
    first = await tab.send("GET", "/models")
    second = await tab.send("GET", "/models")
    assert first.content == second.content == original
    assert first.headers["content-type"] == "application/json"
    assert simulator.stats.models_lists == 1


async def test_a_list_that_cannot_be_had_is_503_in_the_envelope(tab, wire):
    wire.models = lambda: httpx.Response(502, text="<html>")
    response = await tab.send("GET", "/models")
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    # It is not asked for again at once.
    await tab.send("GET", "/models")
    assert wire.models_asked == 1


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"models": [{"name": CAREFUL}, {"name": BLIND}]}, "models.1.name"),
        ({"model_pairs": [pair(CAREFUL, CAREFUL, "a"), pair(BLIND, CAREFUL, "b")]}, "model_pairs.1.rubric_model.name"),
        ({"model_pairs": [pair(CAREFUL, BLIND, "a")]}, "model_pairs.0.assessment_model.name"),
    ],
)
async def test_a_model_without_image_input_is_refused_by_name(tab, simulator, plan, field):
    await tab.prepare()
    response = await tab.send("POST", "/grade/single", {"session_id": tab.session_id, **plan})
    assert response.status_code == 422
    (error,) = response.json()["error"]["details"]["errors"]
    assert error["field"] == field
    assert BLIND in error["message"]
    assert simulator.stats.calls == 0
    assert (await tab.progress())["status"] == "created"


async def test_a_blind_rubric_model_does_no_harm_where_there_is_no_rubric(tab):
    await tab.prepare(rubric=False)
    assert (await tab.grade(model_pairs=[pair(BLIND, CAREFUL, "a")]))["ok"]


async def test_without_the_list_a_start_is_not_refused_and_the_log_warns(tab, wire, caplog):
    wire.models = lambda: httpx.Response(500)
    await tab.prepare_small()
    assert (await tab.grade(models=[{"name": CAREFUL}]))["ok"]
    assert any("list of models cannot be had" in record.message for record in caplog.records)
    assert "response_format" not in wire.bodies[0]


async def test_a_name_that_the_list_does_not_have_is_accepted(tab):
    await tab.prepare_small()
    assert (await tab.grade(models=[{"name": "somebody/new-model"}]))["ok"]


async def test_reasoning_is_left_out_where_the_list_says_there_is_none_and_the_plan_says_so(tab, wire):
    await tab.prepare_small()
    models = [{"name": ERRATIC, "reasoning": {"effort": "high"}}, {"name": CAREFUL, "reasoning": {"max_tokens": 2000}}]
    ending = await tab.grade(models=models, reasoning={"effort": "low"})
    assert ending["notes"] == [f"{ERRATIC} has no reasoning: the setting is left out."]
    sent = {body["model"]: body.get("reasoning") for body in wire.bodies}
    assert sent == {ERRATIC: None, CAREFUL: {"max_tokens": 2000}}


async def test_what_a_model_takes_decides_the_form_of_its_answer_and_its_room(tab, wire):
    await tab.prepare_small()
    await tab.grade(models=[{"name": name} for name in (CAREFUL, COARSE, SLOPPY, HARSH)], reasoning={"effort": "high"})
    bodies = {body["model"]: body for body in wire.bodies}
    forms = {name: (bodies[name].get("response_format") or {}).get("type") for name in (CAREFUL, COARSE, SLOPPY)}
    assert forms == {CAREFUL: "json_schema", COARSE: "json_object", SLOPPY: None}
    assert bodies[HARSH]["max_tokens"] == 4096
    assert bodies[CAREFUL]["max_tokens"] > 4096


async def test_a_model_is_asked_with_the_settings_of_its_own_before_those_of_all(tab, wire):
    await tab.prepare_small()
    models = [{"name": CAREFUL, "provider": {"only": ["x"]}}, {"name": HARSH}]
    await tab.grade(models=models, provider={"sort": "price"})
    providers = {body["model"]: body["provider"] for body in wire.bodies}
    assert providers[CAREFUL]["only"] == ["x"]
    assert "sort" not in providers[CAREFUL]
    assert providers[HARSH]["sort"] == "price"
    assert all(provider["data_collection"] == "deny" for provider in providers.values())

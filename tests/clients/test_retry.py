"""The front end's Retry button, its criteria boxes and its list of errors: it must work as it is."""

import json

import pytest

from app.simulator.config import Behaviour
from app.simulator.faults import Fault
from tests.clients.react import PASTED_QUESTIONS, pair

CAREFUL, HARSH = "simulated/careful", "simulated/harsh"
REASONING, PROVIDER = {"effort": "low"}, {"sort": "price"}

pytestmark = pytest.mark.usefixtures("quick_answers")


async def retry(tab):
    """What the button sends: the names in the list of sessions, or without them the stored plan's repeat."""
    row = next(row for row in await tab.ask("GET", "/sessions") if row["id"] == tab.session_id)
    names = row["selected_models"]
    return await tab.grade(models=[{"name": name} for name in names or []], default_tries=row["default_tries"])


async def plan_of(tab):
    return (await tab.ask("GET", f"/sessions/{tab.session_id}/template"))["models"]


async def test_retry_of_a_plan_of_pairs_repeats_the_pairs(tab, simulator):
    await tab.prepare()
    plan = [pair(CAREFUL, HARSH, "a", tries=1), pair(HARSH, HARSH, "b", tries=1)]
    await tab.grade(model_pairs=plan, default_tries=1)
    before = (await tab.ask("GET", "/sessions"))[0]
    simulator.reset()

    assert (await retry(tab))["ok"]

    assert simulator.stats.calls == 0
    assert (await tab.ask("GET", "/sessions"))[0] == before
    assert before["selected_models"] is None


async def test_retry_keeps_reasoning_provider_and_instance_ids(tab, simulator):
    await tab.prepare_small()
    models = [
        {"name": HARSH, "instance_id": "thinks", "reasoning": REASONING},
        {"name": HARSH, "instance_id": "plain", "provider": PROVIDER},
        {"name": CAREFUL},
    ]
    simulator.config = simulator.config.model_copy(
        update={"models": {CAREFUL: Behaviour(fault_rates={Fault.HTTP_400: 1})}}
    )
    await tab.grade(models=models, default_tries=2)
    before = await plan_of(tab)
    simulator.config = simulator.config.model_copy(update={"models": {}})
    simulator.reset()

    assert (await retry(tab))["ok"]

    assert await plan_of(tab) == before
    assert {entry.model for entry in simulator.log} == {CAREFUL}
    assert simulator.stats.calls == 2


async def test_names_with_a_setting_make_another_plan(tab):
    await tab.prepare_small()
    await tab.grade(models=[{"name": HARSH, "reasoning": REASONING}])
    assert (await tab.grade(models=[{"name": HARSH, "provider": PROVIDER}]))["ok"]
    (marker,) = await plan_of(tab)
    assert (marker["reasoning"], marker["provider"]) == (None, PROVIDER)


async def test_every_question_has_its_box_of_criteria(tab):
    await tab.prepare()
    await tab.grade(model_pairs=[pair(CAREFUL, HARSH, "a", tries=1)])

    response = json.loads((await tab.rubric())["a"]["1"]["rubric_response"])

    entries = response["grading_criteria"]
    asked = [(one["question_number"], one["max_mark"]) for one in PASTED_QUESTIONS]
    assert [(one["question_id"], one["max_mark"]) for one in entries[: len(asked)]] == asked
    for entry in entries[: len(asked)]:
        assert {"marks", "criterion"} <= entry.keys()
        assert all({"header", "marks", "criteria"} <= component.keys() for component in entry["components"])
    assert any(entry["components"] for entry in entries)


async def test_what_has_no_mark_is_told_in_sentences(tab, simulator):
    sequence = (Fault.OUT_OF_RANGE, Fault.HTTP_400)
    simulator.config = simulator.config.model_copy(update={"fault_sequence": sequence, "seed": 3})
    await tab.prepare_small()
    await tab.grade(models=[{"name": CAREFUL}])

    told = (await tab.errors())[CAREFUL]["1"]
    rows = [rows[CAREFUL][0] for rows in (await tab.results()).values()]

    assert {one["code"] for one in told if "question_id" in one} == {"out_of_range"}
    assert all(one["reason"] == one["message"] and " " in one["reason"] for one in told)
    unmarked = [row for row in rows if row["marks_awarded"] is None]
    assert unmarked
    assert all(row["rubric_notes"].startswith("Not marked: ") for row in unmarked)
    assert not any((row["rubric_notes"] or "").startswith("Not marked") for row in rows if row not in unmarked)


async def test_an_odd_id_beside_whole_marks_is_no_error(tab, simulator):
    simulator.config = simulator.config.model_copy(update={"fault_rates": {Fault.UNKNOWN_QUESTION: 1}})
    await tab.prepare_small()
    assert (await tab.grade(models=[{"name": CAREFUL}]))["ok"]
    assert await tab.errors() == {}

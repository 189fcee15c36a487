"""Where an answer stands: two fields that the built-in prompt asks for unless the operator does not want them."""

from dataclasses import replace

import pytest

from app.grading.prompts import defaults
from app.grading.prompts.versions import VERSIONS
from app.marks.model import Stage

MODELS = [{"name": "simulated/careful"}]
OFF = {"grading_ask_page": False, "grading_ask_quote": False}
WORDS = "SIMULATED words that earned the mark"


async def told(tab, exam):
    body = {"holder": "a desk for this test", "n": 4, "wish": {"which": "all"}}
    answers = (await tab.ask("POST", f"/exams/{exam}/desk/answers", body))["answers"]
    return {(mark["page"], mark["quote"]) for answer in answers for mark in answer["marks"]}


async def graded(tab, **selected):
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    await tab.prepare_small(exam_id=exam, **selected)
    await tab.grade(models=MODELS)
    return exam


def fields(body):
    entry = body["response_format"]["json_schema"]["schema"]["properties"]["answers"]["items"]
    return set(entry["properties"]) & {"page", "quote"}


def texts(body):
    system, user = body["messages"]
    return [system["content"], *(part["text"] for part in user["content"] if part["type"] == "text")]


async def test_page_and_quote_are_asked_for_stored_with_the_mark_and_shown_at_the_desk(open_tab, wire):
    tab = await open_tab()
    exam = await graded(tab)

    assert fields(wire.bodies[0]) == {"page", "quote"}
    assert (await tab.progress())["n_unmarked"] == 0
    assert await told(tab, exam) == {(1, WORDS), (2, WORDS)}


async def test_each_can_be_switched_off(open_tab, wire):
    tab = await open_tab(grading_ask_quote=False)
    assert await told(tab, await graded(tab)) == {(1, None), (2, None)}
    tab = await open_tab(**OFF)
    assert await told(tab, await graded(tab)) == {(None, None)}
    assert [fields(body) for body in wire.bodies] == [{"page"}, set()]
    assert "quote" not in str(wire.bodies)


@pytest.mark.parametrize(("switches", "asked"), [({}, ("page", "quote")), (OFF, ())])
async def test_the_prompt_is_shown_with_the_fields_that_it_asks_for(open_tab, switches, asked):
    tab = await open_tab(**switches)
    shown = await tab.ask("GET", "/settings/prompt")
    (listed,) = (await tab.ask("GET", "/settings/templates/assessment"))["templates"]
    assert shown["schema_template"] == listed["schema_template"] == defaults.marks_contract(asked)
    assert listed["version"] >= 2


async def test_a_prompt_saved_as_it_was_shown_asks_for_the_same_and_is_not_paid_again(open_tab, wire):
    tab = await open_tab()
    await graded(tab)
    await tab.ask("PUT", "/settings/prompt", await tab.ask("GET", "/settings/prompt"))
    await tab.grade(models=MODELS)
    assert len(wire.bodies) == 1
    await tab.grade(models=MODELS, force=True)
    assert texts(wire.bodies[1]) == texts(wire.bodies[0])
    assert fields(wire.bodies[1]) == {"page", "quote"}


async def test_a_new_version_of_the_built_in_prompt_asks_again_only_when_forced(open_tab, wire, monkeypatch):
    tab = await open_tab()
    await graded(tab)
    versions = VERSIONS[Stage.ASSESSMENT]
    changed = replace(versions[-1], system=versions[-1].system + " You are patient.")
    monkeypatch.setitem(VERSIONS, Stage.ASSESSMENT, (*versions, changed))
    await tab.grade(models=MODELS)
    assert len(wire.bodies) == 1
    await tab.grade(models=MODELS, force=True)
    assert "You are patient." in texts(wire.bodies[1])[0]


async def test_a_prompt_that_the_user_changed_is_asked_again(open_tab, wire):
    tab = await open_tab()
    await graded(tab)
    prompt = await tab.ask("GET", "/settings/prompt")
    await tab.ask("PUT", "/settings/prompt", prompt | {"system_template": prompt["system_template"] + " Be strict."})
    await tab.grade(models=MODELS)
    assert [fields(body) for body in wire.bodies] == [{"page", "quote"}] * 2


async def test_a_form_of_the_users_own_is_not_given_more_fields(open_tab, wire):
    tab = await open_tab()
    prompt = await tab.ask("GET", "/settings/prompt")
    await tab.ask("PUT", "/settings/prompt", prompt | {"schema_template": defaults.MARKS_CONTRACT})
    await graded(tab)
    assert fields(wire.bodies[0]) == set()


async def test_a_stored_prompt_without_a_form_is_shown_with_the_built_in_one(open_tab):
    tab = await open_tab()
    texts = {"display_name": "Mine", "system_template": "Mark.", "user_template": "[Response schema]"}
    await tab.ask("PUT", "/settings/templates/assessment/default", texts)
    shown = await tab.ask("GET", "/settings/prompt")
    assert shown["schema_template"] == defaults.marks_contract(("page", "quote"))


async def test_a_session_that_was_asked_without_is_paid_again_only_when_forced(open_tab, wire):
    before = await open_tab(**OFF)
    await graded(before)
    after = await open_tab()
    after.session_id = before.session_id
    await after.grade(models=MODELS)
    assert len(wire.bodies) == 1
    await after.grade(models=MODELS, force=True)
    assert [fields(body) for body in wire.bodies] == [set(), {"page", "quote"}]


async def test_the_estimate_counts_what_the_fields_cost(open_tab):
    costs = []
    for switches in (OFF, {}):
        tab = await open_tab(**switches)
        await tab.prepare_small()
        body = {"session_id": tab.session_id, "models": MODELS}
        found = await tab.ask("POST", "/grade/estimate", body)
        costs.append((found["input_tokens"], found["output_tokens"]))
    (input_off, output_off), (input_on, output_on) = costs
    assert input_on > input_off
    assert output_on > output_off

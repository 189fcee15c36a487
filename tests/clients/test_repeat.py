"""Grading again: only what has to be, and nothing twice."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from app.simulator.config import Behaviour
from app.simulator.faults import Fault
from tests.clients.react import PASTED_QUESTIONS, RUBRIC_FILES, pair

CAREFUL, HARSH = "simulated/careful", "simulated/harsh"
TWO = [{"name": CAREFUL, "tries": 2}, {"name": HARSH, "tries": 2}]

pytestmark = pytest.mark.usefixtures("quick_answers")


def asked(simulator) -> Counter[tuple[str, int, str]]:
    """How often each call was made since the last reset."""
    return Counter((entry.model, entry.try_index, entry.stage) for entry in simulator.log)


@pytest.fixture
async def graded(tab, simulator):
    """A front end whose session was graded by two models, twice each; the simulator's counts are at 0 again."""
    await tab.prepare_small()
    assert (await tab.grade(models=TWO))["ok"]
    assert simulator.stats.calls == 4
    simulator.reset()
    return tab


async def test_the_same_plan_again_asks_nothing(graded, simulator):
    before = await graded.results()
    assert (await graded.grade(models=TWO))["ok"]
    assert simulator.stats.calls == 0
    assert await graded.results() == before


async def test_force_grades_all_again_and_shows_only_the_new_run(graded, simulator):
    assert (await graded.grade(models=TWO, force=True))["ok"]
    assert simulator.stats.calls == 4
    tokens = await graded.tokens()
    used = sum(entry.usage["total_tokens"] for entry in simulator.log)
    shown = sum(one["total_tokens"] for tries in tokens["assessment"].values() for one in tries.values())
    assert shown == used


async def test_force_repeats_the_stored_plan_too(graded, simulator):
    assert (await graded.grade(models=[], force=True))["ok"]
    assert asked(simulator) == Counter({(m, n, "assessment"): 1 for m in (CAREFUL, HARSH) for n in (1, 2)})


async def test_fewer_tries_leave_the_statistics(graded, simulator):
    assert (await graded.grade(models=[{"name": CAREFUL, "tries": 1}, {"name": HARSH, "tries": 2}]))["ok"]
    assert simulator.stats.calls == 0
    totals = (await graded.stats())["totals"]
    assert {marker: set(tries) for marker, tries in totals["total_marks_awarded_by_model_try"].items()} == {
        CAREFUL: {"1"},
        HARSH: {"1", "2"},
    }
    assert [row["try_index"] for row in (await graded.results())["1"][CAREFUL]] == [1]


async def test_fewer_markers_leave_the_statistics(graded, simulator):
    assert (await graded.grade(models=[{"name": HARSH, "tries": 2}]))["ok"]
    assert simulator.stats.calls == 0
    stats = await graded.stats()
    assert set(stats["totals"]["token_usage_stats"]) == {HARSH}
    assert set(stats["discrepancies_by_model_try"]) == {HARSH}
    assert set((await graded.results())["1"]) == {HARSH}
    assert set((await graded.tokens())["assessment"]) == {HARSH}
    assert (await graded.progress())["attempts"]["total"] == 2


async def test_a_marker_that_comes_back_is_not_paid_for_again(graded, simulator):
    before = await graded.results()
    await graded.grade(models=[{"name": HARSH, "tries": 2}])
    assert (await graded.grade(models=TWO))["ok"]
    assert simulator.stats.calls == 0
    assert await graded.results() == before


async def test_more_tries_ask_only_for_the_new_ones(graded, simulator):
    assert (await graded.grade(models=[{"name": CAREFUL, "tries": 3}, TWO[1]]))["ok"]
    assert asked(simulator) == Counter({(CAREFUL, 3, "assessment"): 1})


@pytest.mark.parametrize(
    "changed",
    [
        {"name": HARSH, "tries": 2, "reasoning": {"effort": "low"}},
        {"name": HARSH, "tries": 2, "provider": {"sort": "price"}},
    ],
)
async def test_a_marker_with_other_settings_is_asked_again(graded, simulator, changed):
    assert (await graded.grade(models=[TWO[0], changed]))["ok"]
    assert asked(simulator) == Counter({(HARSH, 1, "assessment"): 1, (HARSH, 2, "assessment"): 1})


async def test_another_prompt_grades_all_again(graded, simulator):
    prompt = await graded.ask("GET", "/settings/prompt")
    prompt["user_template"] += "\nMark strictly."
    await graded.ask("PUT", "/settings/prompt", prompt)
    assert (await graded.grade(models=[]))["ok"]
    assert simulator.stats.calls == 4


async def test_another_rubric_prompt_changes_nothing_where_there_is_no_rubric(graded, simulator):
    prompt = await graded.ask("GET", "/settings/rubric-prompt")
    prompt["user_template"] += "\nEvery point."
    await graded.ask("PUT", "/settings/rubric-prompt", prompt)
    assert (await graded.grade(models=[]))["ok"]
    assert simulator.stats.calls == 0


async def test_another_rubric_prompt_reads_and_marks_again_where_there_is_a_rubric(tab, simulator):
    await tab.prepare()
    plan = [pair(CAREFUL, HARSH, "p", tries=1)]
    await tab.grade(model_pairs=plan)
    simulator.reset()
    prompt = await tab.ask("GET", "/settings/rubric-prompt")
    prompt["user_template"] += "\nEvery point."
    await tab.ask("PUT", "/settings/rubric-prompt", prompt)

    assert (await tab.grade(models=[]))["ok"]

    assert asked(simulator) == Counter({(CAREFUL, 1, "rubric"): 1, (HARSH, 1, "assessment"): 1})


async def test_another_image_grades_all_again(graded, simulator):
    await graded.upload("answer_key", ["late key (1).png"])
    assert (await graded.grade(models=[]))["ok"]
    assert simulator.stats.calls == 4


async def test_rubric_images_that_come_later_add_the_rubric_stage(graded, simulator):
    await graded.upload("grading_rubric", RUBRIC_FILES)
    assert (await graded.grade(models=[]))["ok"]
    assert asked(simulator) == Counter(
        {
            (model, number, stage): 1
            for model in (CAREFUL, HARSH)
            for number in (1, 2)
            for stage in ("rubric", "assessment")
        }
    )


async def test_a_changed_question_is_unmarked_until_graded_again(graded, simulator):
    changed = [{**PASTED_QUESTIONS[0], "max_mark": 8}, *PASTED_QUESTIONS[1:]]
    await graded.configure(changed)

    rows = (await graded.results())["1"][CAREFUL]
    assert [row["marks_awarded"] for row in rows] == [None, None]
    assert {error["reason"] for row in rows for error in row["validation_errors"]} == {"question_changed"}
    assert (await graded.stats())["totals"]["n_unmarked_by_model_try"][CAREFUL] == {"1": 1, "2": 1}
    assert {one["code"] for one in (await graded.errors())[CAREFUL]["1"]} == {"question_changed"}

    assert (await graded.grade(models=[]))["ok"]
    assert simulator.stats.calls == 4
    assert all(row["marks_awarded"] is not None for row in (await graded.results())["1"][CAREFUL])
    assert await graded.errors() == {}


async def test_other_human_marks_change_the_statistics_without_grading(graded, simulator):
    await graded.configure(human_grades={"1": 0})
    stats = await graded.stats()
    assert stats["human_marks_by_qid"] == {"1": 0}
    assert stats["discrepancies_by_model_try"][CAREFUL]["1"]["zpf"]["questions"] == ["1"]
    assert simulator.stats.calls == 0


async def test_only_failed_attempts_are_repeated(tab, simulator):
    good = simulator.config
    simulator.config = good.model_copy(update={"models": {HARSH: Behaviour(fault_rates={Fault.HTTP_400: 1})}})
    await tab.prepare_small()
    assert (await tab.grade(models=TWO))["ok"]
    marks = (await tab.results())["1"][CAREFUL]
    simulator.config = good
    simulator.reset()

    assert (await tab.grade(models=[]))["ok"]

    assert asked(simulator) == Counter({(HARSH, 1, "assessment"): 1, (HARSH, 2, "assessment"): 1})
    assert (await tab.results())["1"][CAREFUL] == marks
    assert await tab.errors() == {}


async def test_incomplete_attempts_are_repeated_and_keep_what_they_had(tab, simulator):
    good = simulator.config
    simulator.config = good.model_copy(update={"fault_sequence": (Fault.OUT_OF_RANGE, Fault.HTTP_400), "seed": 3})
    await tab.prepare_small()
    await tab.grade(models=[{"name": CAREFUL}])
    before = {qid: rows[CAREFUL][0]["marks_awarded"] for qid, rows in (await tab.results()).items()}
    unmarked = [qid for qid, mark in before.items() if mark is None]
    assert len(unmarked) == 1
    assert unmarked[0] in {one.get("question_id") for one in (await tab.errors())[CAREFUL]["1"]}
    # A repeat that gives nothing takes no mark back, and what is unmarked is named beside what went wrong.
    simulator.config = good.model_copy(update={"fault_rates": {Fault.HTTP_400: 1}})
    assert (await tab.grade(models=[]))["ok"]
    errors = (await tab.errors())[CAREFUL]["1"]
    assert unmarked[0] in {one.get("question_id") for one in errors}
    assert any(one.get("stage") == "assessment" for one in errors)
    simulator.config = good.model_copy(update={"seed": 3})
    simulator.reset()

    assert (await tab.grade(models=[]))["ok"]

    after = {qid: rows[CAREFUL][0]["marks_awarded"] for qid, rows in (await tab.results()).items()}
    assert {qid: mark for qid, mark in after.items() if qid not in unmarked} == {
        qid: mark for qid, mark in before.items() if mark is not None
    }
    assert after[unmarked[0]] is not None
    assert simulator.stats.calls == 1
    assert await tab.errors() == {}


async def test_two_identical_starts_at_the_same_instant_make_one_run(tab, simulator):
    await tab.prepare_small()
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.2})
    body: dict[str, Any] = {"session_id": tab.session_id, "models": TWO}

    responses = await asyncio.gather(*(tab.send("POST", "/grade/single?wait=false", body) for _ in range(6)))

    assert [response.status_code for response in responses] == [202] * 6
    await tab.grade(models=TWO)
    assert simulator.stats.calls == 4
    assert (await tab.progress())["attempts"]["total"] == 4


async def test_an_identical_pair_plan_joins_and_another_one_is_refused(tab, simulator):
    await tab.prepare()
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.3})
    plan = [pair(CAREFUL, HARSH, "a/b_c d")]
    body: dict[str, Any] = {"session_id": tab.session_id}
    first = await tab.send("POST", "/grade/single?wait=false", {**body, "model_pairs": plan})
    joined = await tab.send("POST", "/grade/single?wait=false", {**body, "model_pairs": plan})
    repeated = await tab.send("POST", "/grade/single?wait=false", {**body, "models": []})
    other = await tab.send("POST", "/grade/single?wait=false", {**body, "model_pairs": [pair(CAREFUL, HARSH, "other")]})

    assert [r.status_code for r in (first, joined, repeated, other)] == [202, 202, 202, 409]
    assert other.json()["error"]["code"] == "SESSION_BUSY"
    assert (await tab.grade(model_pairs=plan))["ok"]
    assert simulator.stats.calls == 4


async def test_while_grading_questions_and_images_stay_as_they_are(tab, simulator):
    await tab.prepare_small()
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.3})
    waiting = asyncio.create_task(tab.grade(models=TWO))
    await tab.until_status("grading")
    questions = {"session_id": tab.session_id, "questions": [{"question_number": "9", "max_mark": 1}]}
    refused = await tab.send("POST", "/questions/config", questions)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SESSION_BUSY")
    assert (await waiting)["ok"]

"""The existing front end through its six cases; every number it shows is worked out again from the simulator's log."""

import json
from typing import Any

import httpx
import pytest

from app.marks.model import Stage
from app.openrouter.retry import RetryPolicy
from app.simulator.config import Behaviour, RetryAfter
from app.simulator.faults import Fault
from tests.clients.react import HUMAN_GRADES, PASTED_QUESTIONS, pair
from tests.clients.truth import Truth, token_sum

CAREFUL, HARSH, GENEROUS = "simulated/careful", "simulated/harsh", "simulated/generous"
FIRST, SECOND = "rubric by careful/marks by_harsh #1", "B_2 / generous"
PAIRS = [pair(CAREFUL, HARSH, FIRST), pair(HARSH, GENEROUS, SECOND)]
KEYS = (FIRST, SECOND)
MAXIMA = {question["question_number"]: question["max_mark"] for question in PASTED_QUESTIONS}

pytestmark = pytest.mark.usefixtures("quick_answers")


def truth_of(tab, simulator) -> Truth:
    return Truth(tab.session_id, MAXIMA, HUMAN_GRADES, dict.fromkeys(KEYS, 2), list(simulator.log))


async def check_every_number(tab, simulator) -> Truth:
    """Results, errors, rubric, tokens, stats and progress against the log."""
    truth = truth_of(tab, simulator)
    results = await tab.results()
    check_results(results, truth)
    check_errors(await tab.errors(), truth)
    check_rubric(await tab.rubric(), truth)
    check_tokens(await tab.tokens(), truth)
    check_stats(await tab.stats(), truth)
    await check_progress(tab, truth)
    return truth


def check_results(results: dict[str, Any], truth: Truth) -> None:
    shown = {
        qid: {marker: [(row["try_index"], row["marks_awarded"]) for row in rows] for marker, rows in by_marker.items()}
        for qid, by_marker in results.items()
    }
    assert shown == truth.expected_results()
    for by_marker in results.values():
        for marker, rows in by_marker.items():
            for row in rows:
                assert row["token_usage"] == truth.usage(marker, row["try_index"], "assessment")
                assert row["marks_awarded"] is not None or row["validation_errors"]


def check_errors(errors: dict[str, Any], truth: Truth) -> None:
    """Whatever is unmarked has a reason, and an attempt that is whole has none."""
    for marker, number in truth.attempts:
        found = errors.get(marker, {}).get(str(number), [])
        missing = set(truth.maxima) - set(truth.marks(marker, number))
        assert all(one["reason"] and one["message"] for one in found)
        if len(missing) == len(truth.maxima):
            assert found
        elif missing:
            assert missing <= {one.get("question_id") for one in found}
        else:
            assert found == []


def check_rubric(rubric: dict[str, Any], truth: Truth) -> None:
    for marker, number in truth.attempts:
        shown = rubric[marker][str(number)]
        assert shown["try_index"] == number
        good = any(entry.good for entry in truth.entries(marker, number, "rubric"))
        if good:
            criteria = json.loads(shown["rubric_response"])["grading_criteria"]
            assert [one["question_id"] for one in criteria] == list(truth.maxima)
            assert shown["validation_errors"] == []
        else:
            assert shown["rubric_response"] is None
            assert shown["validation_errors"]


def check_tokens(tokens: dict[str, Any], truth: Truth) -> None:
    """Calls that were never made show zeros."""
    assert set(tokens) == {"rubric", "assessment"}
    for stage, by_marker in tokens.items():
        for marker, number in truth.attempts:
            assert by_marker[marker][str(number)] == truth.usage(marker, number, stage)


def check_stats(stats: dict[str, Any], truth: Truth) -> None:
    totals = stats["totals"]
    usage = totals.pop("token_usage_stats")
    assert stats["human_marks_by_qid"] == truth.human
    assert totals == truth.expected_totals()
    assert stats["discrepancies_by_model_try"] == truth.expected_discrepancies()
    for marker in truth.tries:
        entries = [entry for entry in truth.own_log if entry.session == f"{truth.session_id}/{marker}"]
        for name, tokens in token_sum(entries).items():
            assert usage[marker][name] == tokens
        assert usage[marker]["cost_usd"] == pytest.approx(truth.cost(entries))


async def check_progress(tab, truth: Truth) -> None:
    progress = await tab.progress()
    with_marks = [attempt for attempt in truth.attempts if truth.marks(*attempt)]
    assert progress["attempts"]["succeeded"] == len(with_marks)
    assert progress["attempts"]["failed"] == len(truth.attempts) - len(with_marks)
    assert progress["progress"] == 1
    assert progress["n_unmarked"] == sum(len(truth.maxima) - len(truth.marks(*attempt)) for attempt in with_marks)
    assert progress["cost_usd"] == pytest.approx(truth.cost(truth.own_log))
    assert progress["status"] == ("graded" if with_marks else "failed")


async def test_all_good(tab, simulator):
    simulator.config = simulator.config.model_copy(update={"fetch_images": True})
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS, default_tries=2)

    assert (ending["ok"], ending["status"]) == (True, "graded")
    truth = await check_every_number(tab, simulator)
    assert all(len(truth.marks(*attempt)) == len(MAXIMA) for attempt in truth.attempts)
    assert all(
        truth.marks(key, number)[qid] == simulator.config.true_mark(model, qid, maximum, number)
        for key, model in ((FIRST, HARSH), (SECOND, GENEROUS))
        for number in (1, 2)
        for qid, maximum in MAXIMA.items()
    )
    assert await tab.errors() == {}
    # One rubric call and one assessment call for each of 2 pairs x 2 tries, and no request beside them.
    assert simulator.stats.calls == 8


async def test_some_answers_unreadable(tab, simulator):
    kinds = (Fault.INCOMPLETE, Fault.UNREADABLE, Fault.OUT_OF_RANGE, Fault.ABSTAINED, Fault.UNKNOWN_QUESTION)
    rates = {Stage.ASSESSMENT: dict.fromkeys(kinds, 0.19)}
    simulator.config = simulator.config.model_copy(update={"stage_fault_rates": rates, "seed": 6})
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS)

    assert ending["ok"]
    truth = await check_every_number(tab, simulator)
    unmarked = [set(MAXIMA) - set(truth.marks(*attempt)) for attempt in truth.attempts]
    # The case is worth its name: some marks are there, some are not, and something was asked twice.
    assert any(unmarked)
    assert not all(unmarked)
    assert simulator.stats.calls > 8


async def test_one_model_always_failing(tab, simulator):
    models = {GENEROUS: Behaviour(fault_rates={Fault.HTTP_502: 1})}
    simulator.config = simulator.config.model_copy(update={"models": models})
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS)

    assert ending["status"] == "graded"
    await check_every_number(tab, simulator)
    errors = await tab.errors()
    assert set(errors) == {SECOND}
    assert [one["stage"] for one in errors[SECOND]["1"]] == ["assessment"]
    # Its criteria were read and are shown all the same.
    assert set(await tab.rubric()) == {FIRST, SECOND}


async def test_the_rubric_stage_failing(tab, simulator):
    models = {HARSH: Behaviour(stage_fault_rates={Stage.RUBRIC: {Fault.UNREADABLE: 1}})}
    simulator.config = simulator.config.model_copy(update={"models": models})
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS)

    assert ending["status"] == "graded"
    truth = await check_every_number(tab, simulator)
    errors = await tab.errors()
    assert {one["code"] for one in errors[SECOND]["2"]} == {"parse", "rubric_failed"}
    assert not truth.entries(SECOND, 1, "assessment"), "without criteria nothing is asked"


async def test_everything_failing_and_then_retry(tab, simulator):
    good = simulator.config
    simulator.config = good.model_copy(
        update={"stage_fault_rates": {Stage.RUBRIC: {}, Stage.ASSESSMENT: {Fault.UNREADABLE: 1}}}
    )
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS)

    assert (ending["ok"], ending["status"]) == (False, "failed")
    assert ending["failure_reason"].startswith("No attempt gave marks.")
    await check_every_number(tab, simulator)

    simulator.config = good
    ending = await tab.grade(models=[])

    assert (ending["ok"], ending["failure_reason"]) == (True, None)
    truth = await check_every_number(tab, simulator)
    assert await tab.errors() == {}
    # Criteria that were read once are not paid for again.
    assert all(len(truth.entries(*attempt, "rubric")) == 1 for attempt in truth.attempts)


async def test_rate_limited(open_tab, simulator):
    limits = {
        "requests_per_second": 4.0,
        "burst": 1.0,
        "retry_after": RetryAfter.FRACTIONAL,
        "retry_after_seconds": 0.3,
    }
    simulator.config = simulator.config.model_copy(update=limits)
    tab = await open_tab(policy=RetryPolicy())
    await tab.prepare()

    ending = await tab.grade(model_pairs=PAIRS)

    assert ending["ok"]
    truth = await check_every_number(tab, simulator)
    assert simulator.stats.rate_limited > 0
    assert all(len(truth.marks(*attempt)) == len(MAXIMA) for attempt in truth.attempts)


async def test_the_list_of_sessions_shows_the_pairs_as_they_were_sent(tab):
    await tab.prepare(name="Mathe 3 / Gruppe B")
    pairs = [PAIRS[0], pair(HARSH, GENEROUS, SECOND, reasoning={"effort": "low"})]
    await tab.grade(model_pairs=pairs, default_tries=2)

    row = (await tab.ask("GET", "/sessions"))[0]

    assert row["id"] == tab.session_id
    assert row["selected_models"] is None
    assert row["assessment_models"] == [HARSH, GENEROUS]
    assert row["rubric_models"] == [CAREFUL, HARSH]
    assert row["default_tries"] == 2
    assert row["model_pairs"][1] == {
        "rubricModel": HARSH,
        "assessmentModel": GENEROUS,
        "rubricReasoning": {"effort": "low"},
        "assessmentReasoning": {"effort": "low"},
        "instanceId": SECOND,
    }


async def test_a_template_sets_up_another_session(tab, simulator):
    await tab.prepare(name="first")
    await tab.grade(model_pairs=PAIRS)
    reused = await tab.ask("GET", f"/sessions/{tab.session_id}/template")
    first = tab.session_id

    assert reused["human_grades"] == HUMAN_GRADES
    assert {kind: len(urls) for kind, urls in reused["images"].items()} == {
        "student_images": 3,
        "answer_key_images": 2,
        "rubric_images": 1,
    }
    await tab.new_session(name="second")
    for role, urls in (("student", "student_images"), ("answer_key", "answer_key_images")):
        for index, url in enumerate(reused["images"][urls]):
            await tab.ask(
                "POST",
                "/images/register",
                {"session_id": tab.session_id, "role": role, "url": url, "order_index": index},
            )
    await tab.configure(reused["questions"], reused["human_grades"])
    # The images that both sessions use outlive the first one.
    assert (await tab.send("DELETE", f"/sessions/{first}")).status_code == 204
    simulator.config = simulator.config.model_copy(update={"fetch_images": True})
    ending = await tab.grade(model_pairs=PAIRS)
    assert ending["ok"]
    assert await tab.rubric() == {}


async def test_a_session_is_renamed_and_deleted_with_its_files(tab, tmp_path):
    await tab.prepare(name="old")
    assert len(list((tmp_path / "images").rglob("*.png"))) == 6

    renamed = await tab.ask("PUT", f"/sessions/{tab.session_id}", {"name": "new (2)"})
    assert renamed["updated_fields"] == ["name"]
    assert (await tab.progress())["name"] == "new (2)"

    assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204
    assert (await tab.send("GET", f"/sessions/{tab.session_id}")).status_code == 404
    assert not list((tmp_path / "images").rglob("*.png"))


async def test_no_address_with_a_token_is_registered(tab):
    await tab.prepare()

    images = (await tab.ask("GET", f"/images/{tab.session_id}"))["images"]

    assert len(images) == 6
    assert all("token" not in image["url"] for image in images)
    async with httpx.AsyncClient(follow_redirects=True) as anybody:
        assert (await anybody.get(images[0]["url"])).status_code == 200

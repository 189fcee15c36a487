"""Sessions while they run and after: cancel, delete, paging, tokens and cost over retries."""

import asyncio
from typing import Any

import pytest

from app.marks.model import Stage
from app.simulator.config import Behaviour
from app.simulator.faults import Fault
from tests.clients.react import HUMAN_GRADES, PASTED_QUESTIONS, pair, until
from tests.clients.truth import Truth

CAREFUL, HARSH, GENEROUS = "simulated/careful", "simulated/harsh", "simulated/generous"
MANY = [{"name": CAREFUL, "tries": 8}]


async def start(tab, **body: Any) -> None:
    response = await tab.send("POST", "/grade/single?wait=false", {"session_id": tab.session_id, **body})
    assert response.status_code == 202


async def test_cancel_stops_what_is_queued_and_keeps_what_is_running(open_tab, simulator):
    tab = await open_tab(grading_max_concurrency=2)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.4})
    await tab.prepare_small()
    await start(tab, models=MANY)
    await until(lambda: simulator.stats.in_flight == 2)

    shown = await tab.ask("POST", f"/sessions/{tab.session_id}/cancel")
    assert shown["attempts"]["cancelled"] == 6

    progress = await tab.ended()
    assert (progress["status"], progress["failure_reason"]) == ("failed", "cancelled")
    assert (progress["attempts"]["succeeded"], progress["attempts"]["cancelled"]) == (2, 6)
    assert simulator.stats.calls == 2
    assert simulator.stats.abandoned == 0
    # Marks that were obtained stay readable; the others say why they are not there.
    rows = (await tab.results())["1"][CAREFUL]
    assert sum(row["marks_awarded"] is not None for row in rows) == 2
    assert {one["code"] for found in (await tab.errors())[CAREFUL].values() for one in found} == {"cancelled"}
    again = await tab.send("POST", f"/sessions/{tab.session_id}/cancel")
    assert again.status_code == 409
    assert (await tab.grade(models=[]))["ok"]
    assert simulator.stats.calls == 8


async def test_nothing_can_be_cancelled_where_nothing_runs(tab):
    await tab.new_session()
    assert (await tab.send("POST", f"/sessions/{tab.session_id}/cancel")).status_code == 409
    unknown = "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert (await tab.send("POST", f"/sessions/{unknown}/cancel")).status_code == 404


async def test_deleting_a_running_session_stops_its_calls_and_takes_its_files(open_tab, simulator, tmp_path):
    tab = await open_tab(grading_max_concurrency=2)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.5})
    await tab.prepare()
    await start(tab, models=MANY)
    await until(lambda: simulator.stats.in_flight == 2)

    assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204

    await until(lambda: not simulator.stats.in_flight)
    assert simulator.stats.calls == 2
    assert not list((tmp_path / "images").rglob("*.png"))
    for path in (f"/sessions/{tab.session_id}", f"/results/{tab.session_id}", f"/grade/tokens/{tab.session_id}"):
        assert (await tab.send("GET", path)).status_code == 404
    assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204


async def test_a_session_deleted_before_its_first_call_makes_none(tab, simulator, transport):
    # An image elsewhere: one of ours would be gone, and that alone would stop the run.
    await tab.new_session()
    image = {"session_id": tab.session_id, "role": "student", "url": "https://example.org/1.png", "order_index": 0}
    await tab.ask("POST", "/images/register", image)
    await tab.configure()
    claimed = transport.held["claim_session"] = asyncio.Event()
    await start(tab, models=MANY)
    await until(lambda: "claim_session" in transport.asked)
    assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204
    claimed.set()

    other = await tab.prepare_small()
    assert (await tab.grade(models=[{"name": HARSH}]))["ok"]

    assert {entry.session for entry in simulator.log} == {f"{other}/{HARSH}"}


async def test_tokens_and_cost_are_what_was_reported_summed_over_every_retry(tab, simulator):
    # An answer cut off is billed and asked for again within its call; an incomplete one in another call.
    sequence = (Fault.TRUNCATED, Fault.INCOMPLETE, Fault.HTTP_502, Fault.INCOMPLETE)
    good = simulator.config
    simulator.config = good.model_copy(
        update={
            "models": {GENEROUS: Behaviour(fault_sequence=sequence)},
            "stage_fault_rates": {Stage.RUBRIC: {Fault.FENCED: 1}},
        }
    )
    await tab.prepare()
    await tab.grade(model_pairs=[pair(CAREFUL, GENEROUS, "a/b")], reasoning={"effort": "low"})
    first = simulator.stats.calls
    simulator.config = good
    await tab.grade(models=[])

    maxima = {question["question_number"]: question["max_mark"] for question in PASTED_QUESTIONS}
    truth = Truth(tab.session_id, maxima, HUMAN_GRADES, {"a/b": 2}, list(simulator.log))
    tokens = await tab.tokens()
    for stage in ("rubric", "assessment"):
        for number in (1, 2):
            assert tokens[stage]["a/b"][str(number)] == truth.usage("a/b", number, stage)
            assert tokens[stage]["a/b"][str(number)]["reasoning_tokens"] > 0
    assert all(len(truth.entries("a/b", number, "assessment")) > 1 for number in (1, 2))
    assert simulator.stats.calls >= first
    progress = await tab.progress()
    assert progress["cost_usd"] == pytest.approx(truth.cost(truth.own_log))
    assert progress["tokens"]["output"] == sum(e.usage["completion_tokens"] for e in truth.own_log if e.usage)
    cached = [e.usage["prompt_tokens_details"]["cached_tokens"] for e in truth.own_log if e.usage]
    assert progress["tokens"]["cached"] == sum(cached)


async def test_the_list_is_paged_newest_first(tab):
    ids = [await tab.new_session(name=f"script {number}") for number in range(7)]
    pages, before = [], ""
    while page := await tab.ask("GET", f"/sessions?limit=3{before}"):
        pages.append([row["id"] for row in page])
        before = f"&before={page[-1]['id']}"
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == ids[::-1]


@pytest.mark.parametrize(
    ("query", "status"), [("limit=0", 422), ("limit=1001", 422), ("limit=x", 422), ("before=x", 404)]
)
async def test_a_page_that_cannot_be_is_refused(tab, query, status):
    assert (await tab.send("GET", f"/sessions?{query}")).status_code == status


async def test_a_session_without_a_plan_shows_null_where_there_is_none(tab):
    await tab.new_session()
    row = (await tab.ask("GET", "/sessions"))[0]
    absent = (
        "name",
        "selected_models",
        "default_tries",
        "model_pairs",
        "rubric_models",
        "assessment_models",
        "exam_id",
    )
    assert {name: row[name] for name in absent} == dict.fromkeys(absent)
    assert row["selected_rubric_template"] == row["selected_assessment_template"] == "default"
    reused = await tab.ask("GET", f"/sessions/{tab.session_id}/template")
    assert (reused["model_pairs"], reused["questions"], reused["human_grades"]) == (None, [], {})


async def test_a_poller_is_told_304_until_something_changes(tab, simulator):
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.3})
    await tab.prepare_small()
    first = await tab.http.get(f"/sessions/{tab.session_id}")
    known = {"If-None-Match": first.headers["etag"]}
    unchanged = await tab.http.get(f"/sessions/{tab.session_id}", headers=known)
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", first.headers["etag"])
    await start(tab, models=[{"name": CAREFUL}])
    assert (await tab.http.get(f"/sessions/{tab.session_id}", headers=known)).status_code == 200


async def test_seconds_left_are_estimated_from_finished_calls(open_tab, simulator):
    tab = await open_tab(grading_max_concurrency=1)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.25})
    await tab.prepare_small()
    await start(tab, models=[{"name": CAREFUL, "tries": 6}])
    fresh = await tab.progress()
    assert fresh["estimated_seconds_left"] is None or fresh["attempts"]["succeeded"]
    await until(lambda: simulator.stats.calls == 4)
    while (half := await tab.progress())["attempts"]["succeeded"] < 3:
        pass
    assert half["progress"] == 0.5
    assert 0 <= half["estimated_seconds_left"] <= 3
    done = await tab.ended()
    assert done["estimated_seconds_left"] is None


async def test_progress_never_falls_within_a_run(open_tab, simulator):
    tab = await open_tab(grading_max_concurrency=4)
    rates = {Fault.INCOMPLETE: 0.3, Fault.HTTP_502: 0.2}
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.03, "fault_rates": rates})
    await tab.prepare_small()
    await start(tab, models=[{"name": CAREFUL, "tries": 12}])
    seen = []
    while (progress := await tab.progress())["status"] == "grading":
        seen.append(progress["progress"])
        assert sum(n for name, n in progress["attempts"].items() if name != "total") == 12
    assert seen == sorted(seen)

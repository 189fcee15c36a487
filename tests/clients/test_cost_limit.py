"""`max_cost_usd`: a run stops before it could exceed it, keeps what was paid, and goes on under a higher limit."""

import httpx
import pytest

from app.simulator.faults import Fault
from tests.clients.calls import ask, billed, finished, session_of

MODELS = [{"name": "simulated/careful", "tries": 20}]
# Of one call of these at worst, and usually: 0.08 and 0.003 US dollars.
LIMIT = 0.12


@pytest.fixture
async def http(serve):
    async with httpx.AsyncClient(base_url=await serve(grade_wait=False), timeout=30) as client:
        yield client


async def started(http, session, **more):
    await ask(http, "POST", "/grade/single", {"session_id": session, "models": MODELS, **more})
    return (await finished(http, session))[0]


async def test_a_run_stops_before_its_limit_and_keeps_what_was_paid(http, simulator):
    session = await session_of(http)
    state = await started(http, session, max_cost_usd=LIMIT)

    assert state["status"] == "failed"
    assert state["failure_reason"].startswith("The limit of 0.12 US dollars (max_cost_usd) is reached: ")
    assert state["cost_usd"] == pytest.approx(billed(simulator))
    assert 0 < state["cost_usd"] <= LIMIT
    counts = state["attempts"]
    assert counts["succeeded"] > 1
    assert counts["succeeded"] + counts["failed"] == 20
    errors = (await ask(http, "GET", f"/results/errors/{session}"))["errors_by_model_try"]["simulated/careful"]
    assert {found["code"] for tries in errors.values() for found in tries} >= {"cost_limit"}


async def test_a_start_with_a_higher_limit_pays_only_for_what_is_missing(http, simulator):
    session = await session_of(http)
    before = await started(http, session, max_cost_usd=LIMIT)
    again = await started(http, session, max_cost_usd=LIMIT)
    whole = await started(http, session, max_cost_usd=10)

    assert (again["status"], again["attempts"]["succeeded"]) == ("failed", before["attempts"]["succeeded"])
    assert (whole["status"], whole["attempts"]["succeeded"]) == ("graded", 20)
    assert simulator.stats.calls == 20
    assert whole["cost_usd"] == pytest.approx(billed(simulator))


async def test_a_repeat_keeps_the_limit_unless_it_lifts_it(http):
    session = await session_of(http)
    await started(http, session, max_cost_usd=LIMIT)
    assert (await started(http, session, models=[]))["status"] == "failed"
    assert (await started(http, session))["status"] == "failed"
    assert (await started(http, session, models=[], max_cost_usd=None))["status"] == "graded"


async def test_the_sessions_of_an_exam_share_one_limit(http, simulator):
    exam = (await ask(http, "POST", "/exams", {"name": "science"}))["exam_id"]
    sessions = [await session_of(http, exam) for _ in range(4)]
    plan = {"models": [{"name": "simulated/careful", "tries": 10}], "max_cost_usd": LIMIT}
    await ask(http, "POST", f"/exams/{exam}/grade", plan)
    states = await finished(http, *sessions)

    assert sum(state["cost_usd"] for state in states) == pytest.approx(billed(simulator))
    assert 0 < billed(simulator) <= LIMIT
    assert "failed" in {state["status"] for state in states}

    await ask(http, "POST", f"/exams/{exam}/grade", plan | {"max_cost_usd": 10})
    assert {state["status"] for state in await finished(http, *sessions)} == {"graded"}
    assert simulator.stats.calls == 40


@pytest.mark.parametrize("fault", ["http_500", "truncated", "null_content", "http_429", "reset_before", "incomplete"])
async def test_retries_stay_within_the_limit(http, simulator, fault):
    simulator.config = simulator.config.model_copy(update={"faults": {Fault(fault): 0.4}})
    session = await session_of(http)
    state = await started(http, session, max_cost_usd=0.25)

    assert billed(simulator) <= 0.25
    assert state["cost_usd"] <= 0.25
    assert state["attempts"]["succeeded"] > 0


async def test_a_rubric_that_is_too_dear_fails_its_attempt_for_that_reason(http, simulator):
    session = await session_of(http)
    image = {"session_id": session, "role": "grading_rubric", "url": "https://scans.test/r.png", "order_index": 0}
    await ask(http, "POST", "/images/register", image)
    state = await started(http, session, max_cost_usd=0.01)

    assert (state["status"], state["cost_usd"], simulator.stats.calls) == ("failed", 0, 0)
    errors = (await ask(http, "GET", f"/results/errors/{session}"))["errors_by_model_try"]["simulated/careful"]
    assert {found["code"] for tries in errors.values() for found in tries} == {"cost_limit"}


async def test_a_limit_is_refused_for_a_model_without_a_price(http, simulator):
    session = await session_of(http)
    body = {"session_id": session, "models": [{"name": "acme/unknown"}], "max_cost_usd": 1}
    refused = (await ask(http, "POST", "/grade/single", body, 422))["error"]

    assert refused["details"]["errors"][0]["field"] == "max_cost_usd"
    assert "no price of acme/unknown" in refused["message"]
    assert simulator.stats.calls == 0


async def test_a_limit_is_refused_without_a_list_of_prices(http, wire):
    wire.models = lambda: httpx.Response(500)
    session = await session_of(http)
    body = {"session_id": session, "models": MODELS, "max_cost_usd": 1}
    assert "max_cost_usd" in (await ask(http, "POST", "/grade/single", body, 503))["error"]["message"]


async def test_another_limit_does_not_join_a_run(http, simulator):
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.2})
    session = await session_of(http)
    body = {"session_id": session, "models": MODELS, "max_cost_usd": 10}
    await ask(http, "POST", "/grade/single", body)
    assert (await ask(http, "POST", "/grade/single", body | {"max_cost_usd": 20}, 409))["error"][
        "code"
    ] == "SESSION_BUSY"
    await ask(http, "POST", "/grade/single", body, 202)
    await finished(http, session)


@pytest.mark.parametrize("limit", [0, -1, "much", 1e9])
async def test_a_limit_must_be_an_amount(http, limit):
    session = await session_of(http)
    body = {"session_id": session, "models": MODELS, "max_cost_usd": limit}
    error = (await ask(http, "POST", "/grade/single", body, 422))["error"]
    assert [one["field"] for one in error["details"]["errors"]] == ["max_cost_usd"]

"""Waiting for a run on the request that starts it: blanks until it is over, then JSON."""

import asyncio
import json
from typing import Any

import pytest

from app.marks.model import Stage
from app.routers.grade import KEEP_ALIVE_SECONDS
from app.simulator.faults import Fault

CAREFUL = "simulated/careful"
MODELS = [{"name": CAREFUL}]


pytestmark = pytest.mark.usefixtures("quick_answers")


async def chunks_of(tab, query: str = "", **body: Any) -> tuple[Any, list[bytes]]:
    """The response, and each piece of its body."""
    request = {"json": {"session_id": tab.session_id, "models": MODELS, **body}}
    async with tab.http.stream("POST", f"/grade/single{query}", **request) as response:
        return response, [chunk async for chunk in response.aiter_raw()]


def slower(simulator, seconds: float, **more: Any) -> None:
    simulator.config = simulator.config.model_copy(update={"latency_seconds": seconds, **more})


async def test_a_failed_run_ends_as_200_with_its_reason(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0, fault_rates={Fault.HTTP_400: 1})

    ending = await tab.grade(models=MODELS)

    assert ending["ok"] is False
    assert ending["status"] == "failed"
    assert ending["failure_reason"]
    assert (await tab.progress())["failure_reason"] == ending["failure_reason"]


@pytest.mark.parametrize("query", ["", "?wait=true"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"models": [{"name": "no-provider"}]}, "models.0.name"),
        ({"models": [{"name": "simulated/blind"}]}, "models.0.name"),
        ({"models": [{"name": CAREFUL}, {"name": CAREFUL}]}, "models.1.instance_id"),
        ({"models": []}, "models"),
        ({"models": [{"name": CAREFUL, "tries": 21}]}, "models.0.tries"),
    ],
)
async def test_a_refusal_is_decided_before_the_first_byte(tab, simulator, query, body, field):
    await tab.prepare_small()

    response = await tab.send("POST", f"/grade/single{query}", {"session_id": tab.session_id, **body})

    assert response.status_code == 422
    assert response.headers["access-control-allow-origin"]
    assert [error["field"] for error in response.json()["error"]["details"]["errors"]] == [field]
    assert (await tab.progress())["status"] == "created"
    assert simulator.stats.calls == 0


async def test_a_session_without_images_or_questions_is_refused_before_the_first_byte(tab):
    await tab.new_session()
    body = {"session_id": tab.session_id, "models": MODELS}
    without_images = await tab.send("POST", "/grade/single", body)
    await tab.upload("student", ["a.png"])
    without_questions = await tab.send("POST", "/grade/single", body)

    for response, field in ((without_images, "images"), (without_questions, "questions")):
        assert response.status_code == 422
        assert response.json()["error"]["details"]["errors"][0]["field"] == field


async def test_without_a_key_waiting_is_refused(open_tab):
    tab = await open_tab(openrouter_api_key=None)
    await tab.prepare_small()
    response = await tab.send("POST", "/grade/single", {"session_id": tab.session_id, "models": MODELS})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "NOT_CONFIGURED"


async def test_another_plan_is_refused_while_a_waiting_client_is_served(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0.3)
    waiting = asyncio.create_task(tab.grade(models=MODELS))
    await tab.until_status("grading")

    other = {"session_id": tab.session_id, "models": [{"name": CAREFUL, "tries": 2}]}
    refused = await tab.send("POST", "/grade/single", other)

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "SESSION_BUSY"
    assert (await waiting)["ok"]


async def test_the_run_goes_on_when_the_waiting_client_leaves(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0.4)
    request = {"json": {"session_id": tab.session_id, "models": MODELS}}
    async with tab.http.stream("POST", "/grade/single", **request) as response:
        async for _ in response.aiter_raw():
            break

    progress = await tab.until_status("graded", "failed")

    assert progress["status"] == "graded"
    assert progress["attempts"]["succeeded"] == 1
    assert simulator.stats.abandoned == 0


async def test_a_client_can_decline_to_wait(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0.3)

    response = await tab.send("POST", "/grade/single?wait=false", {"session_id": tab.session_id, "models": MODELS})

    assert response.status_code == 202
    assert response.headers["location"] == f"/sessions/{tab.session_id}"
    assert response.json()["status"] == "grading"
    await tab.until_status("graded")


async def test_a_session_deleted_under_a_waiting_client_ends_the_response(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 600)
    waiting = asyncio.create_task(tab.grade(models=MODELS))
    await tab.until_status("grading")

    assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204

    ending = await waiting
    assert (ending["ok"], ending["status"]) == (False, "failed")


async def test_a_cancelled_run_ends_the_response_saying_so(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0.4)
    waiting = asyncio.create_task(tab.grade(models=MODELS))
    await tab.until_status("grading")

    assert (await tab.send("POST", f"/sessions/{tab.session_id}/cancel")).status_code == 200

    ending = await waiting
    assert (ending["ok"], ending["failure_reason"]) == (False, "cancelled")


async def test_waiting_joins_the_run_that_is_on(tab, simulator):
    await tab.prepare_small()
    slower(simulator, 0.4, stage_fault_rates={Stage.ASSESSMENT: {}})

    endings = await asyncio.gather(tab.grade(models=MODELS), tab.grade(models=MODELS))

    assert [ending["status"] for ending in endings] == ["graded", "graded"]
    assert simulator.stats.calls == 1


def test_the_connection_is_kept_open_twice_a_second():
    assert KEEP_ALIVE_SECONDS == 0.5


async def test_blanks_keep_the_connection_open_and_json_ends_it(open_tab, simulator):
    tab = await open_tab(grade_wait=False)
    await tab.prepare_small()
    slower(simulator, 0.5)

    response, chunks = await chunks_of(tab, "?wait=true")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    *blanks, last = chunks
    assert set(blanks) == {b" "}
    assert len(blanks) >= 3
    assert json.loads(b"".join(chunks)) == json.loads(last)
    assert json.loads(last) == {
        "ok": True,
        "session_id": tab.session_id,
        "status": "graded",
        "failure_reason": None,
        "notes": [],
    }

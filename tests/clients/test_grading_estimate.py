"""What grading will cost, said before anything is paid."""

import httpx
import pytest

from app import samples
from app.openrouter.image_tokens import PAGE, image_tokens
from app.simulator.config import Behaviour
from app.simulator.image_tokens import TOKENS_PER_IMAGE
from tests.clients.calls import ask, billed, finished, session_of
from tests.scans import files

MODELS = [{"name": "simulated/careful", "tries": 4}, {"name": "simulated/erratic", "tries": 2}]


@pytest.fixture
async def http(serve):
    async with httpx.AsyncClient(base_url=await serve(grade_wait=False), timeout=30) as client:
        yield client


async def estimate(http, session, **more):
    return await ask(http, "POST", "/grade/estimate", {"session_id": session, "models": MODELS, **more})


async def test_what_grading_costs_lies_in_the_range_of_the_estimate(http, simulator):
    session = await session_of(http)
    found = await estimate(http, session)
    assert simulator.stats.calls == 0

    await ask(http, "POST", "/grade/single", {"session_id": session, "models": MODELS})
    [state] = await finished(http, session)
    assert found["calls"] == simulator.stats.calls == 6
    assert found["cost_usd"]["low"] <= billed(simulator) <= found["cost_usd"]["high"]
    assert found["input_tokens"] == pytest.approx(state["tokens"]["input"], rel=0.1)
    # Real models write longer notes than the simulator.
    assert state["tokens"]["output"] <= found["output_tokens"] <= 4 * state["tokens"]["output"]
    assert 0 < found["seconds"] < 60


@pytest.mark.parametrize("model", ["google/gemini-2.5-flash", "openai/gpt-4o", "anthropic/claude-sonnet-4.5"])
async def test_a_page_of_a_fine_scan_is_billed_as_the_estimate_says(serve, simulator, model):
    simulator.config = simulator.config.model_copy(update={"models": {model: Behaviour()}})
    async with httpx.AsyncClient(base_url=await serve(image_delivery="inline"), timeout=30) as http:
        session = await session_of(http)
        await with_scan(http, session, (2480, 3508))
        plan = {"session_id": session, "models": [{"name": model}]}
        found = await ask(http, "POST", "/grade/estimate", plan)
        await ask(http, "POST", "/grade/single", plan)

    [entry] = simulator.log
    # One page elsewhere, of a flat price here, and the scan.
    texts = entry.usage["prompt_tokens"] - TOKENS_PER_IMAGE - image_tokens(model, 1414, 2000).likely
    guessed = found["input_tokens"] - image_tokens(model, *PAGE).likely - image_tokens(model, 1414, 2000).likely
    assert guessed == pytest.approx(texts, rel=0.02)


async def with_scan(http, session, size):
    signed = await ask(http, "POST", "/images/signed-url", {"filename": "1.png", "content_type": "image/png"})
    content = files.saved(files.page("L", size), "PNG")
    (await http.put(signed["uploadUrl"], content=content, headers=signed["headers"])).raise_for_status()
    image = {"session_id": session, "role": "student", "url": signed["publicUrl"], "order_index": 1}
    await ask(http, "POST", "/images/register", image)


async def test_the_markers_are_priced_apart_and_add_up(http):
    found = await estimate(http, await session_of(http))
    calls = {marker["marker"]: marker["calls"] for marker in found["markers"]}
    assert calls == {"simulated/careful": 4, "simulated/erratic": 2}
    for kind in ("low", "likely", "high"):
        assert found["cost_usd"][kind] == pytest.approx(sum(one["cost_usd"][kind] for one in found["markers"]))


async def test_only_what_is_missing_is_counted(http):
    session = await session_of(http)
    await ask(http, "POST", "/grade/single", {"session_id": session, "models": MODELS[:1]})
    await finished(http, session)
    assert (await estimate(http, session))["calls"] == 2
    assert (await estimate(http, session, models=[]))["calls"] == 0
    assert (await estimate(http, session, force=True))["calls"] == 6


async def test_the_rubric_is_read_by_calls_of_its_own(http):
    session = await session_of(http)
    image = {"session_id": session, "role": "grading_rubric", "url": "https://scans.test/r.png", "order_index": 0}
    await ask(http, "POST", "/images/register", image)
    assert (await estimate(http, session))["calls"] == 12


async def test_an_exam_is_the_sum_of_its_sessions_and_names_those_that_would_not_start(http):
    exam = (await ask(http, "POST", "/exams", {"name": "science"}))["exam_id"]
    sessions = [await session_of(http, exam) for _ in range(3)]
    empty = (await ask(http, "POST", "/sessions", {"exam_id": exam, "name": "empty"}))["session_id"]
    one = await estimate(http, sessions[0])
    found = await ask(http, "POST", f"/exams/{exam}/estimate", {"models": MODELS})

    assert (found["sessions"], found["calls"], found["input_tokens"]) == (3, 18, 3 * one["input_tokens"])
    assert found["cost_usd"]["likely"] == pytest.approx(3 * one["cost_usd"]["likely"])
    assert [(row["session_id"], row["name"]) for row in found["not_ready"]] == [(empty, "empty")]

    few = await ask(http, "POST", f"/exams/{exam}/estimate", {"models": MODELS, "session_ids": sessions[:2]})
    assert (few["sessions"], few["calls"], few["not_ready"]) == (2, 12, [])


async def test_sessions_of_an_exam_are_chosen_for_a_start_too(http):
    exam = (await ask(http, "POST", "/exams", {"name": "science"}))["exam_id"]
    sessions = [await session_of(http, exam) for _ in range(2)]
    plan = {"models": MODELS, "session_ids": sessions[:1]}
    begun = await ask(http, "POST", f"/exams/{exam}/grade", plan)
    assert begun["started"] == sessions[:1]
    other = await session_of(http)
    await ask(http, "POST", f"/exams/{exam}/grade", plan | {"session_ids": [other]}, 404)


async def test_a_model_without_a_price_is_named_and_the_cost_left_open(http):
    found = await estimate(http, await session_of(http), models=[*MODELS, {"name": "acme/unknown"}])
    assert (found["cost_usd"], found["unpriced"]) == (None, ["acme/unknown"])
    assert found["markers"][0]["cost_usd"] is not None


async def test_an_estimate_needs_no_key_and_no_address_that_providers_reach(serve):
    async with httpx.AsyncClient(base_url=await serve(openrouter_api_key=None), timeout=30) as http:
        assert (await estimate(http, await session_of(http)))["calls"] == 6


async def test_an_estimate_is_refused_like_a_start(http):
    made = (await ask(http, "POST", "/sessions", {}))["session_id"]
    plan = {"session_id": made, "models": MODELS}
    nowhere = "/exams/0f8fad5b-d9cb-469f-a165-70867728950e/estimate"
    refusals = [
        await ask(http, "POST", "/grade/estimate", plan, 422),
        await ask(http, "POST", "/grade/estimate", plan | {"budget": 1}, 422),
        await ask(http, "POST", nowhere, {"models": MODELS}, 404),
    ]
    assert [refusal["error"]["code"] for refusal in refusals] == [
        "VALIDATION_ERROR",
        "VALIDATION_ERROR",
        "NOT_FOUND",
    ]


async def test_the_size_of_a_page_decides_what_its_model_sees(http):
    """OpenAI's tiles: a page of the sample is larger than a thumbnail."""
    made = (await ask(http, "POST", "/sessions", {}))["session_id"]
    page = samples.exam_folder() / "student-01" / "page-1.png"
    signed = await ask(http, "POST", "/images/signed-url", {"filename": "1.png", "content_type": "image/png"})
    (await http.put(signed["uploadUrl"], content=page.read_bytes(), headers=signed["headers"])).raise_for_status()
    image = {"session_id": made, "role": "student", "url": signed["publicUrl"], "order_index": 0}
    await ask(http, "POST", "/images/register", image)
    questions = {"session_id": made, "questions": [{"question_id": "1", "max_marks": 1}]}
    await ask(http, "POST", "/questions/config", questions)
    small = await ask(http, "POST", "/grade/estimate", {"session_id": made, "models": [{"name": "mistralai/a"}]})
    signed_far = {"session_id": made, "role": "student", "url": "https://scans.test/1.png", "order_index": 1}
    await ask(http, "POST", "/images/register", signed_far)
    both = await ask(http, "POST", "/grade/estimate", {"session_id": made, "models": [{"name": "mistralai/a"}]})
    assert small["input_tokens"] < both["input_tokens"] <= 2 * small["input_tokens"]


async def test_tries_in_doubt_are_a_range_that_holds_what_is_paid(http, simulator):
    session, rule = await session_of(http), {"min": 1, "max": 5, "until": "settled"}
    models = [{"name": name, "tries": rule} for name in ("simulated/careful", "simulated/harsh", "simulated/lenient")]
    found = await estimate(http, session, models=models)
    assert 3 < found["calls"] < 15

    await ask(http, "POST", "/grade/single", {"session_id": session, "models": models})
    await finished(http, session)
    assert 3 <= simulator.stats.calls <= 15
    assert found["cost_usd"]["low"] <= billed(simulator) <= found["cost_usd"]["high"]
    assert (await estimate(http, session, models=models))["cost_usd"]["low"] == 0

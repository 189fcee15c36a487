"""Whole runs against the simulator over a real socket."""

from collections import Counter

import httpx
import pytest

from app.marks.model import Question
from app.openrouter.http_client import open_http_client
from app.simulator.config import SimulatorConfig
from app.simulator.faults import PRESETS, Fault
from app.simulator.server import running_simulator
from app.store.postgrest import PostgrestTransport
from app.store.sessions import Store

QUESTIONS = tuple(Question(f"q{number}", number, 4.0) for number in range(1, 6))
MODELS = ("simulated/careful", "simulated/harsh", "simulated/erratic")
# What leaves a mark out although the answer was read; every other question has the simulator's own mark.
ALLOWED_GAPS = {"abstained", "missing", "out_of_range", "unreadable", "parse", "call_failed"}


@pytest.fixture
async def simulator():
    async with running_simulator(SimulatorConfig()) as simulator:
        yield simulator


@pytest.fixture
async def http():
    async with open_http_client(limit=64) as http:
        yield http


@pytest.fixture
def process(engine, simulator, http):
    return engine.process(http, simulator.base_url)


def truth(simulator, markers, tries):
    return {
        (one.question_id, model, n): simulator.config.true_mark(model, one.question_id, one.max_marks, n)
        for one in QUESTIONS
        for model in markers
        for n in range(1, tries + 1)
    }


def models_of(names, tries):
    return [{"name": name, "tries": tries} for name in names]


async def test_every_stored_mark_is_the_one_the_model_gave(engine, process, simulator):
    session = await engine.session(questions=QUESTIONS)
    await engine.grade(process, session, models_of(MODELS, 10))

    assert await engine.marks(session) == truth(simulator, MODELS, 10)
    assert (simulator.stats.calls, simulator.stats.repeats) == (30, 0)


async def test_the_rubric_stage_goes_all_the_way(engine, process, simulator):
    session = await engine.session(questions=QUESTIONS, rubric=True)
    await engine.grade(process, session, models_of(MODELS, 2))

    assert await engine.marks(session) == truth(simulator, MODELS, 2)
    assert Counter(entry.stage for entry in simulator.log) == {"rubric": 6, "assessment": 6}


async def test_no_more_requests_are_in_flight_than_allowed_over_four_sessions(engine, simulator, http):
    simulator.config = SimulatorConfig(latency_seconds=0.02)
    process = engine.process(http, simulator.base_url, capacity=8)
    sessions = [await engine.session(questions=QUESTIONS) for _ in range(4)]
    for session in sessions:
        await engine.start(session, models_of(MODELS[:1], 20))
        process.launcher.launch(session)
    await process.launcher.wait(30)

    assert simulator.stats.in_flight_max == 8
    assert simulator.stats.connections <= 9
    for session in sessions:
        assert await engine.marks(session) == truth(simulator, MODELS[:1], 20)


async def assert_every_attempt_is_accounted_for(engine, session, simulator, tries):
    stored = await engine.store.session_results(session)
    rows = {(one["question_id"], one["model_name"], one["try_index"]): one for one in stored["results"]}
    expected = truth(simulator, MODELS, tries)
    assert rows.keys() == expected.keys()
    assert len(rows) == len(stored["results"])
    for key, row in rows.items():
        if row["marks_awarded"] is None:
            assert {error["reason"] for error in row["validation_errors"]} <= ALLOWED_GAPS
            assert all(error["message"] for error in row["validation_errors"])
        else:
            assert row["marks_awarded"] == expected[key]
    calls = await engine.calls(session)
    assert {call["status"] for call in calls.values()} <= {"succeeded", "failed"}
    assert all(call["error"]["message"] for call in calls.values() if call["status"] == "failed")
    progress = await engine.progress(session)
    assert (progress["status"], progress["progress"]) == ("graded", 1)
    return calls


async def test_with_39_percent_faulty_answers_of_all_kinds_every_attempt_is_marked_or_says_why(
    engine, process, simulator
):
    simulator.config = SimulatorConfig(
        fault_rates=PRESETS["mixed"], faults_by_session=False, retry_after_seconds=0, drip_seconds=0.05
    )
    session = await engine.session(questions=QUESTIONS)
    await engine.grade(process, session, models_of(MODELS, 20))
    calls = await assert_every_attempt_is_accounted_for(engine, session, simulator, 20)

    assert sum(call["status"] == "succeeded" for call in calls.values()) >= 50
    assert sum(simulator.stats.faults.values()) >= 20


async def test_every_single_kind_of_fault_leaves_marks_or_a_reason(engine, process, simulator):
    kinds = [fault for fault in Fault if fault not in {Fault.HTTP_401, Fault.HTTP_402}]
    names = [f"simulated/{fault}" for fault in kinds]
    simulator.config = SimulatorConfig(
        models={name: {"fault_sequence": [fault]} for name, fault in zip(names, kinds, strict=True)},
        retry_after_seconds=0,
        drip_seconds=0.05,
    )
    session = await engine.session(questions=QUESTIONS)
    await engine.grade(process, session, models_of(names, 1))
    marks, calls = await engine.marks(session), await engine.calls(session)
    expected = truth(simulator, names, 1)

    assert marks.keys() == expected.keys()
    assert {key: mark for key, mark in marks.items() if mark is not None}.items() <= expected.items()
    final = {"http_400", "http_403", "http_404", "http_413", "http_422", "content_filter"}
    failed = {name.removeprefix("simulated/") for (name, _), call in calls.items() if call["status"] == "failed"}
    assert failed == final
    assert all(call["error"]["message"] for call in calls.values() if call["status"] == "failed")


@pytest.mark.parametrize("fault", [Fault.HTTP_401, Fault.HTTP_402])
async def test_a_refused_account_ends_the_run_with_few_requests(engine, simulator, http, fault):
    simulator.config = SimulatorConfig(latency_seconds=0.01, fault_rates={fault: 1})
    process = engine.process(http, simulator.base_url, capacity=4)
    session = await engine.session(questions=QUESTIONS)
    await engine.grade(process, session, models_of(MODELS, 20))
    progress = await engine.progress(session)

    assert simulator.stats.calls == 4
    assert (progress["status"], progress["attempts"]["failed"], progress["attempts"]["cancelled"]) == ("failed", 4, 56)
    assert str(fault[-3:]) in progress["failure_reason"]


async def test_a_rate_limited_model_loses_no_attempt(engine, process, simulator):
    simulator.config = SimulatorConfig(
        requests_per_second=40, burst=5, retry_after="fractional", retry_after_seconds=0.1
    )
    session = await engine.session(questions=QUESTIONS)
    await engine.grade(process, session, models_of(MODELS[:2], 20))

    assert simulator.stats.rate_limited > 0
    assert await engine.marks(session) == truth(simulator, MODELS[:2], 20)


async def test_a_run_goes_the_same_way_through_postgrest(engine, http, simulator, postgrest):
    async with httpx.AsyncClient() as rest:
        transport = PostgrestTransport(postgrest.url, postgrest.key, rest)
        await transport.open()
        engine.store = Store(transport)
        process = engine.process(http, simulator.base_url)
        simulator.config = SimulatorConfig(
            fault_rates=PRESETS["mixed"], faults_by_session=False, retry_after_seconds=0, drip_seconds=0.05
        )
        session = await engine.session(questions=QUESTIONS)
        await engine.grade(process, session, models_of(MODELS, 10))
        await assert_every_attempt_is_accounted_for(engine, session, simulator, 10)

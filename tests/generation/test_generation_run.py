import asyncio
import logging
import re
from collections import Counter

import pytest

from app.generation.checks import key_is_longest
from app.generation.generation_run import why_missing
from app.simulator.config import Behaviour, SimulatorConfig
from app.simulator.faults import Fault
from tests.grading.fakes import settle
from tests.support.teacher import REPEATED, Teacher, prose


async def test_a_test_is_made_of_questions_that_passed_every_check(teacher):
    test = await teacher.make(await teacher.document(), 10)

    assert (test["status"], test["questions_generated"], len(test["questions"])) == ("completed", 10, 10)
    for question in test["questions"]:
        assert question["state"] == "accepted"
        assert question["options"]["ABCD".index(question["correct_option"])] in question["quote"]
        assert question["page"] == 1


async def test_a_finished_test_is_one_line_of_the_log_that_quotes_no_question(teacher, caplog):
    caplog.set_level(logging.INFO, logger="app.generation")
    test = await teacher.make(await teacher.document(), 3)

    [line] = await lines_about(caplog, test["id"])
    _, _, said = line.getMessage().partition(": ")
    assert re.fullmatch(r"completed in \d+\.\d s: 3 of 3 questions by simulated/writer, 0\.\d{4} USD", said)
    assert line.figures["cost_usd"] == pytest.approx(test["cost_usd"])


async def lines_about(caplog, test_id):
    """The lines about a test once there is one: it follows what a poll sees."""
    async with asyncio.timeout(60):
        while not (found := [one for one in caplog.records if one.getMessage().startswith(f"test {test_id}: ")]):
            await settle()
    return found


async def test_of_two_hundred_questions_by_a_biased_writer_none_gives_its_key_away(teacher):
    document = await teacher.document(prose(900, REPEATED))
    questions = []
    for _ in range(10):
        test = await teacher.make(document, 20, model="simulated/writer-biased")
        kept = test["questions"]
        longest = [q for q in kept if key_is_longest(key(q), [o for o in q["options"] if o != key(q)])]
        assert len(longest) <= 0.4 * len(kept)
        assert len({(key(q), q["quote"]) for q in kept}) == len(kept)
        questions += kept
    text = " ".join(prose(900, REPEATED).split())
    letters = Counter(q["correct_option"] for q in questions)

    assert len(questions) > 150
    assert all(0.2 <= letters[letter] / len(questions) <= 0.3 for letter in "ABCD"), letters
    assert [q["quote"] for q in questions if q["quote"] not in text] == []


def key(question):
    return question["options"]["ABCD".index(question["correct_option"])]


@pytest.mark.parametrize(
    ("writer", "code"),
    [
        ("simulated/writer-inventive", "quote_not_found"),
        ("simulated/writer-repetitive", "duplicate"),
        ("simulated/writer-lengthy", "key_too_long"),
        ("simulated/writer-longest", "too_many_longest"),
    ],
)
async def test_a_bad_habit_is_rejected_with_its_reason_and_written_again(teacher, writer, code):
    test = await teacher.make(await teacher.document(prose(240, REPEATED)), 10, model=writer)
    verdicts = [a["verdict"] for a in await teacher.attempts(test["id"]) if a["role"] == "writer"]
    codes = {finding["code"] for v in verdicts if v["outcome"] == "rejected" for finding in v["findings"]}

    assert code in codes
    assert test["questions_generated"] > 0


async def test_the_number_of_questions_never_falls(teacher, simulator):
    simulator.config = SimulatorConfig(latency_seconds=0.05)
    test_id = await teacher.start(await teacher.document(), 10, model="simulated/writer-longest")
    counts = []
    while (status := await teacher.status(test_id))["status"] in {"pending", "generating"}:
        counts.append(status["questions_generated"])
    test = await teacher.made(test_id)
    counts.append(test["questions_generated"])
    longest = [q for q in test["questions"] if key_is_longest(key(q), [o for o in q["options"] if o != key(q)])]

    assert counts == sorted(counts)
    assert 0 < len(test["questions"]) == counts[-1]
    assert len(longest) <= 0.4 * counts[-1]
    assert (f"{10 - counts[-1]} of 10 questions did not pass the checks." in (test["failure_reason"] or "")) == (
        counts[-1] < 10
    )


async def test_a_writer_that_never_mends_leaves_nothing_behind(teacher):
    test = await teacher.make(await teacher.document(), 3, model="simulated/writer-hopeless")
    attempts = await teacher.attempts(test["id"])

    assert (test["status"], test["questions"]) == ("failed", [])
    assert "did not pass the checks" in test["failure_reason"]
    assert Counter(a["slot"] for a in attempts) == {1: 3, 2: 3, 3: 3}


async def test_a_solver_that_disagrees_sends_the_question_back(teacher):
    solvers = ["simulated/solver", "simulated/solver-contrary"]
    test = await teacher.make(await teacher.document(), 2, solver_models=solvers)
    attempts = await teacher.attempts(test["id"])
    verdicts = [a["verdict"] for a in attempts if a["role"] == "writer"]
    solved = [
        a["verdict"]["outcome"] for a in attempts if a["model"] == "simulated/solver-contrary" and a["with_quote"]
    ]

    assert test["status"] == "failed"
    assert [v["outcome"] for v in verdicts] == ["rejected"] * 6
    assert any(finding["code"] == "solver_disagrees" for v in verdicts for finding in v["findings"])
    assert set(solved) == {"disagrees"}


async def test_what_can_be_guessed_is_flagged(teacher):
    test = await teacher.make(await teacher.document(), 2, model="simulated/writer-giveaway")
    flags = [finding["code"] for q in test["questions"] for finding in q["checks"]["findings"]]

    assert flags == ["guessable", "guessable"]


async def test_a_silent_solver_is_no_reason_against_a_question_that_another_confirmed(teacher):
    solvers = ["simulated/solver", "simulated/solver-silent"]
    test = await teacher.make(await teacher.document(), 2, solver_models=solvers)

    assert test["status"] == "completed"


async def test_the_attempts_of_a_question_are_those_of_its_place(teacher):
    test = await teacher.make(await teacher.document(), 3)
    question = test["questions"][1]
    found = (await teacher.client.get(f"/tests/{test['id']}/questions/{question['id']}/attempts")).json()

    assert found["slot"] == question["slot"]
    assert {a["slot"] for a in found["attempts"]} == {question["slot"]}
    assert {(a["role"], a["with_quote"]) for a in found["attempts"]} == {
        ("writer", True),
        ("solver", True),
        ("solver", False),
    }
    assert [a["verdict"]["outcome"] for a in found["attempts"] if a["role"] == "writer"][-1] == "accepted"
    assert test["cost_usd"] == pytest.approx(sum(a["cost_usd"] for a in await teacher.attempts(test["id"])))


async def test_a_late_answer_is_stored_as_paid_and_changes_nothing(teacher, simulator):
    simulator.config = SimulatorConfig(latency_seconds=0.4)
    test_id = await teacher.start(await teacher.document(), 12)
    async with asyncio.timeout(60):
        while (await teacher.status(test_id))["questions_generated"] < 2:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    cancelled = (await teacher.client.post(f"/tests/{test_id}/cancel")).json()
    n_calls, n_stored = simulator.stats.calls, len(await teacher.attempts(test_id))
    async with asyncio.timeout(60):
        while len(await teacher.attempts(test_id)) < n_calls:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.02)
    test = (await teacher.client.get(f"/tests/{test_id}")).json()

    assert n_stored < n_calls
    assert (cancelled["status"], test["status"], test["failure_reason"]) == ("failed", "failed", "Cancelled by user")
    assert len(test["questions"]) == test["questions_generated"] == cancelled["questions_generated"]
    assert simulator.stats.calls == n_calls


async def test_a_late_answer_does_not_overwrite_a_cancel(server, simulator):
    """Who makes the test learns of a cancel on another server when it renews its lease, up to 3 s later."""
    simulator.config = SimulatorConfig(latency_seconds=0.2)
    teacher, elsewhere = Teacher(await server()), Teacher(await server())
    test_id = await teacher.start(await teacher.document(), 2)
    async with asyncio.timeout(60):
        while simulator.stats.calls < 2:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    await elsewhere.client.post(f"/tests/{test_id}/cancel")
    async with asyncio.timeout(60):
        while len(finals := [a for a in await teacher.attempts(test_id) if a["verdict"].get("final")]) < 2:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.02)
    test = (await teacher.client.get(f"/tests/{test_id}")).json()

    assert [attempt["verdict"]["outcome"] for attempt in finals] == ["late", "late"]
    assert (test["status"], test["failure_reason"], test["questions"]) == ("failed", "Cancelled by user", [])
    assert test["questions_generated"] == 0


async def test_so_many_calls_at_once_are_made_for_one_test(server, simulator):
    simulator.config = SimulatorConfig(latency_seconds=0.05)
    teacher = Teacher(await server(mcq_candidate_count=3))
    await teacher.make(await teacher.document(), 8)

    assert simulator.stats.in_flight_max == 3


async def test_the_thresholds_are_those_of_the_settings(server):
    teacher = Teacher(await server(mcq_quote_words=90, mcq_max_revisions=0))
    test = await teacher.make(await teacher.document(), 2)
    attempts = await teacher.attempts(test["id"])

    assert test["status"] == "failed"
    assert [(a["round"], a["verdict"]["findings"][0]["code"]) for a in attempts] == [(1, "quote_short")] * 2


async def test_a_key_that_is_refused_stops_the_test_with_its_reason(server):
    teacher = Teacher(await server(openrouter_api_key="broke"))
    test = await teacher.make(await teacher.document(), 6)

    assert (test["status"], test["questions"]) == ("failed", [])
    assert "redit" in test["failure_reason"]


async def test_a_writer_that_is_not_to_be_had_is_no_question_that_did_not_pass(server):
    teacher = Teacher(await server(openrouter_base_url="http://127.0.0.1:9/api/v1", grading_max_requests=1))
    test = await teacher.make(await teacher.document(), 2)

    assert test["status"] == "failed"
    assert test["failure_reason"].startswith("2 of 2 questions could not be written: OpenRouter could not be reached")
    assert "did not pass" not in test["failure_reason"]


async def test_a_request_that_is_refused_says_with_what(teacher, simulator):
    simulator.config = SimulatorConfig(models={"simulated/writer": Behaviour(fault_rates={Fault.HTTP_400: 1.0})})
    test = await teacher.make(await teacher.document(), 2)

    assert test["failure_reason"].startswith("2 of 2 questions could not be written: ")
    assert "(HTTP 400)" in test["failure_reason"]


def test_what_was_not_written_and_what_did_not_pass_are_told_apart():
    verdicts = [
        {"outcome": "rejected", "final": False, "message": "Too short."},
        {"outcome": "rejected", "final": True, "message": "Too long."},
        {"outcome": "failed", "final": True, "message": "No reply."},
        {"outcome": "accepted", "final": True},
        {"outcome": "agrees", "message": "It says so."},
        {"outcome": "rejected", "final": True, "message": "A duplicate."},
    ]

    assert why_missing(verdicts, 4) == (
        "1 of 4 questions could not be written: No reply. "
        "2 of 4 questions did not pass the checks. The first: Too long."
    )
    assert why_missing(verdicts[3:5], 4) is None


async def test_an_answer_that_was_cut_is_stored(server, simulator):
    cut = Behaviour(fault_rates={Fault.TRUNCATED: 1.0})
    simulator.config = SimulatorConfig(models={"simulated/writer": cut})
    teacher = Teacher(await server(grading_max_requests=1))
    test = await teacher.make(await teacher.document(), 1)
    [attempt] = await teacher.attempts(test["id"])
    [exchange] = attempt["raw"]["exchanges"]

    assert exchange["content"].startswith('{"stem"')
    assert attempt["raw"]["content"] is None
    assert test["cost_usd"] == pytest.approx(attempt["cost_usd"])
    assert test["cost_usd"] > 0


async def test_a_whole_answer_is_kept_once(teacher):
    test = await teacher.make(await teacher.document(), 1)
    raw = (await teacher.attempts(test["id"]))[0]["raw"]

    assert raw["content"]
    assert all("content" not in exchange for exchange in raw["exchanges"])

"""The bill of an exam, against what the simulator billed."""

import httpx
import pytest

from tests.clients.calls import QUESTIONS, ask, billed, finished, session_of

MODELS = [{"name": "simulated/careful", "tries": 2}, {"name": "simulated/harsh", "tries": 2}]


@pytest.fixture
async def http(serve):
    async with httpx.AsyncClient(base_url=await serve(grade_wait=False), timeout=30) as client:
        yield client


async def exam_of(http, n_scripts):
    exam = (await ask(http, "POST", "/exams", {"name": "x", "questions": QUESTIONS}))["exam_id"]
    sessions = [await session_of(http, exam_id=exam) for _ in range(n_scripts)]
    await ask(http, "POST", f"/exams/{exam}/grade", {"models": MODELS})
    await finished(http, *sessions)
    return exam


async def test_the_bill_is_what_was_paid_for_each_marker_and_question(http, simulator):
    found = await ask(http, "GET", f"/exams/{await exam_of(http, 2)}/bill")

    assert found["simulated"]
    assert found["billed_usd"] == pytest.approx(billed(simulator), rel=1e-6)
    assert sum(one["billed_usd"] for one in found["markers"]) == pytest.approx(found["billed_usd"])
    assert sum(one["billed_usd"] for one in found["questions"]) == pytest.approx(found["billed_usd"])
    assert found["per_script_usd"] == pytest.approx(found["billed_usd"] / 2)
    assert found["answers"] == 2 * len(QUESTIONS)
    assert sum(one["requests"] for one in found["markers"]) == 8
    assert found["caught_marks"] <= found["wrong_marks"] <= found["answers"]
    assert found["estimate_usd"]["low"] <= found["billed_usd"] <= found["estimate_usd"]["high"]


async def test_a_bill_that_tokens_and_prices_do_not_explain_is_said(http, simulator):
    """The simulator gives its own models a discount that its list of models does not name."""
    found = await ask(http, "GET", f"/exams/{await exam_of(http, 1)}/bill")

    assert found["unexplained"] > 0.02
    assert [note.partition(":")[0] for note in found["notes"]] == ["simulated/careful", "simulated/harsh"]


async def test_the_report_of_an_exam_has_its_bill(http):
    exam = await exam_of(http, 1)
    bill = await ask(http, "GET", f"/exams/{exam}/bill")
    page = (await http.get(f"/exams/{exam}/report")).text
    section = page.partition('<section id="bill"')[2].partition("</section>")[0]

    assert "value=" in section
    assert "The estimate of the same calls" in section
    assert all(note.partition(":")[0] in section for note in bill["notes"])
    assert all(one["question_id"] in section for one in bill["questions"])


async def test_tokens_that_went_into_a_providers_cache_are_on_the_bill(http, simulator):
    exam = (await ask(http, "POST", "/exams", {"name": "x", "questions": QUESTIONS}))["exam_id"]
    session = await session_of(http, exam_id=exam)
    model = "anthropic/claude-sonnet-4.5"
    await ask(http, "POST", f"/exams/{exam}/grade", {"models": [{"name": model, "tries": 2}]})
    await finished(http, session)
    found = await ask(http, "GET", f"/exams/{exam}/bill")

    written = [entry.usage["prompt_tokens_details"]["cache_write_tokens"] for entry in simulator.log if entry.usage]
    assert found["markers"][0]["cache_write_tokens"] == sum(written)


async def test_an_exam_without_marks_has_a_bill_of_nothing(http):
    exam = (await ask(http, "POST", "/exams", {"name": "x", "questions": QUESTIONS}))["exam_id"]
    found = await ask(http, "GET", f"/exams/{exam}/bill")

    assert (found["billed_usd"], found["markers"], found["notes"]) == (0, [], [])
    assert found["per_script_usd"] is None
    assert found["estimate_usd"] is None

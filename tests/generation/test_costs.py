"""What a test will cost, and what it may cost at most; questions that are checked again."""

import pytest


async def test_the_estimate_is_in_the_range_of_what_the_test_costs(teacher):
    document = await teacher.document()
    body = {"document_id": document, "num_questions": 6}
    estimate = (await teacher.client.post("/tests/estimate", json=body)).json()
    made = await teacher.make(document, 6)

    assert estimate["unpriced"] == []
    assert estimate["cost_usd"]["low"] <= made["cost_usd"] <= estimate["cost_usd"]["high"]
    assert estimate["calls"] >= 6 * 3
    assert 0 < estimate["seconds"] < 600


async def test_an_estimate_pays_nothing_and_is_refused_like_a_start(teacher):
    document = await teacher.document()
    body = {"document_id": document, "num_questions": 6, "solver_models": ["simulated/writer"]}
    assert (await teacher.client.post("/tests/estimate", json=body)).status_code == 422
    assert (await teacher.client.post("/tests/estimate", json=body | {"num_questions": 21})).status_code == 400
    assert (await teacher.client.get("/tests")).json()["total"] == 0


async def test_a_test_ends_at_its_limit_with_the_questions_that_it_could_pay(teacher):
    document = await teacher.document()
    whole = await teacher.make(document, 10)
    limit = whole["cost_usd"] / 2
    part = await teacher.make(document, 10, max_cost_usd=limit)

    assert part["status"] in {"partial", "failed"}
    assert "(max_cost_usd) is reached" in part["failure_reason"]
    assert part["cost_usd"] <= limit
    assert part["max_cost_usd"] == limit


@pytest.mark.parametrize("limit", [0, -1, "much"])
async def test_a_limit_must_be_an_amount(teacher, limit):
    body = {"document_id": await teacher.document(), "num_questions": 2, "max_cost_usd": limit}
    assert (await teacher.client.post("/tests/generate", json=body)).status_code == 422


async def test_an_edited_question_is_solved_again_when_asked_for(teacher):
    made = await teacher.make(await teacher.document(), 2)
    question = made["questions"][0]
    address = f"/tests/{made['id']}/questions/{question['id']}"
    wrong = next(letter for letter in "ABCD" if letter != question["correct_option"])
    options = [option if "ABCD"[at] != wrong else "zebra" for at, option in enumerate(question["options"])]
    edited = (await teacher.client.patch(address, json={"options": options})).json()
    assert "blind" not in edited["checks"]
    checked = (await teacher.client.post(f"{address}/check")).json()
    codes = {finding["code"] for finding in checked["checks"]["findings"]}
    assert "edited" not in codes
    assert checked["checks"]["blind"]["right_with_quote"] == 1

    at, to = "ABCD".index(question["correct_option"]), "ABCD".index(wrong)
    options[at], options[to] = options[to], options[at]
    await teacher.client.patch(address, json={"options": options})
    checked = (await teacher.client.post(f"{address}/check")).json()
    findings = {finding["code"]: finding["blocking"] for finding in checked["checks"]["findings"]}
    assert checked["quote"] == ""
    assert checked["checks"]["blind"] == {"right_with_quote": 0, "with_quote": 0, "right_without": 0, "without": 1} or (
        checked["checks"]["blind"]["right_without"] == 1
    )
    assert not any(findings.values())
    attempts = (await teacher.client.get(f"{address}/attempts")).json()["attempts"]
    assert {attempt["round"] for attempt in attempts if attempt["role"] == "solver"} >= {1, 2, 3}
    after = (await teacher.client.get(f"/tests/{made['id']}")).json()
    assert after["cost_usd"] > made["cost_usd"]


async def test_what_cannot_be_checked_is_refused(teacher):
    made = await teacher.make(await teacher.document(), 2)
    missing = f"/tests/{made['id']}/questions/0f8fad5b-d9cb-469f-a165-70867728950e/check"
    assert (await teacher.client.post(missing)).status_code == 404

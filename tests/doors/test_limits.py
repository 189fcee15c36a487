"""How much one start, and one user on one day, may ask of models."""

import pytest

from tests.doors.conftest import API_KEY, ended, ready_session, start

ONE = {"name": "a/b"}


def limited(response):
    """The details of a refusal because of a limit of the day."""
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(response.headers["Retry-After"]) <= 86_401
    return error


@pytest.mark.parametrize(
    ("models", "figures"),
    [
        ([{"name": f"a/m{n}"} for n in range(4)], ("4 markers", "3 of", "MAX_PLAN_MODELS")),
        ([{"name": "a/b", "tries": 11}], ("11 attempts", "10 of", "MAX_PLAN_ATTEMPTS")),
    ],
)
async def test_a_plan_beyond_a_limit_is_refused_with_both_figures(serve_users, models, figures, openrouter):
    send = (await serve_users(max_plan_models=3, max_plan_attempts=10))(API_KEY)
    session_id = await ready_session(send)

    response = await start(send, session_id, *models)

    assert response.status_code == 422
    [error] = response.json()["error"]["details"]["errors"]
    assert error["field"] == "models"
    assert all(figure in error["message"] for figure in figures)
    assert openrouter.requests == []


async def test_an_exam_s_plan_beyond_a_limit_is_refused_before_any_session_starts(serve_users):
    send = (await serve_users(max_plan_attempts=10))(API_KEY)
    exam_id = (await send("POST", "/exams", json={"name": "e", "questions": []})).json()["exam_id"]

    response = await send("POST", f"/exams/{exam_id}/grade", json={"models": [{"name": "a/b", "tries": 11}]})

    assert response.status_code == 422


async def test_40_000_attempts_in_one_request_are_refused_as_shipped(as_user):
    send = as_user("ada")
    session_id = await ready_session(send)

    response = await start(send, session_id, *({"name": f"a/m{n}", "tries": 20} for n in range(2000)))

    assert response.status_code == 422
    assert "2000 markers are more than the 200" in response.text


async def test_a_user_s_attempts_of_a_day_end_whatever_was_deleted_in_between(serve_users, openrouter):
    openrouter.marks = {"1": 1}
    users = await serve_users(owner_daily_attempts=5)
    ada = users("ada")
    session_id = await ready_session(ada)
    await start(ada, session_id, {"name": "a/b", "tries": 4})
    await ended(ada, session_id)
    assert (await ada("DELETE", f"/sessions/{session_id}")).status_code == 204

    error = limited(await start(ada, await ready_session(ada), {"name": "a/b", "tries": 2}))

    assert error["details"] == {"limit": 5, "used": 4}
    assert (await start(ada, await ready_session(ada), ONE)).status_code == 202
    assert (await start(users("bob"), await ready_session(users("bob")), ONE)).status_code == 202
    assert (await start(users(API_KEY), await ready_session(users(API_KEY)), ONE | {"tries": 9})).status_code == 202


async def test_a_refused_start_leaves_the_session_as_it_was(serve_users):
    ada = (await serve_users(owner_daily_attempts=1))("ada")
    session_id = await ready_session(ada)

    limited(await start(ada, session_id, {"name": "a/b", "tries": 2}))

    progress = (await ada("GET", f"/sessions/{session_id}")).json()
    assert (progress["status"], progress["attempts"]["total"]) == ("created", 0)


async def test_a_user_s_money_of_a_day_ends_whatever_was_deleted_in_between(serve_users, openrouter):
    openrouter.marks = {"1": 1}  # each call costs 0.002
    ada = (await serve_users(owner_daily_usd=0.003))("ada")
    first = await ready_session(ada)
    await start(ada, first, ONE)
    await ended(ada, first)
    second = await ready_session(ada)
    assert (await start(ada, second, ONE)).status_code == 202
    await ended(ada, second)
    await ada("DELETE", f"/sessions/{first}")

    error = limited(await start(ada, await ready_session(ada), ONE))

    assert error["details"] == {"limit": 0.003, "used": 0.004}
    assert "0.004" in error["message"]

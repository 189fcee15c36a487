"""A user's prompts are theirs: nobody else's scripts are marked with them."""

import json

import psycopg
import pytest

from tests.doors.conftest import API_KEY, ended, ready_session, start

BASE = {"system_template": "S", "user_template": "U [Student assessment]", "schema_template": "{}"}


def texts(word):
    return BASE | {"system_template": f"Marks by {word}."}


def system_of(openrouter):
    """The system message of the latest call."""
    messages = json.loads(openrouter.requests[-1].content)["messages"]
    return json.dumps([message for message in messages if message["role"] == "system"])


async def put(send, name, word, kind="assessment"):
    response = await send("PUT", f"/settings/templates/{kind}/{name}", json={"display_name": word} | texts(word))
    assert response.status_code == 200, response.text


async def listed(send):
    rows = (await send("GET", "/settings/templates/assessment")).json()["templates"]
    return {row["name"]: row["display_name"] for row in rows}


async def marked_with(send, openrouter, *, template=None, by=None):
    """The system message that a session of `send` was marked with, started by `by`."""
    openrouter.marks = {"1": 1}
    session_id = await ready_session(send)
    marker = {"name": "a/b"} | ({"template": template} if template else {})
    response = await start(by or send, session_id, marker)
    assert response.status_code == 202, response.text
    await ended(send, session_id)
    return system_of(openrouter)


async def test_nobody_sees_or_deletes_another_user_s_template(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    await put(ada, "mine", "ada")

    assert "mine" in await listed(ada)
    for other in (bob, as_user(API_KEY)):
        assert "mine" not in await listed(other)
        assert (await other("DELETE", "/settings/templates/assessment/mine")).status_code == 404
        chosen = await other("POST", "/sessions", json={"selected_assessment_template": "mine"})
        assert chosen.status_code == 422
    assert "mine" in await listed(ada)


async def test_two_users_have_templates_of_one_name(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    await put(ada, "strict", "ada")
    await put(bob, "strict", "bob")

    assert ((await listed(ada))["strict"], (await listed(bob))["strict"]) == ("ada", "bob")


@pytest.mark.parametrize("path", ["/settings/prompt", "/settings/templates/assessment/default"])
async def test_a_user_s_base_prompt_marks_their_own_scripts_alone(as_user, openrouter, path):
    ada, bob, key = as_user("ada"), as_user("bob"), as_user(API_KEY)
    body = texts("ada") | ({"display_name": "mine"} if path.endswith("default") else {})

    assert (await ada("PUT", path, json=body)).status_code == 200

    assert "Marks by ada" in await marked_with(ada, openrouter)
    for other in (bob, key):
        assert "Marks by ada" not in await marked_with(other, openrouter)
        assert "ada" not in (await other("GET", "/settings/prompt")).text


async def test_a_key_writes_the_common_base_prompt_which_a_user_s_own_goes_before(as_user, openrouter):
    ada, bob, key = as_user("ada"), as_user("bob"), as_user(API_KEY)
    await key("PUT", "/settings/prompt", json=texts("all"))
    await ada("PUT", "/settings/prompt", json=texts("ada"))

    assert "Marks by all" in await marked_with(bob, openrouter)
    assert "Marks by ada" in await marked_with(ada, openrouter)
    assert (await bob("GET", "/settings/prompt")).json()["system_template"] == "Marks by all."


async def test_a_key_that_starts_a_user_s_session_marks_with_the_user_s_templates(as_user, openrouter):
    ada, key = as_user("ada"), as_user(API_KEY)
    await put(ada, "strict", "ada")
    await put(key, "strict", "all")
    await ada("PUT", "/settings/prompt", json=texts("base"))

    assert "Marks by ada" in await marked_with(ada, openrouter, template="strict", by=key)
    assert "Marks by base" in await marked_with(ada, openrouter, by=key)


async def test_a_run_that_is_resumed_after_a_restart_keeps_its_user_s_prompt(serve_users, openrouter):
    ada = (await serve_users())("ada")
    await ada("PUT", "/settings/prompt", json=texts("ada"))
    openrouter.marks = {"1": 1}
    openrouter.may_answer.clear()
    session_id = await ready_session(ada)
    await start(ada, session_id, {"name": "a/b"}, {"name": "c/d"})
    restarted = (await serve_users())("ada")
    openrouter.may_answer.set()

    await ended(restarted, session_id)

    sent = [json.loads(request.content)["messages"] for request in openrouter.requests]
    assert sent
    assert all("Marks by ada" in json.dumps(messages) for messages in sent)
    assert "Marks by ada" in await marked_with(restarted, openrouter)


async def test_templates_of_an_older_version_are_everybody_s(as_user, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into public.prompt_template (kind, name, display_name, system_template, user_template)"
            " values ('assessment', 'old', 'Old', 'S', 'U')"
        )

    for user in ("ada", "bob", API_KEY):
        assert "old" in await listed(as_user(user))
    assert (await as_user("ada")("DELETE", "/settings/templates/assessment/old")).status_code == 404

"""Event streams hold connections: a process and a user have so many."""

import asyncio

import pytest

from app.errors import RateLimitedError, UpstreamUnavailableError
from app.work.feed import Streams
from tests.doors.conftest import ready_session, start


def test_one_stream_too_many_of_a_user_is_refused_until_one_is_closed():
    streams = Streams(10, 1)

    with streams.opened("ada"):
        with pytest.raises(RateLimitedError) as refusal:
            streams.check("ada")
        streams.check("bob")
        streams.check(None)
    streams.check("ada")

    assert (refusal.value.status, int(refusal.value.headers["Retry-After"]) > 0) == (429, True)
    assert "1 event streams" in refusal.value.message


def test_one_stream_too_many_of_all_is_refused_with_503():
    streams = Streams(2, 2)

    with streams.opened("ada"), streams.opened(None), pytest.raises(UpstreamUnavailableError) as refusal:
        streams.check("bob")

    assert int(refusal.value.headers["Retry-After"]) > 0


async def test_the_second_stream_of_a_user_answers_429_while_the_first_is_open(serve_users, openrouter):
    ada = (await serve_users(owner_event_streams=1))("ada")
    openrouter.may_answer.clear()
    session_id = await ready_session(ada)
    await start(ada, session_id, {"name": "a/b"})
    first = asyncio.create_task(ada("GET", f"/sessions/{session_id}/events"))
    async with asyncio.timeout(60):
        while (second := await _status(ada, session_id)) != 429:
            pass

    openrouter.marks = {"1": 1}
    openrouter.may_answer.set()

    assert second == 429
    assert (await first).status_code == 200
    assert (await ada("GET", f"/sessions/{session_id}/events")).status_code == 200


async def _status(send, session_id):
    """What a further stream answers; one that is open counts as 200 and is left."""
    asking = asyncio.create_task(send("GET", f"/sessions/{session_id}/events"))
    done, _ = await asyncio.wait({asking}, timeout=0.3)
    if not done:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return 200
    return asking.result().status_code

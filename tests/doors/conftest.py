"""An app with users, and what they may do in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.tokens import EC_JWK, JWKS_URL, SECRET, KeyServer, token

API_KEY = "key-1"
IMAGE = {"role": "student", "url": "https://example.org/a.png", "order_index": 0}
QUESTIONS = [{"question_id": "1", "max_marks": 1}]
Send = Callable[..., Awaitable[httpx.Response]]


def sender(client: httpx.AsyncClient, bearer: str | None) -> Send:
    """Sends requests of a user (of `API_KEY` with the key itself, of nobody with None)."""

    async def send(method: str, path: str, **options: Any) -> httpx.Response:
        given = token(sub=bearer) if bearer and bearer != API_KEY else bearer
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        return await client.request(method, path, headers=headers | options.pop("headers", {}), **options)

    return send


@pytest.fixture
async def serve_users(connect_app):
    """Starts the app with an API key and user tokens; further keywords are settings."""

    async def serve(**settings: Any) -> Callable[[str | None], Send]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(KeyServer([EC_JWK]).handle))
        overrides = {"jwks_http": http} | settings.pop("overrides", {})
        secured = {"api_keys": API_KEY, "supabase_jwks_url": JWKS_URL, "supabase_jwt_secret": SECRET}
        client = await connect_app("203.0.113.7", overrides, **secured | settings)
        return lambda bearer: sender(client, bearer)

    return serve


@pytest.fixture
async def as_user(serve_users):
    return await serve_users()


async def ready_session(send: Send) -> str:
    """A session with a page and a question."""
    session_id: str = (await send("POST", "/sessions")).json()["session_id"]
    for path, body in (("/images/register", IMAGE), ("/questions/config", {"questions": QUESTIONS})):
        response = await send("POST", path, json={"session_id": session_id} | body)
        assert response.status_code == 200, response.text
    return session_id


async def start(send: Send, session_id: str, *models: dict[str, Any], **body: Any) -> httpx.Response:
    return await send("POST", "/grade/single", json={"session_id": session_id, "models": list(models)} | body)


async def ended(send: Send, session_id: str) -> dict[str, Any]:
    """The progress of a session when its run is over."""
    async with asyncio.timeout(20):
        while (progress := (await send("GET", f"/sessions/{session_id}")).json())["status"] == "grading":
            pass
    return dict(progress)

"""An app with users, and what they may do in it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.tokens import EC_JWK, JWKS_URL, SECRET, KeyServer, token

API_KEY = "key-1"
IMAGE = {"role": "student", "url": "https://example.org/a.png", "order_index": 0}
QUESTIONS = [{"question_id": "1", "max_marks": 1}]
TEST_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
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


@pytest.fixture
async def hers(as_user, database):
    """Ada's ids by the names of the parameters that take them."""
    ada = as_user("ada")
    exam_id = (await ada("POST", "/exams", json={"name": "hers"})).json()["exam_id"]
    session_id = await ready_session(ada)
    [image] = (await ada("GET", f"/images/{session_id}")).json()["images"]
    notes = {"file": ("notes.txt", b"A few words about cells. " * 200)}
    document_id = (await ada("POST", "/documents/upload", files=notes)).json()["id"]
    ids = {"exam_id": exam_id, "session_id": session_id, "image_id": image["image_id"], "document_id": document_id}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into public.generated_test (id, document_id, owner_id, name, status, target_questions, difficulty,"
            " models, prompt_version, seed) values (%s, %s, 'ada', 'hers', 'completed', 1, 'EASY', %s, 'v', 1)",
            [TEST_ID, document_id, json.dumps({"writer": "a/b", "solvers": ["c/d"], "topics": []})],
        )
    return ids | {"test_id": TEST_ID}


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
    async with asyncio.timeout(60):
        while (progress := (await send("GET", f"/sessions/{session_id}")).json())["status"] == "grading":
            pass
    return dict(progress)

"""A chat completion request as a client sends it, and a client to send it with."""

import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

KEY = {"Authorization": "Bearer some-key"}
QUESTIONS = ({"question_id": "MAI.1b(ii)", "max_marks": 4}, {"question_id": "2", "max_marks": 2.5})


def _body(
    model: str = "simulated/careful",
    *,
    session_id: str = "3f0c/simulated-careful",
    text: str = "Answer with marks_awarded.",
    questions=QUESTIONS,
    images=(),
    **more,
) -> dict:
    parts = [{"type": "text", "text": f"{text}\n{json.dumps(list(questions))}"}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in images]
    messages = [{"role": "system", "content": "You are a marker."}, {"role": "user", "content": parts}]
    return {"model": model, "session_id": session_id, "messages": messages, **more}


@pytest.fixture(name="body")
def body_of() -> Callable[..., dict]:
    return _body


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=KEY) as session:
        yield session


@pytest.fixture
def complete(http: aiohttp.ClientSession):
    """Sends one request; returns status, headers and the body's bytes."""

    async def send(simulator, sent: dict, try_index: int | None = None, **headers: str):
        if try_index is not None:
            headers["X-Secondmark-Try"] = str(try_index)
        async with http.post(f"{simulator.base_url}/chat/completions", json=sent, headers=headers) as response:
            return response.status, response.headers, await response.read()

    return send

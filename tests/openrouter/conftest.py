"""A server that misbehaves on purpose, replies in OpenRouter's shapes, and a clock that nobody waits for."""

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest

from app.openrouter.client import OpenRouterClient
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from app.openrouter.retry import RetryPolicy

API_KEY = "key-of-some-gateway"
BASE_URL = "https://openrouter.test/api/v1"


class RawServer:
    """Reads whole requests, keeps them in `requests`, and lets `behave(writer)` do to the connection what it likes."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = []
        self.connections = 0
        self.all_closed = asyncio.Event()
        self._open = 0
        self._tasks = set()

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self._open += 1
        try:
            while not writer.is_closing():
                self.requests.append(await self._read(reader))
                await self.behave(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._open -= 1
            if not self._open:
                self.all_closed.set()

    async def _read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return SimpleNamespace(line=head[0], headers=headers, body=body)


@pytest.fixture
async def serve():
    """What starts a RawServer for a behaviour; it stops with the test."""
    servers = []

    async def start(behave):
        servers.append(RawServer(behave))
        await servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


def _answer(body, *headers, status="200 OK", length=None):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _completion(content="the answer", finish_reason="stop", **fields):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "cost": 0.01}
    return {"id": "gen-1", "model": "m/one", "provider": "Acme", "choices": [choice], "usage": usage} | fields


def _error(code, message="it failed", **metadata):
    return {"error": {"code": code, "message": message, "metadata": metadata}}


@pytest.fixture
def replies():
    """Replies as OpenRouter sends them: raw HTTP (`answer`), documents (`completion`, `error`), bytes (`encoded`)."""
    return SimpleNamespace(
        answer=_answer,
        completion=_completion,
        error=_error,
        encoded=lambda document: json.dumps(document).encode(),
    )


class FakeClock:
    """Seconds that pass only when somebody sleeps; `slept` says for how long."""

    def __init__(self):
        self.now = 1_000_000.0
        self.slept = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make_client(clock):
    """Builds a client on a fake clock. Unnamed arguments of RetryPolicy go there; `draw` is what every jitter draws."""

    def make(http: httpx.AsyncClient, *, draw=0.5, limiter=None, gates=None, timeout=30.0, **policy):
        return OpenRouterClient(
            http,
            base_url=BASE_URL,
            api_key=API_KEY,
            referer="https://school.test",
            title="Secondmark",
            limiter=limiter or FairLimiter(4),
            gates=gates or ModelGates(clock=clock, sleep=clock.sleep),
            policy=RetryPolicy(**policy),
            call_timeout_seconds=timeout,
            clock=clock,
            monotonic=clock,
            sleep=clock.sleep,
            draw=lambda: draw,
        )

    return make

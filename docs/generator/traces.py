"""Which functions of `app` a request runs, seen while the program runs: what docs/architecture.md shows as walks."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dis import opname
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import httpx
from pydantic import SecretStr

from app.main import create_app
from app.settings import Settings
from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator

APP = Path(__file__).parents[2] / "app"
SAMPLE = APP / "samples" / "test" / "photosynthesis.md"
# The simulator stands for OpenRouter here; it is no part of the way.
OUTSIDE = ("simulator", "samples")

Trace = list[tuple[str, str]]
"""(file below app/, function) each time that a function begins."""

# Tasks inherit it from the request that started them. Loops that the server runs anyway do not have it.
_TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)


@dataclass(frozen=True)
class Traces:
    """`grading`: a POST /grade/single until its marks are stored. `agreement`: a GET of the agreement after it.

    `generation`: the upload of a document, and the making of a test of one question from it.
    """

    grading: Trace
    agreement: Trace
    generation: Trace


@cache
def traces() -> Traces:
    """What one run of the program shows; it takes some ten seconds."""
    before = sys.getprofile()
    sys.setprofile(_see)
    threading.setprofile(_see)
    try:
        return asyncio.run(_requests())
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type] # as its documentation says


def _see(frame: FrameType, event: str, _: Any) -> None:
    trace = _TRACE.get()
    code = frame.f_code
    if event != "call" or trace is None or code.co_name.startswith("<") or _goes_on(frame):
        return
    path = code.co_filename.removeprefix(f"{APP}/")
    if path != code.co_filename and not path.startswith(OUTSIDE):
        trace.append((path, code.co_qualname))


def _goes_on(frame: FrameType) -> bool:
    """Whether a coroutine goes on after it waited, which profiles report like a call."""
    # The low bits of RESUME are 0 at the start of a function only.
    operation, argument = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
    return opname[operation] == "RESUME" and argument & 3 != 0


@contextmanager
def _tracing(trace: Trace | None = None) -> Iterator[Trace]:
    """Everything that runs because of what is started inside, also after the block has ended."""
    trace = [] if trace is None else trace
    token = _TRACE.set(trace)
    try:
        yield trace
    finally:
        _TRACE.reset(token)


class _Client:
    """A client of the whole program, which runs in this process."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        return (await self._http.request(method, path, **request)).raise_for_status().json()

    async def post(self, path: str, body: Any) -> Any:
        return await self.ask("POST", path, json=body)

    async def until(self, path: str, *states: str) -> None:
        """Ask until the status is one of `states`. The polls are in no trace."""
        while (await self.ask("GET", path))["status"] not in states:  # noqa: ASYNC110 - a client can only poll
            await asyncio.sleep(0.05)

    async def left_alone(self, job_id: str) -> None:
        """Wait for what a job's task still does after its result is stored: a later step's trace must not hold it."""
        while any(job_id in task.get_name() for task in asyncio.all_tasks()):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _served() -> AsyncIterator[_Client]:
    """The program with a database of its own and a simulated OpenRouter."""
    with TemporaryDirectory() as folder:
        async with running_simulator(SimulatorConfig(latency_seconds=0.01)) as simulator:
            settings = Settings(
                data_dir=Path(folder),
                openrouter_api_key=SecretStr("simulated"),
                openrouter_base_url=simulator.base_url,
            )
            app = create_app(settings)
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=60) as http:
                    yield _Client(http)


async def _requests() -> Traces:
    async with _served() as client:
        # Each request is made twice and seen once: what only the first one does is no part of the way.
        for _ in range(2):
            grading, agreement = await _grading(client)
            generation = await _generation(client)
        return Traces(grading, agreement, generation)


async def _grading(client: _Client) -> tuple[Trace, Trace]:
    session = await _script(client)
    with _tracing() as grading:
        await client.post("/grade/single", {"session_id": session, "models": [{"name": "simulated/careful"}]})
    await client.until(f"/sessions/{session}", "graded")
    with _tracing() as agreement:
        await client.ask("GET", f"/sessions/{session}/agreement", params={"wait": True})
    return grading, agreement


async def _script(client: _Client) -> str:
    session: str = (await client.post("/sessions", {"name": "script"}))["session_id"]
    page = {"session_id": session, "role": "student", "url": "https://scans.test/1.png", "order_index": 0}
    await client.post("/images/register", page)
    questions = [{"question_id": question, "max_marks": 4} for question in ("1a", "1b")]
    marks = {"1a": 1, "1b": 2}
    await client.post("/questions/config", {"session_id": session, "questions": questions, "human_marks_by_qid": marks})
    return session


async def _generation(client: _Client) -> Trace:
    with _tracing() as trace:
        document = await client.ask("POST", "/documents/upload", files={"file": (SAMPLE.name, SAMPLE.read_bytes())})
    await client.until(f"/documents/{document['id']}", "ready")
    await client.left_alone(document["id"])
    request = {"document_id": document["id"], "num_questions": 1, "model": "simulated/writer", "seed": 1}
    with _tracing(trace):
        test = await client.post("/tests/generate", request | {"solver_models": ["simulated/solver"]})
    await client.until(f"/tests/{test['id']}/status", "completed", "partial")
    return trace

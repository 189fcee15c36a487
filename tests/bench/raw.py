"""The same calls without the product, in a process of their own: the cost of the HTTP library alone.

`python -m tests.bench.raw {httpx,aiohttp} BASE_URL CALLS CONCURRENCY` prints wall and CPU seconds as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import httpx
import uvloop

from app.grading.prompts.messages import DEFAULT_ASSESSMENT, PromptInputs, messages, request_body
from app.openrouter.catalogue import ModelCapabilities
from tests.bench.installation import MODEL, PAGES, question_models

HEADERS = {"Authorization": "Bearer simulated", "Content-Type": "application/json"}
Post = Callable[[int], Awaitable[object]]


def body() -> bytes:
    """What the product sends for one call of a benchmark."""
    questions = question_models()
    inputs = PromptInputs(questions, student_urls=PAGES["student"], answer_key_urls=PAGES["answer_key"])
    whole = request_body(
        model=MODEL,
        messages=messages(DEFAULT_ASSESSMENT, inputs),
        capabilities=ModelCapabilities(supported_parameters=frozenset({"structured_outputs", "reasoning"})),
        reasoning=None,
        provider=None,
        data_collection="deny",
        session_key="0f8fad5b-d9cb-469f-a165-70867728950e/raw",
        n_questions=len(questions),
    )
    return json.dumps(whole, separators=(",", ":")).encode()


def _headers(call: int) -> dict[str, str]:
    return HEADERS | {"X-Secondmark-Try": str(call + 1)}


@asynccontextmanager
async def with_httpx(url: str, concurrency: int) -> AsyncIterator[Post]:
    content = body()
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(limits=limits, timeout=None, trust_env=False) as http:  # noqa: S113 - loopback

        async def post(call: int) -> object:
            response = await http.post(url, content=content, headers=_headers(call))
            return response.raise_for_status().json()

        yield post


@asynccontextmanager
async def with_aiohttp(url: str, concurrency: int) -> AsyncIterator[Post]:
    content = body()
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as http:

        async def post(call: int) -> object:
            async with http.post(url, data=content, headers=_headers(call)) as response:
                return await response.json()

        yield post


LIBRARIES = {"httpx": with_httpx, "aiohttp": with_aiohttp}


async def run(library: str, base_url: str, calls: int, concurrency: int) -> dict[str, float]:
    async with LIBRARIES[library](f"{base_url}/chat/completions", concurrency) as post:
        numbers = iter(range(calls))

        async def work() -> None:
            for call in numbers:
                await post(call)

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(concurrency)))
        return {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


if __name__ == "__main__":
    library, base_url, calls, concurrency = sys.argv[1:]
    print(json.dumps(uvloop.run(run(library, base_url, int(calls), int(concurrency)))))  # noqa: T201 - the line callers wait for

"""Whatever is sent by the description at /openapi.json: no 5xx, answers as described, refusals in the envelope."""

import asyncio
import queue
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation.modes import GenerationMode

from app.commands.serve import serving
from app.main import Overrides, create_app
from app.openrouter.retry import RetryPolicy
from app.settings import Settings
from app.simulator.server import running_simulator
from tests.clients.react import React

DESCRIPTION = create_app(Settings()).openapi()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A thing that is really there is asked for half of the time; without this, all that is tested is 404.
KNOWN: dict[str, str] = {}

# The server in this process draws its own chances while requests are generated.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

schema = schemathesis.openapi.from_dict(DESCRIPTION)
OPERATIONS = [found.ok() for found in schema.get_all_operations()]


def ask_for_what_is_there(case: Any) -> None:
    """Half of the time the session that exists, in path or body, unless the request would delete it."""
    places = [place for place in (case.path_parameters, case.body) if isinstance(place, dict) and "session_id" in place]
    drawn = zlib.crc32(repr((case.path_parameters, case.query, case.headers, case.body)).encode(errors="replace"))
    if drawn % 2 and case.method != "DELETE":
        for place in places:
            place["session_id"] = KNOWN["session_id"]


async def _serve(database: str, data_dir: Any, ready: "queue.Queue[str]", stop: asyncio.Event) -> None:
    async with running_simulator() as simulator:
        settings = Settings(
            openrouter_api_key="sk-or-test",
            openrouter_base_url=simulator.base_url,
            database_url=database,
            data_dir=data_dir,
        )
        app = create_app(settings, Overrides(retry_policy=RetryPolicy(no_backoff=True)))
        async with serving(settings, app) as base_url, httpx.AsyncClient(base_url=base_url) as http:
            tab = React(http)
            KNOWN["session_id"] = await tab.prepare()
            await tab.grade("?wait=true", models=[{"name": "simulated/careful"}])
            ready.put(base_url)
            await stop.wait()


@pytest.fixture(scope="module")
def base_url(migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in a thread: requests are generated in this one, without a loop."""
    ready: queue.Queue[str] = queue.Queue()
    with asyncio.Runner() as runner:
        loop, stop = runner.get_loop(), asyncio.Event()
        work = _serve(migrated_database, tmp_path_factory.mktemp("data"), ready, stop)
        thread = threading.Thread(target=runner.run, args=(work,), name="server", daemon=True)
        thread.start()
        yield ready.get(timeout=30)
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=20)
    KNOWN.clear()


def in_envelope(context: Any, response: Any, case: Any) -> None:
    """Every refusal, and nothing else, is in the envelope, and its id is in the header."""
    if response.status_code < 400:
        return
    error = response.json()["error"]
    assert set(error) == {"code", "message", "details", "correlation_id"}
    assert error["code"].isupper()
    assert error["message"]
    assert error["correlation_id"] == response.headers["x-request-id"][0]


SETTINGS = hypothesis.settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


# Not by the library's own parametrize: all its tests have one name, of which a parallel run keeps one test.
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_described(operation: Any, mode: GenerationMode, base_url: str) -> None:
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or "{kind}" in operation.path):
        return  # ids are any string: nothing that is given can be invalid

    @SETTINGS
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        ask_for_what_is_there(case)
        response = case.call(base_url=base_url, timeout=10)
        case.validate_response(response, checks=[*CHECKS, in_envelope])

    check()


def test_refusals_are_described_in_the_envelope_everywhere():
    for path, operations in DESCRIPTION["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    found = response["content"]["application/json"]["schema"]
                    assert found == {"$ref": "#/components/schemas/ErrorEnvelope"}, (method, path, status)


def test_what_else_an_answer_can_be_is_described():
    paths = DESCRIPTION["paths"]
    assert {"200", "202"} <= paths["/grade/single"]["post"]["responses"].keys()
    assert "304" in paths["/sessions/{session_id}"]["get"]["responses"]
    assert "text/event-stream" in paths["/sessions/{session_id}/events"]["get"]["responses"]["200"]["content"]

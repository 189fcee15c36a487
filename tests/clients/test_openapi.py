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
import requests
import schemathesis
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation.modes import GenerationMode

from app import samples
from app.commands.serve import serving
from app.main import Overrides, create_app
from app.openrouter.retry import RetryPolicy
from app.settings import Settings
from app.simulator.server import running_simulator
from tests.clients.react import React
from tests.support.description import DESCRIPTION

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A thing that is really there is asked for half of the time; without this, all that is tested is 404.
KNOWN: dict[str, str] = {}
# What else a request of this operation must hold to be about that thing.
FITTING: dict[str, dict[str, Any]] = {}
# Nothing runs that could be cancelled, the test is full, files need tokens, and what is there is never deleted.
NEVER_SUCCEED = {
    "POST /questions/read",  # bytes made at random are no spreadsheet
    "POST /sessions/{session_id}/cancel",
    "POST /tests/{test_id}/cancel",
    "POST /tests/{test_id}/questions",
    "DELETE /sessions/{session_id}",
    "DELETE /exams/{exam_id}",
    "DELETE /documents/{document_id}",
    "DELETE /tests/{test_id}",
    "DELETE /images/{session_id}/{image_id}",
    "GET /images/object/{path}",
    "PUT /images/upload/{path}",
    "GET /images/file/{path}",
}

# The server in this process draws its own chances while requests are generated.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

LABELS = [f"{method.upper()} {path}" for path, methods in DESCRIPTION["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """The library's own form of each operation: made here, because it costs two seconds and only this file needs it."""
    found = (one.ok() for one in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations())
    return {operation.label: operation for operation in found}


def ask_for_what_is_there(case: Any) -> None:
    """Half of the time what exists, in path, query or body, unless the request would delete what others need."""
    places = [place for place in (case.path_parameters, case.query, case.body) if isinstance(place, dict)]
    drawn = zlib.crc32(repr((case.path_parameters, case.query, case.headers, case.body)).encode(errors="replace"))
    if drawn % 2 and (case.method != "DELETE" or case.operation.label in FITTING):
        for place in places:
            place.update({name: KNOWN[name] for name in place.keys() & KNOWN.keys()})
        for name, value in FITTING.get(case.operation.label, {}).items():
            (case.path_parameters if name in case.path_parameters else places[-1])[name] = value


async def _make_exam(tab: React) -> None:
    """An exam with imported marks, and a script that was marked and reviewed."""
    columns = "script,question_id,max_marks,human_mark,model_name,try_index,mark"
    scripts = [(n, q, model) for n in range(6) for q in ("1", "2") for model in ("m", "n")]
    file = "\n".join([columns, *(f"s{n},{q},4,{n % 5},{model},1,{n % 4}" for n, q, model in scripts)])
    questions = [{"question_id": question_id, "max_marks": 4} for question_id in ("1", "2")]
    exam_id = (await tab.ask("POST", "/exams", {"name": "Science", "questions": questions}))["exam_id"]
    form: dict[str, Any] = {"files": {"file": ("marks.csv", file)}, "data": {"exam_id": exam_id}}
    assert (await tab.http.post("/results/import", **form)).status_code == 201
    member = await tab.new_session(exam_id=exam_id)
    await tab.upload("student", ["scan.png"])
    await tab.configure(questions, {"1": 3, "2": 2})
    await tab.grade("?wait=true", models=[{"name": "simulated/careful"}])
    review = {"question_id": "1", "mark": 2}
    await tab.ask("POST", f"/sessions/{member}/review", review)
    await tab.ask("PUT", f"/exams/{exam_id}/seeds", {"session_ids": [member]})
    KNOWN["exam_id"] = exam_id
    pages = [image["image_id"] for image in (await tab.ask("GET", f"/images/{member}"))["images"]]
    FITTING["PUT /images/{session_id}/order"] = {"session_id": member, "role": "student", "image_ids": pages}
    of_page = {"session_id": member, "image_id": pages[0], "url": "https://scans.test/9.png"}
    FITTING["PUT /images/{session_id}/{image_id}"] = of_page
    FITTING["PUT /exams/{exam_id}/seeds"] = {"session_ids": [member]}
    FITTING["GET /exams/{exam_id}/compare"] = {"a": "m", "b": "n"}
    FITTING["POST /exams/{exam_id}/marks"] = {"file": "script,question_id,max_marks,human_mark\ns1,1,4,1"}
    FITTING["GET /exams"] = {"before": exam_id}
    for noun in ("exam", "session"):
        FITTING[f"POST /{noun}s/{{{noun}_id}}/review"] = {"session_id": member, **review}
        FITTING[f"DELETE /{noun}s/{{{noun}_id}}/review"] = {"session_id": member, "question_id": "1"}
    FITTING["POST /results/import"] = {"file": file}
    FITTING["POST /images/signed-url"] = {"filename": "scan.png", "content_type": "image/png"}
    FITTING["POST /images/register"] = {"role": "student", "url": "https://scans.test/4.png", "order_index": 3}


async def _make_test(tab: React) -> None:
    file = {"file": ("photosynthesis.md", samples.source_document().read_bytes())}
    document = (await tab.http.post("/documents/upload", files=file)).json()
    while document["status"] == "processing":
        document = await tab.ask("GET", f"/documents/{document['id']}")
    order = {
        "document_id": document["id"],
        "num_questions": 1,
        "model": "simulated/writer-fair",
        "solver_models": ["simulated/solver"],
    }
    test_id = (await tab.ask("POST", "/tests/generate", order))["id"]
    while (test := await tab.ask("GET", f"/tests/{test_id}"))["status"] in {"pending", "generating"}:
        pass
    assert test["status"] == "completed", test
    KNOWN.update(document_id=document["id"], test_id=test_id, question_id=test["questions"][0]["id"])
    FITTING["POST /tests/generate"] = order


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
            await _make_exam(tab)
            await _make_test(tab)
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
        yield ready.get(timeout=100)
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=20)
    KNOWN.clear()
    FITTING.clear()


def in_envelope(context: Any, response: Any, case: Any) -> None:
    """Every refusal, and nothing else, is in the envelope, and its id is in the header."""
    if response.status_code < 400:
        return
    error = response.json()["error"]
    assert set(error) == {"code", "message", "details", "correlation_id"}
    assert error["code"].isupper()
    assert error["message"]
    assert error["correlation_id"] == response.headers["x-request-id"][0]


WHOLE = hypothesis.settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


# Where ids are all that a request holds, there is a thing of that id or there is none.
ONLY_IDS = hypothesis.settings(WHOLE, max_examples=6)


@pytest.fixture(scope="module")
def connection() -> Iterator[requests.Session]:
    """One connection for all requests: to open one for each took longer than most answers."""
    with requests.Session() as session:
        yield session


# Not by the library's own parametrize: all its tests have one name, of which a parallel run keeps one test.
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize("label", LABELS)
def test_every_answer_is_as_described(
    label: str, mode: GenerationMode, operations: dict[str, Any], base_url: str, connection: requests.Session
) -> None:
    operation = operations[label]
    holds_more_than_ids = operation.body or operation.query or "{kind}" in operation.path
    if mode is GenerationMode.NEGATIVE and not holds_more_than_ids:
        return  # ids are any string: nothing that is given can be invalid

    statuses = set()

    @(WHOLE if holds_more_than_ids else ONLY_IDS)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        ask_for_what_is_there(case)
        response = case.call(base_url=base_url, session=connection, timeout=60)
        statuses.add(response.status_code)
        case.validate_response(response, checks=[*CHECKS, in_envelope])

    check()
    if mode is GenerationMode.POSITIVE and operation.label not in NEVER_SUCCEED:
        assert any(status < 300 for status in statuses), statuses


def test_refusals_are_described_in_the_envelope_everywhere():
    for path, operations in DESCRIPTION["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    shared = DESCRIPTION["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
                    found = shared["content"]["application/json"]["schema"]
                    assert found == {"$ref": "#/components/schemas/ErrorEnvelope"}, (method, path, status)


def test_what_else_an_answer_can_be_is_described():
    paths = DESCRIPTION["paths"]
    assert {"200", "202"} <= paths["/grade/single"]["post"]["responses"].keys()
    assert "304" in paths["/sessions/{session_id}"]["get"]["responses"]
    assert "text/event-stream" in paths["/sessions/{session_id}/events"]["get"]["responses"]["200"]["content"]

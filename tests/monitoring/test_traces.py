"""Traces: unimported where nobody asks for them; else spans that hold no secret and no text of a student."""

import asyncio
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from psycopg.conninfo import make_conninfo

from app.database.embedded import APP_ROLE
from app.main import Overrides, create_app
from app.monitoring.traces import Traces, wanted
from app.openrouter.http_client import open_http_client
from app.settings import Settings, SettingsError
from app.store.psycopg import PsycopgTransport
from tests.doors.conftest import API_KEY, ended, ready_session, sender, start

STUDENT = "Photosynthesis is what my cat does"
OFF = "import app.main, sys; print([m for m in sys.modules if m.startswith({names})])"
NAMES = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation", "opentelemetry.proto")


class Collector:
    """Takes what an exporter sends, as an OpenTelemetry collector does."""

    def __init__(self):
        self.bodies = bodies = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/v1/traces":
                    bodies.append(body)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self):
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span for one in requests for of in one.resource_spans for scope in of.scope_spans for span in scope.spans
        ]


@pytest.fixture
def collector(monkeypatch):
    for name in ("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield collector
    collector.close()


@pytest.fixture
async def traced(collector, database, openrouter, tmp_path):
    """Does `work` with the real app, and returns the spans that the collector got when the app has ended."""

    async def traced(work):
        http = httpx.AsyncClient(transport=httpx.MockTransport(openrouter.handle))
        transport = PsycopgTransport(make_conninfo(database, user=APP_ROLE))
        keys = {"openrouter_api_key": "sk-or-secret", "openrouter_base_url": openrouter.base_url, "api_keys": API_KEY}
        app = create_app(Settings(**keys, data_dir=tmp_path), Overrides(openrouter_http=http, transport=transport))
        async with app.router.lifespan_context(app):
            asgi = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
            async with httpx.AsyncClient(transport=asgi, base_url="http://127.0.0.1:8000") as client:
                await work(sender(client, API_KEY))
        return collector.spans

    return traced


def attributes(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_without_the_variables_nothing_of_it_is_imported():
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", OFF.format(names=NAMES)], env={"PATH": ""}, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("environ", "is_on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
    ],
)
def test_the_standard_variables_turn_traces_on_and_off(environ, is_on):
    assert wanted(environ) == is_on


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_what_cannot_be_exported_is_named(name, value):
    with pytest.raises(SettingsError) as refusal:
        wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", name: value})

    assert str(refusal.value).startswith(f"{name}: ")
    assert value in str(refusal.value)


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(SettingsError) as refusal:
        Traces()

    assert "pip install 'secondmark[traces]'" in str(refusal.value)


async def test_a_run_is_one_trace_from_the_request_to_openrouter_and_the_database(traced, openrouter):
    openrouter.marks = {"1": 1}
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"

    async def work(send):
        session_id = await ready_session(send)
        body = {"session_id": session_id, "models": [{"name": "a/b"}]}
        headers = {"traceparent": parent, "baggage": "name=my-cat"}
        assert (await send("POST", "/grade/single", json=body, headers=headers)).status_code == 202
        await ended(send, session_id)
        await send("GET", "/health")

    spans = await traced(work)

    ours = [span for span in spans if span.trace_id.hex() == "ab" * 16]
    names = {span.name for span in ours}
    assert {"POST /grade/single", "postgres start_grading", "postgres record_calls", "POST"} <= names
    [request] = [span for span in ours if span.name == "POST /grade/single"]
    assert attributes(request)["http.response.status_code"] == 202
    assert request.parent_span_id.hex() == "cd" * 8
    assert not [span for span in spans if "/health" in span.name]
    assert "POST /sessions" in {span.name for span in spans}
    asked = openrouter.requests[0].headers
    assert asked["traceparent"].startswith(f"00-{'ab' * 16}-")
    assert "baggage" not in asked


async def test_the_client_of_openrouter_is_traced_over_its_own_transport(collector):
    traces, http = Traces(), open_http_client(limit=1)
    traces.start([http])

    assert (await http.send(http.build_request("POST", f"{collector.address}/other?token=signed-secret"))).is_success
    await http.aclose()
    await traces.close()

    [span] = collector.spans
    assert span.name == "POST"
    assert attributes(span)["http.status_code"] == 200
    assert b"signed-secret" not in collector.bodies[-1]


async def test_no_span_holds_a_secret_or_what_a_student_or_a_model_wrote(traced, collector, database, openrouter):
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"code": 400, "message": STUDENT}})

    async def work(send):
        session_id = await ready_session(send)
        question = {"question_id": "1", "max_marks": 1, "text": STUDENT, "answer": STUDENT}
        body = {"session_id": session_id, "questions": [question]}
        assert (await send("POST", "/questions/config", json=body)).status_code == 200
        await start(send, session_id, {"name": "a/b", "instance_id": STUDENT})
        await ended(send, session_id)
        await send("GET", "/images/file/2026-11/x.png?token=signed-secret&name=my-cat")
        await send("GET", f"/my-cat/{STUDENT}")
        await asyncio.to_thread(refused)

    def refused():
        with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="cat"):
            connection.execute("select %s::uuid", [STUDENT])

    spans = await traced(work)

    assert len(spans) > 20
    assert any(event.attributes for span in spans for event in span.events), "the refused statement is not there"
    for body in collector.bodies:
        for secret in (STUDENT, "my-cat", "cat does", "signed-secret", API_KEY, "sk-or-secret", "Bearer"):
            assert secret.encode() not in body

"""OpenTelemetry traces, on where the standard variables of OpenTelemetry ask for them. Off, nothing of it is imported.

What libraries note about requests and statements may hold tokens, names and students' text. Before a span leaves this
process, everything is taken out of it but the fields of one list.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.monitoring.about import CORRELATION_ID, now_about
from app.settings import SettingsError

if TYPE_CHECKING:
    import httpx
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"
# They hold no address, query, header, body or parameter. A statement of ours has its values apart.
_SHOWN = frozenset(
    {
        *("http.request.method", "http.response.status_code", "http.route", "http.method", "http.status_code"),
        *("url.scheme", "http.scheme", "server.address", "server.port", "net.peer.name", "net.peer.port", "http.host"),
        CORRELATION_ID,
        *("db.system", "db.system.name", "db.name", "db.namespace", "db.operation.name", "error.type"),
    }
)
_STATEMENTS = ("db.query.text", "db.statement")
_FUNCTION = re.compile(r"select public\.([a-z_0-9]+)\(")
# Asked every few seconds by whoever watches the server.
_UNTRACED = ("/health", "/metrics")


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the standard variables ask for traces. Raises SettingsError for an exporter that there is none of."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter == "none":
        return False
    if exporter not in {"", "otlp"}:
        raise SettingsError(f"OTEL_TRACES_EXPORTER: {exporter!r} is not supported; set otlp or none")
    is_on = exporter == "otlp" or any(environ.get(name, "").strip() for name in _ENDPOINTS)
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _HTTP)
    if is_on and protocol != _HTTP:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_PROTOCOL: {protocol!r} is not supported; set {_HTTP}")
    return is_on


class Traces:
    """The spans of one application: its requests, its requests to other services, its statements.

    Raises SettingsError where the packages of the extra `traces` are missing.
    """

    def __init__(self) -> None:
        try:
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - imported only where traces are on
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - the same
        except ImportError:
            raise SettingsError(
                f"{_ENDPOINTS[1]}: traces need more packages: pip install 'secondmark[traces]'"
            ) from None
        named = Resource({"service.name": os.environ.get("OTEL_SERVICE_NAME") or "secondmark"})
        self.provider: TracerProvider = TracerProvider(resource=Resource.create().merge(named), shutdown_on_exit=False)

    @classmethod
    def if_wanted(cls) -> "Traces | None":
        return cls() if wanted(os.environ) else None

    def start(self, clients: Iterable["httpx.AsyncClient | None"]) -> None:
        """Sends spans from now on; also those of these clients and of every connection to Postgres."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - the same
        from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor  # noqa: PLC0415 - the same
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415 - the same
        from opentelemetry.propagate import set_global_textmap  # noqa: PLC0415 - the same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the same
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - the same

        if not os.environ.get("OTEL_PROPAGATORS"):
            # Not the baggage: a client of ours would write headers to OpenRouter.
            set_global_textmap(TraceContextTextMapPropagator())
        self.provider.add_span_processor(naming_requests())
        self.provider.add_span_processor(BatchSpanProcessor(discreet(OTLPSpanExporter())))
        for client in clients:
            if client is not None:
                HTTPXClientInstrumentor.instrument_client(client, tracer_provider=self.provider)
        PsycopgInstrumentor().instrument(tracer_provider=self.provider)

    async def close(self) -> None:
        """Send what is left."""
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415 - the same

        PsycopgInstrumentor().uninstrument()
        await asyncio.to_thread(self.provider.shutdown)


@asynccontextmanager
async def traced(traces: Traces | None, clients: Iterable["httpx.AsyncClient | None"]) -> AsyncIterator[None]:
    """Sends spans inside the block, where traces are on; after it, what is left of them."""
    if traces is None:
        yield
        return
    traces.start(clients)
    try:
        yield
    finally:
        await traces.close()


def telemetry(traces: Traces | None) -> Any:
    """FastAPI's setting: spans of requests where traces are on, nothing else. Without it FastAPI would look for a
    provider at each request, which took 7 % of a poll.
    """
    off = {"tracing": False, "metrics": False, "logs": False}
    if traces is None:
        return off
    spans = {"tracing": True, "tracer_provider": traces.provider, "operation_spans": False}
    return off | spans | {"exclude": lambda scope: scope.get("path", "").startswith(_UNTRACED)}


def naming_requests() -> "SpanProcessor":
    """Gives each span the correlation id of the request that it serves, in whatever process."""
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415 - imported only where traces are on

    class NamingRequests(SpanProcessor):
        def on_start(self, span: "Span", parent_context: "Context | None" = None) -> None:  # noqa: ARG002 - not needed
            if (correlation_id := now_about().get(CORRELATION_ID)) is not None:
                span.set_attribute(CORRELATION_ID, correlation_id)

    return NamingRequests()


def discreet(exporter: "SpanExporter") -> "SpanExporter":
    """An exporter that hands on spans without what may be secret or personal."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415 - the same

    class Discreet(SpanExporter):
        def export(self, spans: Iterable["ReadableSpan"]) -> SpanExportResult:
            return exporter.export([_discreet(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30000) -> bool:
            return exporter.force_flush(timeout_millis)

    return Discreet()


def _discreet(span: "ReadableSpan") -> "ReadableSpan":
    """The span with the fields that may be shown; of an exception its type. A call of a function is named by it."""
    from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: PLC0415 - the same
    from opentelemetry.trace import Status  # noqa: PLC0415 - the same

    given = span.attributes or {}
    statement = next((str(given[name]) for name in _STATEMENTS if name in given), "")
    called = _FUNCTION.match(statement)
    events = [
        Event(one.name, {"exception.type": str(one.attributes["exception.type"])}, one.timestamp)
        for one in span.events
        if one.attributes and "exception.type" in one.attributes
    ]
    return ReadableSpan(
        name=f"postgres {called[1]}" if called else "postgres" if statement else span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in given.items() if name in _SHOWN},
        events=events,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )

"""The application: its middleware, its routes, and how its parts start and stop."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import BaseRoute

from app import __version__, error_handlers
from app.assembly import NO_OVERRIDES, Https, Overrides, user_tokens
from app.credentials import Credentials
from app.database.embedded import EmbeddedPostgres
from app.middleware import Access, BodyLimit, Cors, KeysOnce, LastResort, OwnNamesOnly, RequestContext, ResponseHeaders
from app.monitoring.metrics import Metrics
from app.monitoring.traces import Traces, telemetry, traced
from app.names import ServerNames
from app.openapi import DescribedApi
from app.routers import (
    desk,
    exams,
    experiments,
    grade,
    health,
    images,
    metrics,
    models,
    overview,
    pages,
    questions,
    results,
    sessions,
    stats,
    trust,
    waiting,
)
from app.routers import documents as documents_router
from app.routers import settings as settings_router
from app.routers import tests as tests_router
from app.routers.polls import Polls
from app.running import running
from app.settings import Settings

# These paths carry a permission in their token, or protect nothing.
UPLOADS = "/images/upload/"
OPEN_PATHS = ("/health", "/health/live", "/health/ready", pages.SIGN_IN)
OPEN_PREFIXES = (UPLOADS, "/images/file/", f"{pages.STATIC_PATH}/")
DESCRIPTIONS = ("/docs", "/openapi.json")
# Response headers that a page of another origin may read.
EXPOSED_HEADERS = (
    *("Retry-After", "X-Request-ID", "ETag", "Location", "Content-Disposition"),
    *("X-Test-Status", "X-Test-Questions"),
)


def create_app(
    settings: Settings | None = None,
    overrides: Overrides = NO_OVERRIDES,
    embedded: EmbeddedPostgres | None = None,
) -> FastAPI:
    """The application. It connects in its lifespan, not here. `embedded` is a database that is already starting."""
    settings = settings or Settings.read()
    https = Https(settings, overrides)
    traces = Traces.if_wanted()
    app = DescribedApi(
        title="Secondmark",
        version=__version__,
        summary="A second marker for exams.",
        # FastAPI's own pages load their scripts from another host.
        docs_url=None,
        redoc_url=None,
        lifespan=lambda app: _lifespan(app, settings, overrides, https, embedded),
        telemetry=telemetry(traces),
    )
    error_handlers.install(app)
    waiting.install(app)
    app.state.metrics = Metrics()
    app.state.traces = traces
    app.state.credentials = Credentials(settings.api_keys, user_tokens(settings, https.jwks))
    add_middleware(app, settings, app.state.credentials, app.state.metrics)
    app.router.routes.extend(_routes())
    pages.mount_files(app)
    return app


def add_middleware(app: FastAPI, settings: Settings, credentials: Credentials, metrics: Metrics) -> None:
    # The middleware that is added last sees a request first.
    app.add_middleware(Polls)
    app.add_middleware(KeysOnce)
    app.add_middleware(BodyLimit, streamed=UPLOADS)
    app.add_middleware(
        Access,
        credentials=credentials,
        allow_anonymous=settings.allow_anonymous,
        # The description of the API is no secret; without keys it stays on this machine as everything does.
        open_paths=(*OPEN_PATHS, *(DESCRIPTIONS if credentials else ())),
        open_prefixes=OPEN_PREFIXES,
        sign_in=pages.SIGN_IN,
    )
    if not credentials:
        app.add_middleware(OwnNamesOnly, names=ServerNames.of(settings))
    app.add_middleware(LastResort)
    app.add_middleware(
        Cors,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED_HEADERS,
    )
    app.add_middleware(ResponseHeaders)
    app.add_middleware(RequestContext, served=metrics.served)


def _routes() -> Iterator[BaseRoute]:
    """In the order in which they are tried, so the polled route comes first."""
    for router in (
        sessions.router,
        documents_router.router,
        tests_router.router,
        exams.router,
        overview.router,
        images.router,
        questions.router,
        grade.router,
        results.router,
        stats.router,
        settings_router.router,
        models.router,
        health.router,
        metrics.router,
        images.signed_router,
        trust.session_router,
        trust.exam_router,
        desk.router,
        desk.session_router,
        experiments.router,
        pages.router,
    ):
        yield from router.routes


@asynccontextmanager
async def _lifespan(
    app: FastAPI,
    settings: Settings,
    overrides: Overrides,
    https: Https,
    embedded: EmbeddedPostgres | None,
) -> AsyncIterator[None]:
    clients = (https.jwks, https.openrouter, https.supabase)
    async with (
        traced(app.state.traces, clients),
        running(settings, overrides, https, app.state.metrics, embedded) as parts,
    ):
        app.state.parts = parts
        yield


app = create_app()

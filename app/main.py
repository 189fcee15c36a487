"""The application: its middleware, its routes, and how its parts start and stop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from app import __version__, error_handlers
from app.assembly import NO_OVERRIDES, Https, Overrides, assemble, user_tokens
from app.credentials import Credentials
from app.database.connect import Database
from app.database.embedded import EmbeddedPostgres
from app.errors import AppError
from app.grading.orphans import keep_removing
from app.middleware import Access, BodyLimit, KeysOnce, LastResort, OwnNamesOnly, RequestContext, ResponseHeaders
from app.monitoring.metrics import Metrics
from app.names import ServerNames
from app.openapi import DescribedApi, described_router
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
from app.settings import Settings
from app.store.leases import LeaseStore
from app.store.transport import Transport
from app.work.background import Background
from app.work.holder import Holder, Releases
from app.work.launcher import InlineLauncher

# These paths carry a permission in their token, or protect nothing.
UPLOADS = "/images/upload/"
OPEN_PATHS = ("/health", "/health/ready", pages.SIGN_IN)
OPEN_PREFIXES = (UPLOADS, "/images/file/", f"{pages.STATIC_PATH}/")
DESCRIPTIONS = ("/docs", "/openapi.json")
# Response headers that a page of another origin may read.
EXPOSED_HEADERS = (
    *("Retry-After", "X-Request-ID", "ETag", "Location", "Content-Disposition"),
    *("X-Test-Status", "X-Test-Questions"),
)
# Grace at shutdown: for running calls, then for background tasks.
FINISH_SECONDS = 4.0
TIDY_SECONDS = 2.0


def create_app(
    settings: Settings | None = None,
    overrides: Overrides = NO_OVERRIDES,
    embedded: EmbeddedPostgres | None = None,
) -> FastAPI:
    """The application. It connects in its lifespan, not here. `embedded` is a database that is already starting."""
    settings = settings or Settings.read()
    https = Https(settings, overrides)
    app = DescribedApi(
        title="Secondmark",
        version=__version__,
        summary="A second marker for exams.",
        # FastAPI's own pages load their scripts from another host.
        docs_url=None,
        redoc_url=None,
        lifespan=lambda app: _lifespan(app, settings, overrides, https, embedded),
        # Nothing is exported. The check at each request took 7 % of a poll.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    error_handlers.install(app)
    waiting.install(app)
    app.state.metrics = Metrics()
    app.state.credentials = Credentials(settings.api_keys, user_tokens(settings, https.jwks))
    _add_middleware(app, settings, app.state.credentials, app.state.metrics)
    app.router.routes.extend(_routes())
    pages.mount_files(app)
    return app


def _add_middleware(app: FastAPI, settings: Settings, credentials: Credentials, metrics: Metrics) -> None:
    # The middleware that is added last sees a request first.
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
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED_HEADERS,
    )
    app.add_middleware(ResponseHeaders)
    app.add_middleware(RequestContext, served=metrics.served)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """What every app of this process serves. FastAPI prepares routes at the first request, for half a second."""
    api = described_router()
    # The router tries routes in this order, so the polled route comes first.
    for module in (
        sessions,
        documents_router,
        tests_router,
        exams,
        overview,
        images,
        questions,
        grade,
        results,
        stats,
        settings_router,
        models,
        health,
        metrics,
    ):
        api.include_router(module.router)
    for router in (
        images.signed_router,
        trust.session_router,
        trust.exam_router,
        desk.router,
        desk.session_router,
        experiments.router,
        pages.router,
    ):
        api.include_router(router)
    return tuple(api.routes)


@asynccontextmanager
async def _lifespan(
    app: FastAPI,
    settings: Settings,
    overrides: Overrides,
    https: Https,
    embedded: EmbeddedPostgres | None,
) -> AsyncIterator[None]:
    # The stack closes what was opened, in the opposite order, even after a start that failed half way.
    async with AsyncExitStack() as leaving:
        for http in (https.jwks, https.openrouter, https.supabase):
            if http is not None:
                leaving.push_async_callback(http.aclose)
        database = Database(settings, https.supabase, overrides.transport, embedded)
        leaving.push_async_callback(database.close)
        # Left after all work has ended: until then nobody may take it over.
        holder = Holder(settings.data_dir / "processes")
        leaving.callback(holder.close)
        background = Background()
        leaving.push_async_callback(background.drain, TIDY_SECONDS)
        transport = await database.open(background)
        metrics = app.state.metrics
        parts = app.state.parts = assemble(settings, overrides, https, transport, background, holder.name, metrics)
        if parts.learned_rates is not None:
            await parts.learned_rates.load()
            leaving.push_async_callback(parts.learned_rates.save_if_possible)
            background.start(parts.learned_rates.keep_saving(), name="store learned rate limits", endless=True)
        leaving.push_async_callback(_stop, parts.launchers)
        leaving.push_async_callback(parts.analyses.close)
        await _release_dead_leases(transport, background)
        background.start(
            keep_removing(parts.uploads, parts.storage), name="remove uploads that nobody registered", endless=True
        )
        for launcher in parts.launchers:
            launcher.start()
        yield


async def _release_dead_leases(transport: Transport, background: Background) -> None:
    """Before the launchers look for work, and from then on every second."""
    releases = Releases(LeaseStore(transport))
    with suppress(AppError):  # the loop tries again
        await releases.release()
    background.start(releases.keep_releasing(), name="give the work of dead processes free", endless=True)


async def _stop(launchers: Sequence[InlineLauncher]) -> None:
    """Give running calls some seconds. The others stay pending in the database for the next process."""
    for launcher in launchers:
        launcher.close()
    await asyncio.gather(*(launcher.wait(FINISH_SECONDS) for launcher in launchers))
    for launcher in launchers:
        launcher.abandon()


app = create_app()

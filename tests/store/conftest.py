"""A database of functions with which every kind of answer and failure can be had, behind both transports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest

from app.store.embedded import EmbeddedPostgres
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.transport import Transport

FUNCTIONS = """
create function public.ping(args jsonb) returns jsonb language sql as $$ select '{"ok": true}'::jsonb $$;
create function public.echo(args jsonb) returns jsonb language sql as $$ select args $$;
create function public.nothing(args jsonb) returns jsonb language sql as $$ select null::jsonb $$;
create function public.to_integer(args jsonb) returns jsonb language sql as $$ select to_jsonb((args ->> 'x')::int) $$;
create function public.fail(args jsonb) returns jsonb language plpgsql as $$
begin
  raise exception using errcode = args ->> 'state', message = args ->> 'message',
    detail = coalesce(args ->> 'detail', ''), hint = coalesce(args ->> 'hint', '');
end $$;
create sequence public.hang_ups;
create function public.hang_up(args jsonb) returns jsonb language plpgsql security definer as $$
begin
  if nextval('public.hang_ups') > (args ->> 'times')::int then return '"answered"'; end if;
  perform pg_terminate_backend(pg_backend_pid());
  return null;
end $$;
"""


@pytest.fixture(scope="session")
def probes(cluster: EmbeddedPostgres) -> str:
    """The conninfo of a database that holds `FUNCTIONS`."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("create database probes")
    with psycopg.connect(cluster.conninfo("probes"), autocommit=True) as connection:
        connection.execute(FUNCTIONS)
    return cluster.conninfo("probes")


@pytest.fixture(scope="session")
def probes_rest(serve_postgrest: Callable[[str], AbstractContextManager[Any]], probes: str) -> Iterator[Any]:
    with serve_postgrest(probes) as server:
        yield server


@pytest.fixture(params=["psycopg", "postgrest"])
async def probe(request: pytest.FixtureRequest, probes: str) -> AsyncIterator[Transport]:
    """Each of the two transports to the probes."""
    async with httpx.AsyncClient() as http:
        if request.param == "psycopg":
            opened: Transport = PsycopgTransport(probes)
        else:
            server = request.getfixturevalue("probes_rest")
            opened = PostgrestTransport(server.url, server.key, http)
        await opened.open()
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that tests may stop and kill, with a `ping`."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("own"))
    server.start()
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(FUNCTIONS)
    yield server
    server.stop()


@pytest.fixture
def outage(own_cluster: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The same, running again after the test."""
    yield own_cluster
    own_cluster.start()


@pytest.fixture
def answers_again() -> Callable[[Transport], Awaitable[bool]]:
    """Whether a transport finds its database again within a few seconds."""

    async def answers_again(transport: Transport) -> bool:
        deadline = monotonic() + 10
        while monotonic() < deadline:
            if await transport.ping():
                return True
        return False

    return answers_again

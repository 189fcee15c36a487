"""A call that fails because the database is of another version says which one it has and which one is needed."""

from contextlib import AsyncExitStack

import httpx
import psycopg
import pytest

from app import __version__
from app.database.check import check_over, check_record
from app.database.migrate import migrate
from app.store.migrations import FIRST, MigrationError, newest_version
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.transport import StoreError
from app.store.versions import database_version
from tests.database.released import make_database

NEEDED = rf"Secondmark {__version__} needs .*{newest_version()}"


@pytest.fixture(params=["psycopg", "postgrest"])
async def scratch(request, scratch_database):
    """A database, and what opens a transport to it as it is then."""
    async with AsyncExitStack() as stack:

        async def open_transport():
            transport = PsycopgTransport(scratch_database)
            if request.param == "postgrest":
                server = stack.enter_context(request.getfixturevalue("serve_postgrest")(scratch_database))
                http = await stack.enter_async_context(httpx.AsyncClient())
                transport = PostgrestTransport(server.url, server.key, http)
            await transport.open()
            stack.push_async_callback(transport.close)
            return transport

        yield scratch_database, open_transport


async def test_a_database_of_0_1_0_is_named_with_the_version_that_is_needed(scratch):
    conninfo, open_transport = scratch
    make_database(conninfo)
    transport = await open_transport()

    with pytest.raises(StoreError, match=rf"has version 0\.1\.0 .*{NEEDED}.*: run `secondmark migrate`") as caught:
        await transport.call("from_the_future", {})

    assert caught.value.sqlstate in {"42883", "PGRST202"}
    with pytest.raises(MigrationError, match=r"has version 0\.1\.0"):
        await check_over(transport)


async def test_a_database_without_anything_of_ours_is_called_empty(scratch):
    _, open_transport = scratch
    transport = await open_transport()

    with pytest.raises(StoreError, match="database is empty: run `secondmark migrate`"):
        await transport.call("session_progress", {})


async def test_a_newer_database_asks_for_the_newer_program(scratch):
    conninfo, open_transport = scratch
    migrate(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute("comment on function public.ping(jsonb) is 'migration 99990101000000'")
        connection.execute("drop function public.list_sessions(jsonb)")
    transport = await open_transport()

    with pytest.raises(StoreError, match=rf"migration 99990101000000.*{NEEDED}.*: install the newer Secondmark"):
        await transport.call("list_sessions", {})


async def test_a_database_of_this_version_that_lacks_a_function_is_told_how_to_get_it_back(scratch):
    conninfo, open_transport = scratch
    migrate(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute("drop function public.list_sessions(jsonb)")
    transport = await open_transport()

    with pytest.raises(StoreError, match=r"a part of it is missing: run `secondmark migrate --rebuild`"):
        await transport.call("list_sessions", {})


async def test_an_upgraded_database_says_its_version_and_fits(scratch):
    conninfo, open_transport = scratch
    make_database(conninfo)
    migrate(conninfo)
    transport = await open_transport()

    assert await database_version(transport.call) == newest_version()
    await check_over(transport)
    check_record(conninfo)


def test_a_database_that_has_to_be_migrated_is_refused_by_its_record(scratch_database):
    with pytest.raises(MigrationError, match="database is empty"):
        check_record(scratch_database)
    make_database(scratch_database)
    with pytest.raises(MigrationError, match=rf"has version 0\.1\.0 \(migration {FIRST}\)"):
        check_record(scratch_database)


def test_a_database_that_is_away_is_not_refused():
    assert check_record("host=127.0.0.1 port=9 dbname=x connect_timeout=1") is None

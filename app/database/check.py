"""Checks, before anything is served, that a database that others migrate fits this program."""

import asyncio
import logging

import httpx
import psycopg
from psycopg import errors

from app.database.migrate import DatabaseAwayError, connected
from app.database.record import pending, recorded
from app.errors import AppError
from app.settings import Settings
from app.store.migrations import (
    MigrationError,
    migrations_directory,
    newest_version,
    read_migrations,
    versions_apart,
)
from app.store.postgrest import PostgrestTransport
from app.store.transport import Transport
from app.store.versions import database_version

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5


def check_record(conninfo: str) -> None:
    """Raises MigrationError for a database that needs an upgrade, or that other migration files made.

    A database that does not answer, or whose record this user may not read, passes.
    """
    ours = read_migrations(migrations_directory())
    try:
        with connected(conninfo, connect_timeout=CONNECT_SECONDS) as connection:
            new, newest = pending(connection, ours), max(recorded(connection), default=None)
    except (DatabaseAwayError, errors.InsufficientPrivilege, psycopg.OperationalError) as error:
        log.warning("the version of the database could not be read (%s)", type(error).__name__)
        return
    if new:
        raise MigrationError(versions_apart(newest))


def check_reached(settings: Settings) -> None:
    """`check_record` of DATABASE_URL, else `check_over` Supabase's REST interface."""
    if settings.database_url is not None:
        check_record(settings.database_url.get_secret_value())
    elif settings.supabase_url and settings.supabase_service_role_key:
        asyncio.run(_check_rest(settings.supabase_url, settings.supabase_service_role_key.get_secret_value()))


async def _check_rest(url: str, key: str) -> None:
    async with httpx.AsyncClient(timeout=CONNECT_SECONDS) as http:
        transport = PostgrestTransport(url, key, http)
        await transport.open()
        await check_over(transport)


async def check_over(transport: Transport) -> None:
    """Raises MigrationError for a database of another version, where only functions can be called.

    A database that does not answer, or refuses the key, passes: each request will name the trouble.
    """
    try:
        found = await database_version(transport.call)
    except AppError as error:
        log.warning("the version of the database could not be read (%s)", type(error).__name__)
        return
    if found != newest_version():
        raise MigrationError(versions_apart(found))

"""Which database the settings ask for, and keeping the embedded one alive."""

import asyncio
import logging

import httpx

from app.database.check import check_over, check_record
from app.database.embedded import EmbeddedPostgres
from app.database.queue_schema import check_queue
from app.database.upgrade import start_migrated
from app.settings import Settings
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.queued import QueuedTransport
from app.store.transport import Transport
from app.work.background import Background

log = logging.getLogger(__name__)

SUPERVISE_SECONDS = 1.0


class Database:
    """`open()` gives the transport; the embedded Postgres is started, migrated and brought back when it dies."""

    def __init__(
        self,
        settings: Settings,
        supabase_http: httpx.AsyncClient | None,
        transport: Transport | None = None,
        embedded: EmbeddedPostgres | None = None,
    ) -> None:
        self._settings = settings
        self._http = supabase_http
        self._transport = transport
        self._embedded = embedded

    async def open(self, background: Background) -> Transport:
        """Raises MigrationError for a database that is reachable and of another version than the program."""
        if self._transport is not None:
            await self._transport.open()
            return self._transport
        self._transport = await self._connect(background)
        await self._transport.open()
        if self._embedded is None:
            await check_over(self._transport)
        return self._transport

    async def _connect(self, background: Background) -> Transport:
        settings = self._settings
        if settings.database_url is not None:
            conninfo = settings.database_url.get_secret_value()
            await asyncio.to_thread(check_record, conninfo)
            if settings.has_queue:
                await asyncio.to_thread(check_queue, conninfo)
                return QueuedTransport(PsycopgTransport(conninfo))
            return PsycopgTransport(conninfo)
        if settings.supabase_url and settings.supabase_service_role_key and self._http is not None:
            key = settings.supabase_service_role_key.get_secret_value()
            return PostgrestTransport(settings.supabase_url, key, self._http)
        self._embedded = self._embedded or EmbeddedPostgres(settings.data_dir)
        await asyncio.to_thread(start_migrated, self._embedded)
        background.start(self._supervise(self._embedded), name="supervise the embedded Postgres", endless=True)
        return PsycopgTransport(self._embedded.app_conninfo)

    async def _supervise(self, embedded: EmbeddedPostgres) -> None:
        while True:
            await asyncio.sleep(SUPERVISE_SECONDS)
            try:
                if await asyncio.to_thread(embedded.ensure_running):
                    log.warning("the embedded Postgres had died and was started again")
            except Exception:
                # This loop must survive every error: nothing else restarts the server.
                log.exception("the embedded Postgres cannot be started")

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.close()
        if self._embedded is not None:
            await asyncio.to_thread(self._embedded.stop)

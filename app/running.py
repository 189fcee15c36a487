"""Starts and stops the parts of a process that works: a server, or a worker without one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from app.assembly import Https, Overrides, assemble
from app.database.connect import Database
from app.database.embedded import EmbeddedPostgres
from app.dependencies import Parts
from app.errors import AppError
from app.grading.orphans import keep_removing
from app.monitoring.metrics import Metrics
from app.settings import Settings
from app.store.leases import LeaseStore
from app.store.transport import Transport
from app.work.background import Background
from app.work.holder import Holder, Releases
from app.work.launcher import Launcher

# Grace at shutdown: for running calls, then for background tasks.
FINISH_SECONDS = 4.0
TIDY_SECONDS = 2.0


@asynccontextmanager
async def running(
    settings: Settings,
    overrides: Overrides,
    https: Https,
    metrics: Metrics,
    embedded: EmbeddedPostgres | None = None,
    *,
    finish_seconds: float | None = None,
) -> AsyncIterator[Parts]:
    """The parts, connected and at work until the block ends; then running calls have `finish_seconds` left (None:
    FINISH_SECONDS).
    """
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
        parts = assemble(settings, overrides, https, transport, background, holder.name, metrics)
        if parts.learned_rates is not None:
            await parts.learned_rates.load()
            leaving.push_async_callback(parts.learned_rates.save_if_possible)
            background.keep(parts.learned_rates.keep_saving, name="store learned rate limits")
        if parts.heartbeat is not None:
            leaving.push_async_callback(parts.heartbeat.leave)
        grace = FINISH_SECONDS if finish_seconds is None else finish_seconds
        leaving.push_async_callback(_stop, parts.launchers, grace)
        leaving.push_async_callback(parts.analyses.close)
        await _release_dead_leases(transport, background)
        background.start(
            keep_removing(parts.uploads, parts.storage), name="remove uploads that nobody registered", endless=True
        )
        await _join_workers(parts, background)
        for launcher in parts.launchers:
            launcher.start()
        yield parts


async def _join_workers(parts: Parts, background: Background) -> None:
    if parts.heartbeat is not None:
        # Before it takes work: the beat says how much this worker may do.
        await parts.heartbeat.beat_if_possible()
        background.keep(parts.heartbeat.keep_beating, name="say that this worker lives")
    if parts.wakeups is not None:
        background.keep(parts.wakeups.keep_listening, name="hear of new work")


async def _release_dead_leases(transport: Transport, background: Background) -> None:
    """Before the launchers look for work, and from then on every second."""
    releases = Releases(LeaseStore(transport))
    with suppress(AppError):  # the loop tries again
        await releases.release()
    background.keep(releases.keep_releasing, name="give the work of dead processes free")


async def _stop(launchers: Sequence[Launcher], finish_seconds: float) -> None:
    """Give running calls some seconds. The others stay pending in the database for the next process."""
    for launcher in launchers:
        launcher.close()
    await asyncio.gather(*(launcher.wait(finish_seconds) for launcher in launchers))
    for launcher in launchers:
        launcher.abandon()

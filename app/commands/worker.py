"""`secondmark worker`: takes work from the queue, beside any number of other workers. It serves nothing but its health
and metrics.
"""

import asyncio
import platform
import signal
from contextlib import AsyncExitStack

from uvicorn.loops.auto import auto_loop_factory

from app.assembly import NO_OVERRIDES, Https
from app.commands.errors import FAILED, CommandError
from app.commands.garbage import spare_the_living
from app.commands.worker_health import answering, listening
from app.monitoring.metrics import Metrics
from app.monitoring.traces import Traces, traced
from app.running import running
from app.schemas.health import short_name
from app.settings import Settings
from app.store.migrations import MigrationError

# The database may be away for minutes. After so long a supervisor had better start another process.
SILENT_SECONDS = 300.0
LOOK_SECONDS = 1.0


def work(settings: Settings) -> int:
    """Work until a signal ends it; 1 if it can work no longer. Raises CommandError if it cannot begin."""
    if not settings.has_queue:
        raise CommandError("QUEUE: set it to procrastinate, here and for the web process, to use workers.")
    if settings.openrouter_api_key is None:
        raise CommandError("OPENROUTER_API_KEY: a worker needs this key to ask models. Set it (see .env.example).")
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            return runner.run(_work(settings.model_copy(update={"queue_worker": True})))
    except MigrationError as error:
        raise CommandError(str(error)) from None


async def _work(settings: Settings) -> int:
    told_to_end = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told_to_end.set)
    https = Https(settings, NO_OVERRIDES)
    traces = Traces.if_wanted()
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listening(settings))
        await stack.enter_async_context(traced(traces, (https.jwks, https.openrouter, https.supabase)))
        working = running(settings, NO_OVERRIDES, https, Metrics(), finish_seconds=settings.worker_grace_seconds)
        parts = await stack.enter_async_context(working)
        heartbeat = parts.heartbeat
        assert heartbeat is not None  # noqa: S101 - the settings say that this process takes work
        address = await stack.enter_async_context(answering(settings, parts, listener, https.jwks))
        spare_the_living()
        known = f"Worker {short_name(heartbeat.worker)} on {platform.node()}"
        print(f"{known} takes work. Health and metrics: {address}", flush=True)
        while not told_to_end.is_set():
            if heartbeat.silent_seconds > SILENT_SECONDS:
                print(f"The database has not answered for {SILENT_SECONDS:.0f} s: this worker ends.", flush=True)
                return FAILED
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await told_to_end.wait()
            except TimeoutError:
                continue
        print("This worker takes no more work and finishes its running calls.", flush=True)
    return 0

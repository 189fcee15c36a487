"""Storing what must not be lost: a database that is away is asked again for as long as this process lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.errors import UpstreamUnavailableError

T = TypeVar("T")

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.0


async def until_answered(
    ask: Callable[[], Awaitable[T]], what: str, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """The answer, however long the database is away. Other errors are raised: asking again would not help."""
    while True:
        try:
            return await ask()
        except UpstreamUnavailableError as error:
            log.warning("%s waits for the database: %s", what, error)
            await sleep(WAIT_SECONDS)

"""The one policy for a database that is away or refuses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.errors import UpstreamUnavailableError
from app.store.transport import DataError, StoreError

T = TypeVar("T")

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0
# A refusal may pass, for example while a migration replaces a function. A longer one is permanent.
REFUSED_SECONDS = 60.0


async def until_answered(
    ask: Callable[[], Awaitable[T]], what: str, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """Repeat `ask` until the database answers, and return the answer; `what` names the work in the log.

    While the database is away, it is asked for as long as the process lives. While it refuses (StoreError), it is asked
    for a minute, and then that StoreError is raised. Every other error, such as DataError or NotFoundError, is raised
    at once, because a repeat would give the same.
    """
    wait, refused = FIRST_WAIT_SECONDS, 0.0
    while True:
        try:
            return await ask()
        except DataError:
            raise
        except StoreError as error:
            if refused >= REFUSED_SECONDS:
                raise
            refused += wait
            log.warning("%s waits, the database refuses: %s", what, error)
        except UpstreamUnavailableError as error:
            log.warning("%s waits for the database: %s", what, error)
        await sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)

"""The one policy for a database that does not take or give what a run needs."""

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
# A refusal may pass, such as a function that a migration is replacing. One that lasts longer than this is permanent.
REFUSED_SECONDS = 60.0


async def until_answered(
    ask: Callable[[], Awaitable[T]], what: str, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """The answer to `ask`; `what` names the work in the log.

    A database that is away is asked for as long as this process lives; one that refuses (StoreError), for a minute.
    Raises that StoreError afterwards, and every other error at once: DataError, NotFoundError and their like would
    come back unchanged.
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

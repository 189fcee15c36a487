"""Calls under a lease. No call starts unless this process holds the lease and the work still goes on."""

import asyncio
from collections.abc import Callable

from app.openrouter.call import CallResult, CompletionRequest, Exchange, Phase
from app.openrouter.client import OpenRouterClient
from app.work.lease import Tenure


async def ask_under_lease(
    client: OpenRouterClient,
    tenure: Tenure,
    request: CompletionRequest,
    *,
    on_phase: Callable[[Phase], None],
    exchanges: list[Exchange],
    affordable: Callable[[], bool] = lambda: True,
) -> CallResult:
    """Make one call and return its result. Every HTTP request of it is added to `exchanges` as soon as it ends.
    `affordable` is asked before each; once it says no, the last failure is final.

    A failure that every other call of the account would meet as well stops the work. Raises CancelledError if the work
    ended before the call was made.
    """
    while True:
        on_phase(Phase.QUEUED)
        await tenure.until_good()
        permit = _Permit(tenure.may_ask, affordable)
        result = await client.complete(request, on_phase=on_phase, keep_going=permit, exchanges=exchanges)
        if not permit.refused:
            break
        if tenure.ended:
            # The call was never made: the caller sees the same as after an interruption in the queue.
            raise asyncio.CancelledError
    if result.failure is not None and result.failure.account_fatal:
        tenure.stop(result.failure.message)
    return result


class _Permit:
    """Says whether a request may be made. `refused`: the last one may not, for the lease or the end of the work."""

    def __init__(self, may_ask: Callable[[], bool], affordable: Callable[[], bool]) -> None:
        self._may_ask = may_ask
        self._affordable = affordable
        self.refused = False

    def __call__(self) -> bool:
        self.refused = not self._may_ask()
        return not self.refused and self._affordable()

"""Calls under a lease: none is begun while it is uncertain whose the work is, none after the work has ended."""

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
) -> CallResult:
    """The call's result. Raises CancelledError where the work ended before the call was made.

    A failure that every other call of the account would meet as well stops the work.
    """
    while True:
        on_phase(Phase.QUEUED)
        await tenure.until_good()
        permit = _Permit(tenure.may_ask)
        result = await client.complete(request, on_phase=on_phase, keep_going=permit, exchanges=exchanges)
        if not permit.refused:
            break
        if tenure.ended:
            # No end of its own: the same as being interrupted while it was queued.
            raise asyncio.CancelledError
    if result.failure is not None and result.failure.account_fatal:
        tenure.stop(result.failure.message)
    return result


class _Permit:
    """Says whether a request may be made, and remembers whether it last said no."""

    def __init__(self, may_ask: Callable[[], bool]) -> None:
        self._may_ask = may_ask
        self.refused = False

    def __call__(self) -> bool:
        self.refused = not self._may_ask()
        return not self.refused

"""A client that counts its calls and requests for /metrics."""

import time
from collections.abc import Callable
from typing import Any

from app.marks.reasons import Reason
from app.monitoring.metrics import SUCCEEDED, Metrics
from app.openrouter.call import CallResult, CompletionRequest, Exchange, Phase
from app.openrouter.client import OpenRouterClient
from app.openrouter.limits import FairLimiter


class MeteredClient(OpenRouterClient):
    """An OpenRouterClient with `metrics`. Every argument but that is its own."""

    def __init__(self, *arguments: Any, metrics: Metrics, limiter: FairLimiter, **options: Any) -> None:
        super().__init__(*arguments, limiter=limiter, **options)
        self._metrics = metrics
        # When each call that waits for its turn began to wait, the oldest first (a dict keeps the order of insertion).
        self._queue: dict[object, float] = {}
        metrics.watch_queue(lambda: limiter.in_flight, self._queue.__len__, self._age)

    async def complete(
        self,
        request: CompletionRequest,
        *,
        on_phase: Callable[[Phase], None] = lambda _: None,
        keep_going: Callable[[], bool] = lambda: True,
        exchanges: list[Exchange] | None = None,
    ) -> CallResult:
        """As of OpenRouterClient."""
        exchanges = [] if exchanges is None else exchanges
        known, ticket = len(exchanges), object()

        def watched(phase: Phase) -> None:
            if phase is Phase.QUEUED:
                self._queue[ticket] = time.monotonic()
            else:
                self._queue.pop(ticket, None)
            on_phase(phase)

        outcome = Reason.CANCELLED.value
        try:
            result = await super().complete(request, on_phase=watched, keep_going=keep_going, exchanges=exchanges)
            outcome = SUCCEEDED if result.failure is None else result.failure.reason.value
        finally:
            self._queue.pop(ticket, None)
            self._count(request.model, outcome, exchanges[known:])
        return result

    def _count(self, model: str, outcome: str, exchanges: list[Exchange]) -> None:
        for one in exchanges:
            is_limited = one.outcome.reason is Reason.RATE_LIMITED
            cost = one.answer.usage.cost_usd
            self._metrics.request_ended(model, one.status, one.latency_seconds, is_limited=is_limited, cost_usd=cost)
        # A call that its caller holds back is made later, or cancelled as one of a run that ended.
        if outcome != Reason.HELD_BACK or exchanges:
            self._metrics.call_ended(model, outcome)

    def _age(self) -> float:
        oldest = next(iter(self._queue.values()), None)
        return 0.0 if oldest is None else time.monotonic() - oldest

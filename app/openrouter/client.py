"""One completion from OpenRouter, however many HTTP requests it takes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx

from app.marks.model import Json
from app.marks.reasons import Reason
from app.openrouter.call import (
    HELD_BACK,
    CallResult,
    CompletionRequest,
    Exchange,
    Failure,
    Phase,
    completed,
    encode_body,
    failed,
    gave_up,
)
from app.openrouter.classify import Classified, classify, classify_exception
from app.openrouter.limits import FairLimiter, ModelGates
from app.openrouter.retry import Accept, CallHistory, Decision, GiveUp, Retry, RetryPolicy, decide

__all__ = ["CallResult", "CompletionRequest", "Exchange", "Failure", "OpenRouterClient", "Phase"]

_CONNECT_SECONDS = 10
_GROWTH_OF_MAX_TOKENS = 2


class OpenRouterClient:
    """Asks OpenRouter under one limiter and one set of gates. Failure is a value; only cancellation is raised.

    Every HTTP request, its body included, ends within `call_timeout_seconds`. A call as a whole ends within
    `policy.max_requests` of those and their backoffs, plus `policy.rate_limit_wait_seconds` and what the rate-limited
    requests themselves took; time in the queue for a slot or a gate comes on top.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        api_key: str,
        limiter: FairLimiter,
        gates: ModelGates,
        policy: RetryPolicy,
        call_timeout_seconds: float,
        referer: str | None = None,
        title: str | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._url = httpx.URL(base_url.rstrip("/") + "/chat/completions")
        self._api_key = api_key
        self._limiter = limiter
        self._gates = gates
        self._policy = policy
        self._deadline_seconds = call_timeout_seconds
        timeout = httpx.Timeout(call_timeout_seconds, connect=min(_CONNECT_SECONDS, call_timeout_seconds))
        self._extensions = {"timeout": timeout.as_dict()}
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._draw = draw
        self._headers = httpx.Headers(http.headers)
        self._headers.update(_own_headers(api_key, referer, title))

    async def complete(
        self,
        request: CompletionRequest,
        *,
        on_phase: Callable[[Phase], None] = lambda _: None,
        keep_going: Callable[[], bool] = lambda: True,
        exchanges: list[Exchange] | None = None,
    ) -> CallResult:
        """`keep_going` is asked before every request: once it says no, the last failure is final; a call that was not
        sent yet comes back held back. `exchanges` gathers the evidence as it comes, for a caller that may be cancelled.
        """
        on_phase(Phase.QUEUED)
        call = _Call(request, [] if exchanges is None else exchanges)
        while (outcome := await self._send_in_turn(call, on_phase, keep_going)) is not None:
            decision = self._decide(outcome, call)
            if isinstance(decision, Accept):
                return completed(call.exchanges)
            if isinstance(decision, GiveUp):
                return failed(call.exchanges, decision.remark)
            if not keep_going():
                break
            on_phase(Phase.WAITING)
            await self._wait(call, outcome, decision)
        return failed(call.exchanges) if call.exchanges else gave_up((), HELD_BACK)

    async def _send_in_turn(
        self, call: "_Call", on_phase: Callable[[Phase], None], keep_going: Callable[[], bool]
    ) -> Classified | None:
        """Sends once the model's gate is open and a slot is free; None when there is no going on by then."""
        model = call.request.model
        while True:
            await self._gates.wait(model)
            async with self._limiter.slot(call.request.key):
                if not keep_going():
                    return None
                # While this call queued for a slot, another one may have been told to slow down.
                if self._gates.is_open(model):
                    on_phase(Phase.RUNNING)
                    return await self._exchange(call)

    async def _exchange(self, call: "_Call") -> Classified:
        at, started = self._clock(), self._monotonic()
        status = None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                response = await self._http.send(self._build(call), follow_redirects=False)
            status = response.status_code
            outcome = classify(status, response.headers, response.content, self._clock(), secret=self._api_key)
        except (httpx.HTTPError, TimeoutError) as error:
            outcome = classify_exception(error)
        if status is not None and outcome.reason is not Reason.RATE_LIMITED:
            self._gates.answered(call.request.model)
        latency = self._monotonic() - started
        call.exchanges.append(Exchange(at, latency, status, outcome))
        return outcome

    def _build(self, call: "_Call") -> httpx.Request:
        # Not http.build_request: merging the client's headers anew for every request costs 0.1 ms.
        headers = self._headers
        if call.request.headers:
            headers = httpx.Headers(call.request.headers)
            headers.update(self._headers)
        return httpx.Request("POST", self._url, headers=headers, content=call.encoded(), extensions=self._extensions)

    def _decide(self, outcome: Classified, call: "_Call") -> Decision:
        return decide(
            outcome,
            call.history,
            self._policy,
            draw=self._draw(),
            model_limited_seconds=self._gates.limited_seconds(call.request.model),
            can_grow=call.larger_max_tokens() is not None,
        )

    async def _wait(self, call: "_Call", outcome: Classified, retry: Retry) -> None:
        call.history = call.history.after(outcome, retry.decided_seconds)
        if retry.pause_seconds is not None:
            self._gates.pause(call.request.model, retry.pause_seconds)
        if retry.more_room:
            call.grow()
        if retry.wait_seconds:
            await self._sleep(retry.wait_seconds)


class _Call:
    """What changes while a call is on its way."""

    def __init__(self, request: CompletionRequest, exchanges: list[Exchange]) -> None:
        self.request = request
        self.history = CallHistory()
        self.exchanges = exchanges
        self._encoded = request.encoded

    def encoded(self) -> bytes:
        if self._encoded is None:
            self._encoded = encode_body(self.request.body)
        return self._encoded

    def larger_max_tokens(self) -> int | None:
        """None where the body has no `max_tokens` or the model allows no more."""
        now: Json = self.request.body.get("max_tokens")
        if not isinstance(now, int):
            return None
        limit = self.request.output_limit
        larger = now * _GROWTH_OF_MAX_TOKENS if limit is None else min(now * _GROWTH_OF_MAX_TOKENS, limit)
        return larger if larger > now else None

    def grow(self) -> None:
        self.request = replace(self.request, body={**self.request.body, "max_tokens": self.larger_max_tokens()})
        self._encoded = None


def _own_headers(api_key: str, referer: str | None, title: str | None) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        # The response cache ignores temperature: all tries of a model would be its first one.
        "X-OpenRouter-Cache": "false",
    }
    optional = {"HTTP-Referer": referer, "X-Title": title}
    return headers | {name: value for name, value in optional.items() if value}

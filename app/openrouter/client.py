"""One completion from OpenRouter, however many HTTP requests it takes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from app.marks.model import Json
from app.marks.reasons import Reason
from app.openrouter.breaker import Breaker, Breakers
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
from app.openrouter.classify import Classified, OutcomeKind, classify, classify_exception
from app.openrouter.gates import ModelGates
from app.openrouter.http_client import Posts
from app.openrouter.limits import FairLimiter
from app.openrouter.messages import SHORTEST_SECRET
from app.openrouter.pace import Sent
from app.openrouter.parameters import NOTHING, Adaptations
from app.openrouter.reply import window_of
from app.openrouter.retry import Accept, CallHistory, Decision, GiveUp, Retry, RetryPolicy, decide

__all__ = ["CallResult", "CompletionRequest", "Exchange", "Failure", "OpenRouterClient", "Phase"]

_CONNECT_SECONDS = 10
# Sessions of an exam begin one after the other. If the account was refused, sessions that begin so soon send nothing.
_REFUSED_FOR_SECONDS = 5.0
_GROWTH_OF_MAX_TOKENS = 2
# Refusals that a parameter may have caused.
_ABOUT_THE_REQUEST = frozenset({Reason.BAD_REQUEST, Reason.NOT_FOUND, Reason.TOO_LONG, Reason.FORBIDDEN})


class OpenRouterClient:
    """Asks OpenRouter under one limiter and one set of gates. Failure is a value; only cancellation is raised.

    Every HTTP request, its body included, ends within `call_timeout_seconds`. A call as a whole ends within the time of
    `policy.max_requests` requests and their backoffs, plus `policy.rate_limit_wait_seconds`, plus the duration of the
    rate-limited requests. The time in the queue for a permit or a gate is added to that.
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
        self._api_key = api_key
        self._limiter = limiter
        self._gates = gates
        self._policy = policy
        self._deadline_seconds = call_timeout_seconds
        timeout = httpx.Timeout(call_timeout_seconds, connect=min(_CONNECT_SECONDS, call_timeout_seconds))
        url = base_url.rstrip("/") + "/chat/completions"
        self._posts = Posts(http, url, _own_headers(api_key, referer, title), timeout)
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._draw = draw
        self._adaptations = Adaptations()
        self._refusal: _AccountRefusal | None = None

    async def complete(
        self,
        request: CompletionRequest,
        *,
        on_phase: Callable[[Phase], None] = lambda _: None,
        keep_going: Callable[[], bool] = lambda: True,
        exchanges: list[Exchange] | None = None,
    ) -> CallResult:
        """The client asks `keep_going` before every request. After a no, the last failure is final; a call without any
        request returns as held back. Each exchange is added to `exchanges` as soon as it ends, for a caller that may be
        cancelled.
        """
        on_phase(Phase.QUEUED)
        call = _Call(request, [] if exchanges is None else exchanges, self._adaptations, self._gates.clock())
        result = None
        try:
            result = await self._ask(call, on_phase, keep_going)
        finally:
            call.ended(self._gates.breakers, result)
        return result

    async def _ask(
        self, call: "_Call", on_phase: Callable[[Phase], None], keep_going: Callable[[], bool]
    ) -> CallResult:
        while (outcome := await self._send_in_turn(call, on_phase, keep_going)) is not None:
            if call.adapt(outcome):
                continue
            decision = self._decide(outcome, call)
            if isinstance(decision, Accept):
                return completed(call.exchanges)
            if isinstance(decision, GiveUp):
                return self._given_up(call, outcome, decision)
            if not keep_going():
                break
            on_phase(Phase.WAITING)
            await self._wait(call, outcome, decision)
        return call.ended_early()

    def _given_up(self, call: "_Call", outcome: Classified, decision: GiveUp) -> CallResult:
        result = failed(call.exchanges, decision.remark)
        if result.failure is not None and result.failure.account_fatal:
            now = self._gates.clock()
            self._refusal = _AccountRefusal(now, result.failure, {call.request.key: now})
        if decision.limit_is_too_long and result.failure is not None:
            ends = datetime.fromtimestamp(self._clock() + (outcome.wait_seconds or 0), UTC)
            message = f"{result.failure.message} The limit ends at {ends:%Y-%m-%d %H:%M} UTC."
            self._gates.block(call.request.model, message)
            return gave_up(call.exchanges, replace(result.failure, message=message))
        return result

    async def _send_in_turn(
        self, call: "_Call", on_phase: Callable[[Phase], None], keep_going: Callable[[], bool]
    ) -> Classified | None:
        """Wait for the model's gate and a permit, then send. None if the call must not go on when its turn comes."""
        model, breakers = call.request.model, self._gates.breakers
        while True:
            if not call.probed:
                await breakers.probe_ended(model, call.request.key)
            turn = await self._gates.turn(model)
            try:
                async with self._limiter.permit(call.request.key):
                    if (
                        not keep_going()
                        or call.is_blocked(self._gates)
                        or call.is_stopped(self._refusal, self._gates.clock())
                    ):
                        return None
                    if not call.may_leave(breakers):
                        continue
                    call.sent = turn.leave()
                    if call.sent is not None:
                        call.leave(breakers)
                        on_phase(Phase.RUNNING)
                        try:
                            return await self._exchange(call)
                        finally:
                            self._gates.back(model)
            finally:
                turn.close()

    def _is_hopeless(self, call: "_Call") -> bool:
        return call.is_blocked(self._gates) or call.is_stopped(self._refusal, self._gates.clock())

    async def _exchange(self, call: "_Call") -> Classified:
        at, started = self._clock(), self._monotonic()
        status, body = None, b""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                status, headers, body = await self._posts.send(call.encoded(), call.request.headers)
            outcome = classify(status, headers, body, self._clock(), secret=self._api_key)
            if outcome.kind is OutcomeKind.COMPLETED and (window := window_of(headers, self._clock())) is not None:
                self._gates.note_window(call.request.model, window, call.sent)
        except (httpx.HTTPError, TimeoutError) as error:
            outcome = classify_exception(error)
        if status is not None and outcome.reason is not Reason.RATE_LIMITED:
            self._gates.answered(call.request.model, call.sent, is_error=outcome.kind is not OutcomeKind.COMPLETED)
        latency = self._monotonic() - started
        call.exchanges.append(Exchange(at, latency, status, outcome, self._without_key(body), call.notes()))
        return outcome

    def _without_key(self, body: bytes) -> bytes:
        """The reply without the API key, in case it quotes the key: the stored reply must not hold it."""
        key = self._api_key.encode()
        return body.replace(key, b"[key]") if len(key) >= SHORTEST_SECRET else body

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
        waited = retry.decided_seconds
        if retry.more_room:
            call.grow()
        if retry.pause_seconds is not None and call.sent is not None:
            self._gates.refused(call.request.model, call.sent, outcome.wait_seconds)
            if retry.wait_seconds:
                waited = await self._gates.rest(call.request.model, retry.wait_seconds)
        elif retry.wait_seconds:
            await self._sleep(retry.wait_seconds)
        call.history = call.history.after(outcome, waited)


@dataclass(frozen=True, slots=True)
class _AccountRefusal:
    """When and how OpenRouter refused the account last. `stopped` says when it stopped which session."""

    at: float
    failure: Failure
    stopped: dict[str, float]

    def stops(self, key: str, began_at: float, now: float) -> bool:
        """Whether a call of the session `key` would get the same refusal. A session that begins anew after it was
        stopped asks again: somebody may have added credit.
        """
        if key in self.stopped:
            return began_at < self.stopped[key]
        is_stopped = began_at <= self.at + _REFUSED_FOR_SECONDS
        if is_stopped:
            self.stopped[key] = now
        return is_stopped


class _Call:
    """The changing state of a call. `began_at` is on the gates' clock."""

    def __init__(
        self, request: CompletionRequest, exchanges: list[Exchange], adaptations: Adaptations, began_at: float
    ) -> None:
        self.request = request
        self.history = CallHistory(unread=request.unread)
        self.exchanges = exchanges
        self.sent: Sent | None = None
        self._adaptations = adaptations
        self._began_at = began_at
        self._encoded = request.encoded
        self._sent_with = NOTHING
        self._stopped_by: Failure | None = None
        self._is_sent = False
        self.probed: tuple[Breaker, ...] = ()

    def encoded(self) -> bytes:
        """The request's body without the parameters that the model is known to refuse."""
        self._sent_with = self._adaptations.of(self.request.model)
        if self._sent_with is not NOTHING:
            return encode_body(self._sent_body())
        if self._encoded is None:
            self._encoded = encode_body(self.request.body)
        return self._encoded

    def _sent_body(self) -> dict[str, Json]:
        return self._sent_with.apply(self.request.body)

    def notes(self) -> tuple[str, ...]:
        """Notes on what the last request left out."""
        if self._sent_with is NOTHING:
            return ()
        return tuple(self._sent_with.notes(self.request.model, self.request.body))

    def adapt(self, outcome: Classified) -> bool:
        """Whether the refusal of a request names a parameter; the next request leaves it out or lowers it."""
        if outcome.affordable_tokens is not None:
            return self._afford(outcome.affordable_tokens)
        if outcome.reason not in _ABOUT_THE_REQUEST:
            return False
        return self._adaptations.learn(self.request.model, outcome.refusal, self._sent_body())

    def _afford(self, tokens: int) -> bool:
        asked: Json = self.request.body.get("max_tokens")
        if not isinstance(asked, int) or not self.request.least_tokens <= tokens < asked:
            return False
        self._ask_with(tokens)
        return True

    def is_blocked(self, gates: ModelGates) -> bool:
        """Whether the model is rate limited for too long, or fails every call."""
        limit = gates.blocked(self.request.model, self._began_at)
        if limit is not None:
            self._stopped_by = Failure(Reason.RATE_LIMITED, limit)
        elif not self.probed:
            self._stopped_by = gates.breakers.failure(self.request.model, self.request.key)
        return self._stopped_by is not None

    def is_stopped(self, refusal: "_AccountRefusal | None", now: float) -> bool:
        """Whether OpenRouter refused the account since this call began, or just before."""
        if refusal is not None and not self.exchanges and refusal.stops(self.request.key, self._began_at, now):
            self._stopped_by = refusal.failure
        return self._stopped_by is not None

    def may_leave(self, breakers: Breakers) -> bool:
        """Whether no other call is out as a probe of the model."""
        return bool(self.probed) or not breakers.is_probing(self.request.model, self.request.key)

    def leave(self, breakers: Breakers) -> None:
        """Notes that a request is sent now."""
        self._is_sent = True
        if not self.probed:
            self.probed = breakers.leave(self.request.model, self.request.key)

    def ended(self, breakers: Breakers, result: CallResult | None) -> None:
        """Tells the breakers how the call ended; None stands for a cancelled call."""
        if self._is_sent:
            failure = HELD_BACK if result is None else result.failure
            breakers.ended(self.request.model, self.request.key, self.probed, failure)

    def ended_early(self) -> CallResult:
        """The result of a call that its caller or its model's gate stopped."""
        stop = self._stopped_by
        if self.exchanges and (stop is None or stop.reason is not Reason.RATE_LIMITED):
            return failed(self.exchanges)
        return gave_up(self.exchanges, stop or HELD_BACK)

    def larger_max_tokens(self) -> int | None:
        """None where the body has no `max_tokens` or the model allows no more."""
        now: Json = self.request.body.get("max_tokens")
        if not isinstance(now, int):
            return None
        limits = (self.request.output_limit, self._adaptations.of(self.request.model).most_tokens)
        larger = min([now * _GROWTH_OF_MAX_TOKENS, *(limit for limit in limits if limit is not None)])
        return larger if larger > now else None

    def grow(self) -> None:
        larger = self.larger_max_tokens()
        if larger is not None:
            self._ask_with(larger)

    def _ask_with(self, max_tokens: int) -> None:
        self.request = replace(self.request, body={**self.request.body, "max_tokens": max_tokens})
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

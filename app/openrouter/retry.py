"""Decides whether a call is tried once more, and when. Pure; the loop is in the client."""

from dataclasses import dataclass

from app.marks.reasons import Reason
from app.openrouter.classify import Classified, OutcomeKind


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`max_requests` limits the number of requests that failed or were cut. A rate-limited request is no failure: such
    requests are limited by time, all their waits together by `rate_limit_wait_seconds`. A Retry-After above
    `retry_after_cap_seconds` ends the call. `no_backoff` sets every wait to 0 without changing a decision, for tests.
    """

    max_requests: int = 3
    rate_limit_wait_seconds: float = 900
    retry_after_cap_seconds: float = 120
    backoff_base_seconds: float = 1
    backoff_cap_seconds: float = 30
    no_backoff: bool = False


@dataclass(frozen=True, slots=True)
class CallHistory:
    """The history of a call before the exchange that is judged."""

    failures: int = 0
    rate_limits: int = 0
    rate_limit_seconds: float = 0
    deadlines: int = 0
    truncations: int = 0
    # Answers that could not be used, including those of an earlier call for the same marks.
    unread: int = 0

    def after(self, outcome: Classified, wait_seconds: float) -> "CallHistory":
        """The history with `outcome` and the decided wait added."""
        limited = outcome.reason is Reason.RATE_LIMITED
        return CallHistory(
            failures=self.failures + (not limited),
            rate_limits=self.rate_limits + limited,
            rate_limit_seconds=self.rate_limit_seconds + (wait_seconds if limited else 0),
            deadlines=self.deadlines + (outcome.reason is Reason.DEADLINE),
            truncations=self.truncations + (outcome.reason is Reason.OUT_OF_OUTPUT_TOKENS),
            unread=self.unread + outcome.is_unread,
        )


@dataclass(frozen=True, slots=True)
class Accept:
    """The call is complete."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Ask again after `wait_seconds`. `decided_seconds` is the wait before `no_backoff` set it to 0; it counts against
    the policy. For `pause_seconds` no task may ask this model; `more_room` asks for a larger `max_tokens`.
    """

    wait_seconds: float
    decided_seconds: float
    pause_seconds: float | None = None
    more_room: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The call ends with the failure of this exchange. `remark` is a sentence for its message, or empty.

    `limit_is_too_long`: the model is limited for longer than any call waits.
    """

    remark: str = ""
    limit_is_too_long: bool = False


Decision = Accept | Retry | GiveUp

# A server may ask for almost no wait each time. With this minimum the allowed time still runs out.
_SHORTEST_RATE_LIMIT_WAIT = 0.1
# Long enough to spread the calls of several processes, short enough to use a renewed quota soon.
_RETRY_AFTER_JITTER = 0.1


def decide(
    outcome: Classified,
    history: CallHistory,
    policy: RetryPolicy,
    *,
    draw: float,
    model_limited_seconds: float = 0,
    can_grow: bool = True,
) -> Decision:
    """The decision after `outcome`. `draw` is a random number in [0, 1). `model_limited_seconds` is how long the model
    has answered all calls with 429 only. Without it, each of a thousand calls for a blocked model would have to use up
    its own time. `can_grow` says that the model has more room.
    """
    if outcome.kind is not OutcomeKind.RETRYABLE:
        return Accept() if outcome.kind is OutcomeKind.COMPLETED else GiveUp()
    if outcome.wait_seconds is not None and outcome.wait_seconds > (cap := policy.retry_after_cap_seconds):
        remark = f"It asks to wait {outcome.wait_seconds:.0f} s, the most allowed is {cap:.0f} s."
        return GiveUp(remark, limit_is_too_long=outcome.reason is Reason.RATE_LIMITED)
    if outcome.reason is Reason.RATE_LIMITED:
        waited = max(history.rate_limit_seconds, model_limited_seconds)
        return _wait_for_rate(_wait(outcome, history.rate_limits, policy, draw), waited, outcome, policy)
    if history.failures + 1 >= policy.max_requests or _is_hopeless(outcome, history, can_grow=can_grow):
        return GiveUp(f"It was asked {history.failures + 1} times." if history.failures else "")
    if outcome.reason is Reason.OUT_OF_OUTPUT_TOKENS:
        return Retry(0, 0, more_room=True)
    return _retry(_wait(outcome, history.failures, policy, draw), policy)


def _is_hopeless(outcome: Classified, history: CallHistory, *, can_grow: bool) -> bool:
    """Whether it is the second cut, the second answer that cannot be used, or the second deadline that ran out: each of
    these requests is billed.
    """
    if outcome.reason is Reason.OUT_OF_OUTPUT_TOKENS:
        return history.truncations > 0 or history.unread > 0 or not can_grow
    if outcome.is_unread:
        return history.unread > 0
    return outcome.reason is Reason.DEADLINE and history.deadlines > 0


def _wait_for_rate(wait: float, waited: float, outcome: Classified, policy: RetryPolicy) -> Decision:
    wait = max(wait, _SHORTEST_RATE_LIMIT_WAIT)
    if waited + wait > policy.rate_limit_wait_seconds:
        return GiveUp(f"It was still so after {waited:.0f} s of waiting.")
    return _retry(wait, policy, pause=outcome.wait_seconds or wait)


def _wait(outcome: Classified, earlier: int, policy: RetryPolicy, draw: float) -> float:
    """The wait that the server asked for and a little more. Without one: exponential backoff with full jitter."""
    if outcome.wait_seconds:
        return outcome.wait_seconds * (1 + _RETRY_AFTER_JITTER * draw)
    # 2 ** 30 is beyond every cap: the exponent is bounded because a rate-limited call may go on for long.
    ceiling = min(policy.backoff_cap_seconds, policy.backoff_base_seconds * 2.0 ** min(earlier, 30))
    return ceiling * draw


def _retry(wait: float, policy: RetryPolicy, pause: float | None = None) -> Retry:
    if policy.no_backoff:
        return Retry(0, wait, pause_seconds=None if pause is None else 0)
    return Retry(wait, wait, pause_seconds=pause)

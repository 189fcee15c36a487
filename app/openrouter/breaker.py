"""Stops asking a model whose calls end without an answer, one after the other. Pure: the caller passes the time."""

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from app.marks.reasons import Reason
from app.openrouter.call import Failure

# The breaker opens after so many calls in a row without an answer.
_FAILURES = 5
# For so long no call is sent; the first call after that is a probe.
_OPEN_SECONDS = 10.0

# The ends of a call that the next call would meet as well, or that cost money and brought nothing. An outage is none of
# them: it passes, and calls wait for that.
_LASTING = frozenset(
    {
        Reason.BAD_REQUEST,
        Reason.CONTENT_FILTER,
        Reason.DEADLINE,
        Reason.EMPTY_ANSWER,
        Reason.FORBIDDEN,
        Reason.IMAGE,
        Reason.MISCONFIGURED,
        Reason.NOT_FOUND,
        Reason.ONLY_THOUGHT,
        Reason.OUT_OF_OUTPUT_TOKENS,
        Reason.PROVIDER_ACCOUNT,
        Reason.REFUSED,
        Reason.REGION,
        Reason.TOO_EXPENSIVE,
        Reason.TOO_LONG,
    }
)


def is_lasting(failure: Failure) -> bool:
    """Whether the next call of the model would probably end the same way."""
    return failure.reason in _LASTING and not failure.account_fatal


@dataclass(slots=True, eq=False)
class Breaker:
    """Closed until `_FAILURES` calls in a row have failed, those of `least_keys` sessions among them. Then one call is
    sent as a probe while the others wait. An answer closes the breaker; another failure opens it for a while.
    """

    least_keys: int = 1
    is_probing: bool = False
    _last_keys: deque[str] = field(default_factory=lambda: deque(maxlen=_FAILURES))
    _open_until: float = -math.inf
    _failure: Failure | None = None

    @property
    def is_closed(self) -> bool:
        return len(self._last_keys) < _FAILURES or len(set(self._last_keys)) < self.least_keys

    def failure(self, now: float) -> Failure | None:
        """Why a call must fail without being sent; None if it need not."""
        return self._failure if now < self._open_until else None

    def leave(self) -> bool:
        """Notes that a call leaves now. Whether it is the probe."""
        self.is_probing = not self.is_closed
        return self.is_probing

    def answered(self) -> None:
        """Notes that a call got an answer."""
        self.is_probing = False
        self._last_keys.clear()
        self._open_until = -math.inf

    def failed(self, key: str, failure: Failure, now: float, *, is_probe: bool) -> None:
        """Notes that a call of the session `key` ended in a lasting failure."""
        self._last_keys.append(key)
        if is_probe:
            self.is_probing = False
            self._open_until = now + _OPEN_SECONDS
            self._failure = _not_asked(failure)

    def inconclusive(self, *, is_probe: bool) -> None:
        """Notes that a call ended in a way that says nothing of the model."""
        if is_probe:
            self.is_probing = False


def _not_asked(failure: Failure) -> Failure:
    message = f"Not asked, because the model's last {_FAILURES + 1} calls failed. The last one: {failure.message}"
    return Failure(failure.reason, message)


class Breakers:
    """A breaker per model, and one per model and session: a script that a model refuses stops its own calls only.
    `clock` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of_models: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(least_keys=2))
        # Only of sessions with a failure since their last answer.
        self._of_sessions: dict[tuple[str, str], Breaker] = {}
        self._a_probe_ended = asyncio.Event()

    def failure(self, model: str, key: str) -> Failure | None:
        """Why a call must fail without being sent; None if it need not."""
        failures = (breaker.failure(self._clock()) for breaker in self._both(model, key))
        return next((failure for failure in failures if failure is not None), None)

    def is_open(self, model: str) -> bool:
        """Whether calls of every session fail without being sent."""
        return model in self._of_models and self._of_models[model].failure(self._clock()) is not None

    def is_probing(self, model: str, key: str) -> bool:
        """Whether another call is out as a probe, so that this one must wait."""
        return any(breaker.is_probing for breaker in self._both(model, key))

    async def probe_ended(self, model: str, key: str) -> None:
        """Returns when no call is out as a probe."""
        while self.is_probing(model, key):
            await self._a_probe_ended.wait()

    def leave(self, model: str, key: str) -> tuple[Breaker, ...]:
        """Notes that a call leaves now. The breakers that it is the probe of."""
        return tuple(breaker for breaker in self._both(model, key) if breaker.leave())

    def ended(self, model: str, key: str, probed: tuple[Breaker, ...], failure: Failure | None) -> None:
        """Notes how a call ended that was sent; `failure` is None for an answer."""
        if failure is not None and is_lasting(failure):
            self._of_sessions.setdefault((model, key), Breaker())
        for breaker in self._both(model, key):
            is_probe = breaker in probed
            if failure is None:
                breaker.answered()
            elif is_lasting(failure):
                breaker.failed(key, failure, self._clock(), is_probe=is_probe)
            else:
                breaker.inconclusive(is_probe=is_probe)
        if failure is None:
            self._of_sessions.pop((model, key), None)
        if probed:
            ended, self._a_probe_ended = self._a_probe_ended, asyncio.Event()
            ended.set()

    def _both(self, model: str, key: str) -> tuple[Breaker, ...]:
        of_session = self._of_sessions.get((model, key))
        return (self._of_models[model],) if of_session is None else (self._of_models[model], of_session)

"""How fast one model takes calls, learned from what it admits and refuses. Pure: the caller passes the time."""

import math
from dataclasses import dataclass

# After a first refusal the model is asked again this soon; each further refusal in a row doubles the wait.
_FIRST_WAIT = 0.04
_LONGEST_WAIT = 30.0
# So many refusals in a row, and the server means the Retry-After that it names: nobody asks earlier.
_REFUSALS_IN_EARNEST = 4
# A refusal after so many calls tells the rate by counting them.
_ENOUGH_TO_COUNT = 8
_LEAST_COUNTED = 3
# Of the rate that is known to be too fast, the share that is used.
_BELOW_HIGH = 0.985
# So many calls without a refusal, and the rate begins to grow, twice as fast every few calls.
_STEADY = 20
# A slow model would take too long over so many calls.
_STEADY_SECONDS = 5.0
_GROWTH = 0.001
_GROWTH_DOUBLES = 4
# A send that is late by less than this share of an interval keeps to the plan: the next one is not late as well.
_LATE_SHARE = 0.15
# A call that was not refused in so many times the duration of a refusal was admitted.
_SETTLED = 3
_LEAST_SETTLED = 0.004
_SHORTEST_GAP = 1e-3
# A call that left this much before its interval was over says nothing of the rate when it is refused.
_EARLY = 0.93
# A rate that nobody uses up is not tried out by growing.
_MOST_ABOVE_USE = 1.5
# Growing can cost a refusal, and the refused call then waits: not with less work than this left, in seconds.
_LEAST_WORK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way: when it left, in which round between two refusals, and when the one before it left."""

    at: float
    round: int
    before: float


class Pace:
    """Unlimited until a first refusal; from then on one call after the other. All times are seconds on one clock.

    The rate lies between `_low`, at which calls went through, and `_high`, at which one did not.
    """

    def __init__(self, hint: float | None = None) -> None:
        self.rate = hint
        self.is_limited = hint is not None
        self.ready_at = -math.inf
        self.refusals = 0
        self._low = 0.0
        self._high: float | None = None
        self._round = 0
        self._in_round = 0
        # Between two calls that leave, lately.
        self._gap = 0.0
        self._doubts = 0
        self._reply_seconds = 0.0
        self._began = -math.inf
        self._last = -math.inf
        self._wait_asked = _LEAST_WORK_SECONDS

    def seconds_left(self, now: float) -> float:
        """For how long nobody may leave yet; 0 or less when the next call may."""
        if self.is_limited and self.rate is None and self._in_round and now >= self.ready_at:
            self._found(self._last - self._began)
        return self.ready_at - now

    def sent(self, now: float, waiting: int = 0) -> Sent:
        """Notes that a call leaves now and plans the next; `waiting` is how many calls of the model wait."""
        sent = Sent(now, self._round, self._last)
        gap, self._last = now - self._last, now
        if not self.is_limited:
            return sent
        self._in_round += 1
        if self.rate is None:
            # Whether it is admitted shows before the next one leaves.
            self.ready_at = now + max(_SETTLED * self._reply_seconds, _LEAST_SETTLED)
            return sent
        self._grow(gap, waiting)
        step = 1 / (self.rate or 1.0)
        late = now - self.ready_at
        self.ready_at = (self.ready_at if 0 <= late < _LATE_SHARE * step else now) + step
        return sent

    def refused(self, sent: Sent, now: float, wait_seconds: float | None) -> None:
        """Notes that a call was refused; `wait_seconds` is the Retry-After, None where the server names none.

        Of the calls that left before a refusal was known only the first refused one counts.
        """
        self._reply_seconds = max(now - sent.at, 0.9 * self._reply_seconds)
        if wait_seconds is not None:
            self._wait_asked = max(wait_seconds, _LEAST_WORK_SECONDS)
        if sent.round != self._round:
            return
        admitted = max(self._in_round - 1, 0)
        self.refusals = 1 if admitted else self.refusals + 1
        if self.rate is not None:
            self._slow_down(sent, admitted)
            self._began, self._last = sent.at, sent.before
        elif self.is_limited:
            self._high = 1 / max(sent.at - self._began, _SHORTEST_GAP)
        else:
            self._began = sent.at
        self.is_limited = True
        self._round += 1
        self._in_round = 0
        self.ready_at = now + self._pause(wait_seconds)

    def _pause(self, wait_seconds: float | None) -> float:
        if self.refusals >= _REFUSALS_IN_EARNEST and wait_seconds is not None:
            return wait_seconds
        first = _FIRST_WAIT if self.rate is None else 0.25 / self.rate
        return float(min(_LONGEST_WAIT, first * 2.0 ** min(self.refusals - 1, 30)))

    def _found(self, gap: float) -> None:
        """The first call in `gap` seconds was admitted: one in that time is possible, one in half of it was not."""
        self._low = 1 / max(gap, _SHORTEST_GAP)
        self.rate = self._low if self._high is None else math.sqrt(self._low * self._high)
        self.ready_at = max(self.ready_at, self._last + 1 / self.rate)

    def _grow(self, gap: float, waiting: int) -> None:
        rate = self.rate or 1.0
        if self._in_round == _STEADY:
            self._low = max(self._low, rate)
        self._gap = gap if self._in_round == 1 else 0.8 * self._gap + 0.2 * gap
        if rate * self._gap > _MOST_ABOVE_USE:
            return
        if self._high is None:
            self._low, self.rate = max(self._low, rate / 1.3), rate * 1.3
        elif waiting <= rate * self._wait_asked:
            return
        elif rate < 0.965 * self._high and self._in_round > 1:
            self._low = max(self._low, rate)
            self.rate = min(math.sqrt(rate * self._high), _BELOW_HIGH * self._high)
        elif (beyond := max(self._in_round - _STEADY, 4 * (self._last - self._began - _STEADY_SECONDS))) > 0:
            self.rate = rate * (1 + min(0.5, _GROWTH * 2 ** min(beyond / _GROWTH_DOUBLES, 30)))
            self._high = max(self._high, self.rate)

    def _slow_down(self, sent: Sent, admitted: int) -> None:
        rate = self.rate or 1.0
        gap = max(sent.at - sent.before, _SHORTEST_GAP)
        if gap * rate < _EARLY:
            return
        self._high = min(rate, max(1 / gap, rate / 2))
        counted = admitted / max(sent.at - self._began, _SHORTEST_GAP)
        is_contradicted = self._low >= 0.97 * self._high
        if is_contradicted:
            self._doubts += 1
        if self._doubts > 1 and admitted >= _LEAST_COUNTED:
            # A rate that was fine and is none: calls were saved up, and counting them tells the rate.
            self._high = min(self._high, counted * (1 + 1 / admitted))
        most = _BELOW_HIGH * self._high
        if admitted >= _ENOUGH_TO_COUNT or (self._doubts > 1 and admitted >= _LEAST_COUNTED):
            self.rate = min(max(counted, min(self._low, most) if not is_contradicted else 0.0), most)
            self._low = min(self._low, 0.97 * self.rate)
            return
        if is_contradicted:
            self._low = self._high * max(0.5, 1 - 0.04 * 2**self._doubts)
        self.rate = min(math.sqrt(self._low * self._high), most)

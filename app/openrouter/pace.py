"""How fast one model takes calls, learned from what it admits and refuses. Pure: the caller passes the time."""

import math
from collections import deque
from dataclasses import dataclass

# Seconds from a first refusal to the next call of the model; each further refusal in a row doubles them.
_FIRST_WAIT = 0.04
_LONGEST_WAIT = 30.0
# After so many refusals in a row the program obeys the server's Retry-After and asks no earlier.
_REFUSALS_TO_OBEY = 4
# From so many calls between two refusals on, the rate is these calls over their time.
_ENOUGH_TO_COUNT = 8
_LEAST_COUNTED = 3
# A hint is assumed to lie within this share of the limit.
_NEAR_HINT = 0.9
# The share of a refused rate that is used after its refusal.
_BELOW_HIGH = 0.99
# A trial begins after so many calls, or seconds, without a refusal; after each failed trial after twice as many calls.
_STEADY = 20
_MOST_PATIENCE = 80
_STEADY_SECONDS = 7.0
# The share of these calls that must have left before a trial, even after a long time.
_LEAST_OF_PATIENCE = 0.1
# The share by which the rate grows with the first call of a trial. It doubles every few calls, or every second.
_GROWTH = 0.005
_GROWTH_DOUBLES = 4
_MOST_GROWTH = 0.5
# The most that the rate may grow in a second, in calls a second: the refusal of a call arrives some calls later.
_MOST_ADDED = 2.5
# A trial that reaches this multiple of the rate before it has shown that the limit has risen.
_RISEN = 1.3
# If so many calls of a trial went through faster than those before it by this factor, the next ones leave almost as
# fast: at this share of the trial's rate.
_LEAST_RECENT = 5
_CLEARLY_MORE = 1.1
_BELOW_RECENT = 0.95
# After a failed trial the rate moves by this share of the way (on a logarithmic scale) to the lowest rate that was
# refused since the limit last rose.
_UP = 0.4
# After a failed trial, the share of the rate before it that counts as admitted.
_PROVEN = 0.98
# A refusal contradicts the rate that went through if that rate is above this share of the refused one.
_CONTRADICTS = 0.985
# The pause after a refusal, as a share of an interval: while the rate is sought, and once it is known.
_LONG_PAUSE = 0.25
_SHORT_PAUSE = 0.12
# The least error of a count: calls arrive a little earlier or later than they leave.
_COUNTED_WITHIN = 0.03
# A call that leaves late by less than this share of an interval does not delay the next one.
_LATE_SHARE = 0.15
# A call counts as admitted if no refusal came within this multiple of the time that a refusal takes.
_SETTLED = 3
_LEAST_SETTLED = 0.004
_SHORTEST_GAP = 1e-3
# The refusal of a call that left before this share of its interval says nothing about the rate.
_LEAST_OF_INTERVAL = 0.93
# A trial needs calls that use the rate up: at most this many intervals between two of them.
_MOST_ABOVE_USE = 1.5
# A trial can cost a refusal. It begins only if more work than this is left, in seconds.
_LEAST_WORK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way: when it left, in which round between two refusals, and when the one before it left.

    `others` is the number of the model's calls that were on their way when it left.
    """

    at: float
    round: int
    before: float
    others: int = 0


class Pace:
    """Unlimited until a first refusal; from then on one call after the other. All times are seconds on one clock.

    The rate lies between `_low`, at which calls went through, and `_high`, at which one did not. Once the rate is
    settled, a trial from time to time tests whether the model admits more. `hint` is a rate that held before a restart.
    """

    def __init__(self, hint: float | None = None) -> None:
        self.rate = hint
        self.is_limited = hint is not None
        self.ready_at = -math.inf
        self.refusals = 0
        self._low = 0.0 if hint is None else _NEAR_HINT * hint
        self._high = None if hint is None else hint / _BELOW_HIGH
        self._round = 0
        self._in_round = 0
        # How many intervals lie between two calls that left lately: 1 if they use the rate up.
        self._use = 0.0
        self._doubts = 0
        # The lowest rate since the limit last rose at which a call was refused.
        self._refuted: float | None = None
        self._reply_seconds = 0.0
        self._began = -math.inf
        self._last = self._before = -math.inf
        self._is_settled = False
        # The calls, and the time, since the rate last changed.
        self._held, self._held_since = 0, -math.inf
        self._patience = _STEADY
        # The trial that is under way: its calls, when it began, the rate before it, when the last calls left.
        self._in_trial, self._tried_since = 0, -math.inf
        self._base = hint or 0.0
        self._recent: deque[float] = deque(maxlen=_ENOUGH_TO_COUNT)
        # (calls admitted before, time): calls are counted from this time on.
        self._admitted = 0
        self._counted_from = (0, -math.inf)

    @property
    def steady(self) -> float | None:
        """The rate that is known to hold; during a trial the rate before it."""
        return self._base if self._in_trial else self.rate

    def continue_at(self, rate: float) -> None:
        """Go on at another rate, such as another share of the model's limit. The known bounds of the limit change by
        the same factor.
        """
        known = self.steady
        if known is None:
            self._low, self._high = _NEAR_HINT * rate, rate / _BELOW_HIGH
        else:
            change = rate / known
            self._low *= change
            self._high = None if self._high is None else self._high * change
            self._refuted = None if self._refuted is None else self._refuted * change
        self.is_limited, self.rate, self._base = True, rate, rate
        self._recent.clear()
        self._counted_from = (self._admitted + self._in_round, self._last)
        self._held, self._held_since, self._in_trial = 0, self._last, 0
        if self._in_round:
            # Else the last call was refused, and the pause after it stays.
            self.ready_at = self._last + 1 / rate

    @property
    def admits(self) -> bool:
        """Whether the rate is known and the last calls were not all refused."""
        return self.rate is not None and self.refusals < _REFUSALS_TO_OBEY

    def seconds_left(self, now: float) -> float:
        """The seconds until the next call may leave; 0 or less if it may leave now."""
        if self.is_limited and self.rate is None and self._in_round and now >= self.ready_at:
            self._found(self._last - self._began)
        return self.ready_at - now

    def sent(self, now: float, waiting: int = 0) -> Sent:
        """Notes that a call leaves now and plans the next; `waiting` is how many calls of the model wait."""
        sent = Sent(now, self._round, self._last)
        self._before, self._last = self._last, now
        gap = now - self._before
        if not self.is_limited:
            return sent
        self._in_round += 1
        if self._counted_from[1] == -math.inf:
            self._counted_from = (self._admitted, now)
        if self.rate is None:
            # Whether it is admitted shows before the next one leaves.
            self.ready_at = now + max(_SETTLED * self._reply_seconds, _LEAST_SETTLED)
            return sent
        self._speed_up(gap, waiting)
        step = 1 / (self.rate or 1.0)
        late = now - self.ready_at
        self.ready_at = (self.ready_at if 0 <= late < _LATE_SHARE * step else now) + step
        return sent

    def refused(self, sent: Sent, now: float, wait_seconds: float | None) -> None:
        """Notes that a call was refused; `wait_seconds` is the Retry-After, None if the server names none. Of all calls
        that left before a refusal was known, only the first refused call counts.
        """
        self._reply_seconds = max(now - sent.at, 0.9 * self._reply_seconds)
        if sent.round != self._round:
            return
        admitted = max(self._in_round - 1, 0)
        self._admitted += admitted
        self.refusals = 1 if admitted else self.refusals + 1
        is_counting = self._doubts > 0 and self._admitted - self._counted_from[0] < _ENOUGH_TO_COUNT
        if self.rate is not None:
            if self.refusals <= _REFUSALS_TO_OBEY:
                self._slow_down(sent)
            self._began, self._last = sent.at, sent.before
        elif self.is_limited:
            self._high = 1 / max(sent.at - self._began, _SHORTEST_GAP)
        else:
            self._began = sent.at
        self.is_limited = True
        self._recent.clear()
        if self._in_trial or not is_counting:
            self._counted_from = (self._admitted, sent.at)
        # After so many refusals in a row the limit is unknown: the next admitted call begins a trial.
        self._held = 0
        if self.rate is not None and self.refusals >= _REFUSALS_TO_OBEY:
            self._high = None
        self._held_since, self._in_trial = now, 0
        self._round += 1
        self._in_round = 0
        self.ready_at = now + self._pause(wait_seconds)

    def _pause(self, wait_seconds: float | None) -> float:
        if self.refusals >= _REFUSALS_TO_OBEY and wait_seconds is not None:
            return wait_seconds
        share = _SHORT_PAUSE if self._is_settled else _LONG_PAUSE
        first = _FIRST_WAIT if self.rate is None else share / self.rate
        return float(min(_LONGEST_WAIT, first * 2.0 ** min(self.refusals - 1, 30)))

    def _found(self, gap: float) -> None:
        """The first call in `gap` seconds was admitted, and a call after half of that time was not."""
        if self.refusals >= _REFUSALS_TO_OBEY:
            # Calls so far apart say little about the rate: other users may have used the limit up.
            gap, self._high = self._last - self._before, None
        self._low = 1 / max(gap, _SHORTEST_GAP)
        self.rate = self._low if self._high is None else math.sqrt(self._low * self._high)
        self.ready_at = max(self.ready_at, self._last + 1 / self.rate)

    def _speed_up(self, gap: float, waiting: int) -> None:
        rate = self.rate or 1.0
        self._use = gap * rate if self._in_round == 1 else 0.8 * self._use + 0.2 * gap * rate
        if self._use > _MOST_ABOVE_USE:
            self._hold()
        elif self._high is None:
            self._low, self.rate = max(self._low, rate / _RISEN), rate * _RISEN
            self._counted_from = (self._admitted + self._in_round, self._last)
        elif waiting <= rate * _LEAST_WORK_SECONDS:
            self._hold()
        elif not self._is_settled and rate < 0.965 * self._high:
            if self._in_round > 1:
                self._low = max(self._low, rate)
                self.rate = min(math.sqrt(rate * self._high), _BELOW_HIGH * self._high)
                self._hold()
        else:
            self._try_more(rate)

    def _hold(self) -> None:
        """Keep the rate for a while; end a trial."""
        if self._in_trial:
            self.rate = self._base
        self._held, self._held_since, self._in_trial = 0, self._last, 0

    def _try_more(self, rate: float) -> None:
        """After a while at one rate begin a trial: each call leaves a little sooner than the one before it, until the
        model refuses one.
        """
        self._held += 1
        if not self._in_trial:
            seconds = self._last - self._held_since
            if self._held < self._patience and (
                seconds < _STEADY_SECONDS or self._held < _LEAST_OF_PATIENCE * self._patience
            ):
                return
            self._base, self._tried_since = rate, self._last
            self._low = max(self._low, rate)
        self._in_trial += 1
        if rate > _RISEN * self._base:
            # The limit has risen: earlier refusals say nothing about it.
            self._base = rate / _RISEN
            self._refuted = None
            self._counted_from = (self._admitted + self._in_round, self._last)
        doublings = max(self._in_trial / _GROWTH_DOUBLES, self._last - self._tried_since)
        growth = _GROWTH * 2 ** min(doublings, 30)
        self.rate = rate * (1 + min(growth, _MOST_ADDED / rate, _MOST_GROWTH))
        self._recent.append(self._last)

    def _slow_down(self, sent: Sent) -> None:
        rate = self.rate or 1.0
        gap = max(sent.at - sent.before, _SHORTEST_GAP)
        if gap * rate < _LEAST_OF_INTERVAL:
            return
        if self._in_trial:
            self._end_trial(rate)
            return
        self._high = self._refuted = min(rate, max(1 / gap, rate / 2))
        before, since = self._counted_from
        admitted = self._admitted - before
        counted = admitted / max(sent.at - since, _SHORTEST_GAP)
        most = _BELOW_HIGH * self._high
        is_contradicted = self._low >= _CONTRADICTS * self._high
        self._doubts += is_contradicted
        if admitted >= _ENOUGH_TO_COUNT or (self._doubts > 1 and admitted >= _LEAST_COUNTED):
            # The calls since the last refusal were all that the model admits.
            self.rate = min(counted, most)
            slack = max(_COUNTED_WITHIN, 1 / admitted)
            self._low, self._high = (1 - slack) * self.rate, min(self._high, (1 + slack) * self.rate)
            self._is_settled = admitted >= _ENOUGH_TO_COUNT
            self._patience = _STEADY
            return
        if is_contradicted:
            self._low = self._high * max(0.5, 1 - 0.04 * 2**self._doubts)
        self.rate = min(math.sqrt(self._low * self._high), most)

    def _end_trial(self, rate: float) -> None:
        """A call of a trial was refused when the trial had reached `rate`."""
        lately = (len(self._recent) - 1) / max(self._recent[-1] - self._recent[0], _SHORTEST_GAP)
        if len(self._recent) >= _LEAST_RECENT and lately > _CLEARLY_MORE * self._base:
            self.rate, self._patience = _BELOW_RECENT * lately, _STEADY
        else:
            self._refuted = min(rate, self._refuted or rate)
            most = _BELOW_HIGH * self._refuted
            self.rate = max(self._base, min(self._base * (self._refuted / self._base) ** _UP, most))
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        self._high = rate
        self._low = _PROVEN * self._base
        self._is_settled = True

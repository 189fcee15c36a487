"""How many calls a model's window has left, as successful replies tell it. Pure: the caller passes the time."""

from collections import deque
from dataclasses import dataclass

# A window that ends later is that of a day: its end is no reason to wait in silence.
_LONGEST_WINDOW = 120.0
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Window:
    """Of calls: those left, the seconds until it ends, those of a whole one (None where a reply does not say it)."""

    left: int
    seconds: float
    limit: int | None = None


class Quota:
    """Unknown until a reply tells it; then each call that leaves takes one. After the end of a window the next one is
    assumed to be like it.
    """

    def __init__(self) -> None:
        self._left: int | None = None
        self._until = 0.0
        self._window = 0.0
        self._limit: int | None = None
        self._sent: deque[float] = deque(maxlen=_KEPT)

    def note(self, window: Window, now: float, sent_at: float) -> None:
        """Notes what the reply to a call says that left at `sent_at`. Calls that left later are taken off: the reply
        may not know of them.
        """
        if not 0 < window.seconds <= _LONGEST_WINDOW:
            return
        later = sum(at > sent_at for at in self._sent)
        left, until = max(0, window.left - later), now + window.seconds
        if self._left is not None and abs(until - self._until) < 1.0:
            # Replies of one window overtake each other: the one with fewer left is the later one.
            left = min(left, self._left)
        self._left, self._until, self._limit = left, until, window.limit
        self._window = max(self._window, window.seconds)

    def taken(self, now: float) -> None:
        """Notes that a call leaves."""
        self._sent.append(now)
        if self._left is None:
            return
        if now >= self._until:
            self._left, self._until = self._limit, now + self._window
        if self._left is not None:
            self._left -= 1

    def seconds_left(self, now: float) -> float:
        """How long to wait for the next window; 0 if this one has calls left, or nothing is known."""
        return 0.0 if self._left is None or self._left > 0 else max(0.0, self._until - now)

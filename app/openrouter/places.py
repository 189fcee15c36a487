"""How many calls one model takes at once, where it limits that instead of a rate. Pure."""

from collections import deque

# The limit is told from the last replies: so many, among them so many refusals and so many that were admitted.
_KEPT = 24
_LEAST_REFUSED = 3
_LEAST_ADMITTED = 3
# One more call is tried after so many that filled all places without a refusal; after each trial in vain twice as many.
_STEADY = 12
_MOST_PATIENCE = 192
# So many refusals with a place free, among the last replies, show that it is no limit on calls at once.
_MOST_SURPRISES = 3


class Places:
    """Nothing is known until refusals and admissions differ by one thing: how many calls were on their way.

    `limit` is the number of calls that may be on their way; None while no such limit is known.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self._seen: deque[tuple[int, bool]] = deque(maxlen=_KEPT)
        self._is_refuted = False
        self._held, self._patience = 0, _STEADY
        self._before_trial: int | None = None
        self._surprises: deque[bool] = deque(maxlen=_KEPT)

    def admitted(self, others: int) -> None:
        """Notes an answer to a call that left while `others` were on their way."""
        if self.limit is None:
            self._see(others, is_refused=False)
            return
        self._surprises.append(False)
        if others < self.limit - 1:
            return
        self._held += 1
        if self._before_trial is not None:
            # The trial was admitted: more may be.
            self._before_trial, self._held, self._patience = None, self._patience - 2, _STEADY
        if self._held >= self._patience:
            self._before_trial, self.limit, self._held = self.limit, self.limit + 1, 0

    def refused(self, others: int) -> None:
        """Notes a 429 that arrived while `others` were on their way."""
        if self.limit is None:
            self._see(others, is_refused=True)
            return
        self._held = 0
        if self._before_trial is not None:
            self.limit, self._before_trial = self._before_trial, None
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        elif others < self.limit:
            self._surprises.append(True)
            self.limit = max(others, 1)
            if others == 0 or sum(self._surprises) > _MOST_SURPRISES:
                self.limit, self._is_refuted = None, True

    def _see(self, others: int, *, is_refused: bool) -> None:
        if self._is_refuted:
            return
        self._seen.append((others, is_refused))
        refused = [n for n, was_refused in self._seen if was_refused]
        admitted = [n for n, was_refused in self._seen if not was_refused]
        if len(refused) >= _LEAST_REFUSED and len(admitted) >= _LEAST_ADMITTED and max(admitted) + 1 == min(refused):
            self.limit = min(refused)

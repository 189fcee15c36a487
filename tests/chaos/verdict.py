"""What a bad day did to the work: a line of the table, and what broke a promise."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

Place = tuple[str, str, int]
Row = tuple[Place, float | None, Collection[object]]
UNFINISHED = {"grading", "pending", "generating", "processing"}


@dataclass
class Verdict:
    """`attempts` were asked for. Each is `true`, `failed` with a reason, `lost`, `doubled` or `wrong`.

    `paid_beyond` counts the completions that were paid on top of one per attempt, `in_flight` those that may be: their
    answers were under way when somebody was killed or a connection was cut. `left` counts tasks and files that the
    surviving process holds beyond those that it held before. `faults` are the promises that did not hold.
    """

    happened: str = ""
    attempts: int = 0
    true: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    paid_beyond: int = 0
    in_flight: int = 0
    left: int | None = None
    faults: list[str] = field(default_factory=list)

    def promise(self, held: object, otherwise: str) -> None:
        if not held:
            self.faults.append(otherwise)

    def count(self, rows: Iterable[Row], truth: Mapping[Place, float]) -> None:
        """Take the stored marks (place, mark, reasons) of a session that should hold `truth`. Several marks of one try
        are one attempt, which is as good as the worst of them.
        """
        stored = list(rows)
        n_of = Counter(place for place, _, _ in stored)
        marks = {place: (mark, reasons) for place, mark, reasons in stored}
        state: dict[tuple[str, int], str] = {}
        for place, true_mark in truth.items():
            found = self._judged(n_of[place], marks.get(place), true_mark)
            attempt = place[1:]
            state[attempt] = max(state.get(attempt, ""), found, key=SEVERITY.index)
        self.promise(not marks.keys() - truth.keys(), f"{len(marks.keys() - truth.keys())} marks nobody asked for")
        self.attempts += len(state)
        for found, number in Counter(state.values()).items():
            setattr(self, found, getattr(self, found) + number)

    def _judged(self, n_rows: int, found: tuple[float | None, Collection[object]] | None, true_mark: float) -> str:
        if found is None:
            return "lost"
        mark, reasons = found
        if n_rows > 1:
            return "doubled"
        if mark is None:
            return "failed" if reasons else "lost"
        return "true" if mark == true_mark else "wrong"

    def close(self) -> "Verdict":
        """The promises that hold on every bad day."""
        self.promise(not self.lost, f"{self.lost} attempts lost")
        self.promise(not self.doubled, f"{self.doubled} attempts stored twice")
        self.promise(not self.wrong, f"{self.wrong} marks differ from the truth")
        self.promise(
            self.paid_beyond <= self.in_flight,
            f"{self.paid_beyond} completions paid beyond the attempts, {self.in_flight} were in flight",
        )
        self.promise(not self.left, f"{self.left} tasks or files left")
        return self


SEVERITY = ("", "true", "failed", "wrong", "doubled", "lost")

"""What every view of a session must show, worked out from the simulator's log alone.

Nothing of the product's own arithmetic is used here; marks, tokens and cost come from what was sent over the wire.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.simulator.faults import Fault
from app.simulator.stats import LogEntry

Attempt = tuple[str, int]


@dataclass(frozen=True)
class Truth:
    """One session: its questions with their maxima, the human's marks, who marks how often, and the log."""

    session_id: str
    maxima: Mapping[str, float]
    human: Mapping[str, float]
    tries: Mapping[str, int]
    log: Sequence[LogEntry]

    @property
    def attempts(self) -> list[Attempt]:
        return [(marker, number) for marker, tries in self.tries.items() for number in range(1, tries + 1)]

    def entries(self, marker: str, try_index: int, stage: str) -> list[LogEntry]:
        return [
            entry
            for entry in self.log
            if entry.session == f"{self.session_id}/{marker}" and (entry.try_index, entry.stage) == (try_index, stage)
        ]

    def marks(self, marker: str, try_index: int) -> dict[str, float]:
        """The first mark that any whole answer gave to each question."""
        found: dict[str, float] = {}
        for entry in self.entries(marker, try_index, "assessment"):
            if entry.delivered and entry.status == 200 and entry.fault is not Fault.ERROR_IN_CHOICE:
                found = dict(entry.marks) | found
        return found

    def usage(self, marker: str, try_index: int, stage: str) -> dict[str, int]:
        return token_sum(self.entries(marker, try_index, stage))

    def cost(self, entries: Iterable[LogEntry]) -> float:
        return sum(entry.usage["cost"] for entry in entries if entry.delivered and entry.usage)

    @property
    def own_log(self) -> list[LogEntry]:
        return [entry for entry in self.log if entry.session.startswith(f"{self.session_id}/")]

    def expected_results(self) -> dict[str, dict[str, list[tuple[int, float | None]]]]:
        """{question: {marker: [(try, mark or None), ...]}}"""
        table: dict[str, dict[str, list[tuple[int, float | None]]]] = {qid: {} for qid in self.maxima}
        for marker, number in self.attempts:
            marks = self.marks(marker, number)
            for qid in self.maxima:
                table[qid].setdefault(marker, []).append((number, marks.get(qid)))
        return table

    def expected_totals(self) -> dict[str, Any]:
        awarded: dict[str, dict[str, float]] = defaultdict(dict)
        unmarked: dict[str, dict[str, int]] = defaultdict(dict)
        marked_maximum: dict[str, dict[str, float]] = defaultdict(dict)
        for marker, number in self.attempts:
            marks = self.marks(marker, number)
            unmarked[marker][str(number)] = len(self.maxima) - len(marks)
            marked_maximum[marker][str(number)] = round(sum(self.maxima[qid] for qid in marks), 2)
            if marks:
                awarded[marker][str(number)] = round(sum(marks.values()), 2)
        return {
            "total_max_marks": round(sum(self.maxima.values()), 2),
            "total_marks_awarded_by_model_try": awarded,
            "n_unmarked_by_model_try": unmarked,
            "max_of_marked_by_model_try": marked_maximum,
        }

    def expected_discrepancies(self) -> dict[str, dict[str, Any]]:
        table: dict[str, dict[str, Any]] = defaultdict(dict)
        for marker, number in self.attempts:
            marks = self.marks(marker, number)
            if marks:
                table[marker][str(number)] = self._discrepancies(marks)
        return table

    def _discrepancies(self, marks: Mapping[str, float]) -> dict[str, Any]:
        both = [qid for qid in self.maxima if qid in marks and qid in self.human]
        human_below = {qid for qid in both if self.human[qid] < self.maxima[qid]}
        model_below = {qid for qid in both if marks[qid] < self.maxima[qid]}
        differing = [qid for qid in both if qid in human_below ^ model_below]
        with_maximum = [qid for qid in both if self.maxima[qid] > 0]
        return {"lt100": {"count": len(differing), "questions": differing}} | {
            name: self._mismatches(classify, with_maximum, marks)
            for name, classify in (("zpf", zpf), ("range", quarter))
        }

    def _mismatches(self, classify: Any, qids: Iterable[str], marks: Mapping[str, float]) -> dict[str, Any]:
        pairs = [
            (qid, classify(self.human[qid], self.maxima[qid]), classify(marks[qid], self.maxima[qid])) for qid in qids
        ]
        found = [{"qid": qid, "human": human, "ai": ai} for qid, human, ai in pairs if human != ai]
        return {"count": len(found), "questions": [each["qid"] for each in found], "mismatched": found}


def token_sum(entries: Iterable[LogEntry]) -> dict[str, int]:
    """What OpenRouter reported with the answers that reached us."""
    used = [entry.usage for entry in entries if entry.delivered and entry.usage]
    return {
        "input_tokens": sum(each["prompt_tokens"] for each in used),
        "output_tokens": sum(each["completion_tokens"] for each in used),
        "reasoning_tokens": sum(each["completion_tokens_details"]["reasoning_tokens"] for each in used),
        "total_tokens": sum(each["total_tokens"] for each in used),
    }


def zpf(mark: float, maximum: float) -> str:
    return "Z" if mark == 0 else "F" if mark == maximum else "P"


def quarter(mark: float, maximum: float) -> str:
    if mark * 4 <= maximum:
        return "0_25"
    return "75_100" if mark * 4 >= 3 * maximum else "25_74_9"

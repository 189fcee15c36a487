"""Which of a script's further tries are made: those whose answers are still in doubt."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.grading.plan import Plan
from app.marks.model import Question, Stage
from app.marks.settling import Votes, more_needed
from app.store.runs import CallKey

_SMALL_MAXIMUM = 3
_DECLINED = "abstained"


@dataclass(frozen=True, slots=True)
class Settling:
    """The tries of a run that are made in any case, and how the others are decided on."""

    least: Mapping[str, int]
    questions: Sequence[Question]

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any], questions: Sequence[Question]) -> "Settling":
        markers = Plan.from_json(plan, default_tries=1).markers
        least = {marker.key: marker.settled_from for marker in markers if marker.settled_from is not None}
        return cls(least, questions)

    def is_sure(self, key: CallKey) -> bool:
        """Whether this try is made whatever the others say."""
        return key.try_index <= self.least.get(key.model_name, key.try_index)

    def more(self, stored: Mapping[str, Any], left: int) -> int:
        """How many of the `left` tries to make next. `stored` is the answer of `session_results`."""
        done = {
            (call["model_name"], call["try_index"])
            for call in stored["calls"]
            if call["stage"] == Stage.ASSESSMENT and call["status"] == "succeeded"
        }
        marks: dict[str, list[float | None]] = defaultdict(list)
        for row in stored["results"]:
            if (row["model_name"], row["try_index"]) in done and (row["marks_awarded"] is not None or _declined(row)):
                marks[row["question_id"]].append(row["marks_awarded"])
        votes = [Votes(marks[one.question_id], one.max_marks, _tolerance(one)) for one in self.questions]
        return more_needed(votes, left)


def _declined(row: Mapping[str, Any]) -> bool:
    return any(problem.get("reason") == _DECLINED for problem in row["validation_errors"] or ())


def _tolerance(question: Question) -> float:
    """As in the agreement figures: the teacher's, else 0 up to 3 marks and max(0.5, a tenth of the maximum) above."""
    if question.tolerance is not None:
        return question.tolerance
    return 0.0 if question.max_marks <= _SMALL_MAXIMUM else max(0.5, 0.1 * question.max_marks)

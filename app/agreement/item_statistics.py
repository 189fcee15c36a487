"""How hard each question is and how well it tells strong scripts from weak ones, by the human's marks. Pure numpy."""

from dataclasses import dataclass

import numpy as np

from app.agreement.table import Floats, MarkTable
from app.marks.model import Json

LEAST_SCRIPTS = 10


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """`facility`: mean mark as a share of the maximum. `discrimination`: correlation with the rest of the script's
    total, over scripts in which the human marked every question; None below 10 of them or where nothing varies.
    """

    question_id: str
    n: int
    facility: float | None
    discrimination: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "question_id": self.question_id,
            "n": self.n,
            "facility": self.facility,
            "discrimination": self.discrimination,
        }


def item_statistics(table: MarkTable) -> tuple[ItemStatistics, ...]:
    width = len(table.questions)
    marks = np.full((len(table.scripts), width), np.nan)
    marks[table.script, table.question] = table.human.marks[:, 0]
    whole = marks[np.isfinite(marks).all(axis=1)]
    return tuple(
        ItemStatistics(
            question.question_id,
            int(np.isfinite(marks[:, place]).sum()),
            _facility(marks[:, place], question.max_marks),
            _discrimination(whole, place),
        )
        for place, question in enumerate(table.questions)
    )


def _facility(marks: Floats, maximum: float) -> float | None:
    found = marks[np.isfinite(marks)]
    return float(found.mean() / maximum) if len(found) and maximum > 0 else None


def _discrimination(whole: Floats, place: int) -> float | None:
    if len(whole) < LEAST_SCRIPTS or whole.shape[1] < 2:  # noqa: PLR2004 - the rest of one question is nothing
        return None
    own, rest = whole[:, place], whole.sum(axis=1) - whole[:, place]
    if np.ptp(own) == 0 or np.ptp(rest) == 0:
        return None
    return float(np.corrcoef(own, rest)[0, 1])

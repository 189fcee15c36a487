"""What reviews changed: each final mark beside the human's mark and the consensus."""

from typing import TypedDict

from app.marks.comparison import EPSILON
from app.store.desk_records import LatestReview


class ReviewedAnswer(LatestReview):
    """A review with the human's mark and the consensus of its answer."""

    human_mark: float | None
    consensus: float | None


class ReviewChanges(TypedDict):
    """How many reviews there are, and how many of them changed the human's mark or the consensus."""

    n_reviewed: int
    n_changed_human: int
    n_changed_consensus: int
    reviews: list[ReviewedAnswer]


def compared(review: LatestReview, human_mark: float | None, consensus: float | None) -> ReviewedAnswer:
    """The review beside the other marks of its answer, without them all if its reader must not know them."""
    if review["hidden"]:
        return {**review, "mark": None, "note": None, "human_mark": None, "consensus": None}
    return {**review, "human_mark": human_mark, "consensus": consensus}


def changes_of(rows: list[ReviewedAnswer]) -> ReviewChanges:
    return {
        "n_reviewed": len(rows),
        "n_changed_human": sum(_differs(row["mark"], row["human_mark"]) for row in rows),
        "n_changed_consensus": sum(_differs(row["mark"], row["consensus"]) for row in rows),
        "reviews": rows,
    }


def _differs(mark: float | None, other: float | None) -> bool:
    return mark is not None and other is not None and abs(mark - other) > EPSILON

"""Answers that two people marked: both marks, and where they differ."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from app.marks.comparison import EPSILON

Row = dict[str, Any]
_TWO = 2


def double_marking(history: Sequence[Row], tolerances: Mapping[str, float]) -> Row:
    """`history`: every review, the latest first; `tolerances`: by question. Gives the differences, largest first."""
    by_answer: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for review in reversed(history):
        if review["withdrawn_at"] is None:
            by_answer[review["session_id"], review["question_id"]].append(review)
    found = [_compared(reviews, tolerances) for reviews in by_answer.values() if len(_people(reviews)) >= _TWO]
    different = [answer for answer in found if answer["difference"] > EPSILON]
    return {
        "n_by_two": len(found),
        "n_different": len(different),
        "n_beyond_tolerance": sum(answer["beyond_tolerance"] for answer in different),
        "answers": sorted(different, key=lambda answer: -answer["difference"]),
    }


def _people(reviews: Sequence[Row]) -> dict[str | None, Row]:
    """The first mark of each person, the earliest first."""
    first: dict[str | None, Row] = {}
    for review in reviews:
        first.setdefault(review["reviewer"], review)
    return first


def _compared(reviews: Sequence[Row], tolerances: Mapping[str, float]) -> Row:
    """A mark that came after two people had given theirs settles the answer; the two marks stay as they were."""
    one, two = list(_people(reviews).values())[:_TWO]
    difference = abs(one["mark"] - two["mark"])
    return {
        "session_id": one["session_id"],
        "script": one["script"],
        "question_id": one["question_id"],
        "difference": difference,
        "beyond_tolerance": difference > tolerances.get(one["question_id"], 0.0) + EPSILON,
        "settled": reviews[-1] is not two,
        "final_mark": reviews[-1]["mark"],
        "marks": [one, two],
    }

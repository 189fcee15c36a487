"""Answers that two people marked: both marks, and the difference between them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypedDict

from app.marks.comparison import EPSILON
from app.marks.people import person
from app.store.records import ReviewRow

_TWO = 2


class ReviewsOfTwo(TypedDict):
    """An answer that two people marked: the first mark of each, and the mark that counts."""

    session_id: str
    script: str | None
    question_id: str
    difference: float
    beyond_tolerance: bool
    settled: bool
    final_mark: float
    marks: Sequence[ReviewRow]


class DoubleMarking(TypedDict):
    """The answers that two people marked, counted; `answers` are those with different marks."""

    n_by_two: int
    n_different: int
    n_beyond_tolerance: int
    answers: Sequence[ReviewsOfTwo]


def double_marking(history: Sequence[ReviewRow], tolerances: Mapping[str, float]) -> DoubleMarking:
    """`history`: every review, the latest first; `tolerances`: by question. Gives the differences, largest first."""
    by_answer: dict[tuple[str, str], list[ReviewRow]] = defaultdict(list)
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


def _people(reviews: Sequence[ReviewRow]) -> dict[str, ReviewRow]:
    """The first mark of each person, the earliest first."""
    first: dict[str, ReviewRow] = {}
    for review in reviews:
        first.setdefault(person(review["reviewer"]), review)
    return first


def _compared(reviews: Sequence[ReviewRow], tolerances: Mapping[str, float]) -> ReviewsOfTwo:
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

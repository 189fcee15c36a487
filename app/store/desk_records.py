"""The rows of reviews and of the review desk, as the database gives them."""

from collections.abc import Sequence
from typing import TypedDict

from app.store.base import Row


class LatestReview(TypedDict):
    """A review that was not withdrawn; see `reviews.sql`. The mark is null where the review is `hidden`."""

    session_id: str
    script: str | None
    question_id: str
    mark: float | None
    reviewer: str | None
    note: str | None
    reviewed_at: str
    hidden: bool


class DeskReview(TypedDict):
    """A review of an answer on the desk."""

    review_id: str
    mark: float
    reviewer: str | None
    note: str | None
    blind: bool
    reviewed_at: str


class DeskRules(TypedDict):
    """Whether the desk hides the models' marks until a human gave one, and whether two people mark each answer."""

    blind_marking: bool
    double_marking: bool


class DeskAnswer(TypedDict):
    """An answer with everything that the desk shows; see `desk_answers.sql`."""

    session_id: str
    script: str | None
    question_id: str
    number: int
    text: str | None
    answer: str | None
    max_marks: float
    tolerance: float | None
    human_mark: float | None
    human_mark_2: float | None
    marks: Sequence[Row]
    reviews: Sequence[DeskReview]
    images: Sequence[Row]


class DeskAnswers(DeskRules):
    """Answers in the order in which they were asked for, with the rules of their exam."""

    answers: Sequence[DeskAnswer]

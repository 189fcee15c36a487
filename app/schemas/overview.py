"""Wire models of `/overview`."""

from typing import Annotated, Literal

from app.schemas.base import Wire, form

Kind = Literal["exam", "script", "test", "document"]

_PLACE = r"[0-9TZ:.+-]{19,40}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Place = Annotated[str, *form(_PLACE, "must be the `next` of the page before", longest=100)]


class OverviewItem(Wire):
    """One line. `progress` is 0 to 1. Of exams and scripts: `n_scripts`, `n_failed` attempts, `n_unmarked` answers.
    `simulated`: the built-in simulator made up all marks, and nothing was paid.
    """

    kind: Kind
    id: str
    name: str | None
    created_at: str
    status: str
    progress: float
    cost_usd: float
    failure_reason: str | None
    n_scripts: int | None = None
    n_failed: int | None = None
    n_unmarked: int | None = None
    simulated: bool | None = None


class OverviewRes(Wire):
    """Newest first. `next`: the `before` of the following page, null on the last."""

    items: list[OverviewItem]
    next: str | None

"""Everything there is, newest first: what the start page shows."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from app.dependencies import OverviewStoreDep
from app.errors import UnprocessableError
from app.openapi import described_router
from app.schemas.overview import Kind, OverviewRes, Place
from app.store.base import Row

router = described_router(prefix="/overview", tag="exams")


@router.get("")
async def get_overview(
    store: OverviewStoreDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 30,
    kind: Kind | None = None,
    before: Annotated[Place | None, Query(description="`next` of the page before")] = None,
) -> OverviewRes:
    """Exams, scripts without an exam, tests and documents, newest first, with their progress and cost."""
    items = await store.newest(limit=limit, kind=kind, before=None if before is None else _place(before))
    following = _name(items[-1]) if len(items) == limit else None
    return OverviewRes.model_validate({"items": items, "next": following})


def _name(last: Row) -> str:
    """The place behind a line. A `+` would be a blank in the address of a client that does not encode it."""
    return f"{last['created_at'].replace('+00:00', 'Z')}_{last['id']}"


def _place(before: str) -> tuple[str, str]:
    at, _, last = before.partition("_")
    try:
        datetime.fromisoformat(at)
    except ValueError:
        raise UnprocessableError.field("before", "must be the `next` of the page before") from None
    return at, last

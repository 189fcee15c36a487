"""What the app asks the database for the start page: everything there is, newest first."""

from app.store.base import Row, StoreBase


class OverviewStore(StoreBase):
    """Exams, scripts without an exam, tests and documents, each as one line."""

    async def newest(self, *, limit: int, kind: str | None, before: tuple[str, str] | None) -> list[Row]:
        """At most `limit` lines; `before` are created_at and id of the last line of the page before."""
        at, last = before or (None, None)
        rows = await self._ask("overview", limit=limit, kind=kind, before_at=at, before_id=last)
        return list(rows)

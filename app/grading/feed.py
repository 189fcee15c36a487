"""Live progress: one read of a session every half second while clients listen, sent to all of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from app.store.records import AttemptRow, Progress
from app.store.sessions import Store
from app.work.background import Background
from app.work.feed import Feed, Snapshot
from app.work.leased_work import Phases
from app.work.live_counts import with_live_counts, with_live_statuses


class SessionFeed(Feed):
    """Sessions being graded."""

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        phases: Callable[[str], Phases[Any] | None] = lambda _: None,
    ) -> None:
        """`phases` tells which calls of a session this process makes now; None where another one works on it."""
        super().__init__(background, sleep=sleep)
        self._store = store
        self._phases = phases

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        store = self._store.for_owner(owner_id)
        while True:
            # In this order: once the progress says that the run is over, no attempt can be missing from what follows.
            progress = json.loads(await store.session_progress(session_id))
            started_at, attempts = await store.session_attempts(session_id)
            if started_at == progress["started_at"]:
                return self._live(session_id, progress, attempts)

    def _live(self, session_id: str, progress: Progress, attempts: list[AttemptRow]) -> Snapshot:
        phases = self._phases(session_id)
        if phases is None:
            return Snapshot(progress, tuple(attempts))
        return Snapshot(with_live_counts(progress, phases), tuple(with_live_statuses(attempts, phases)))

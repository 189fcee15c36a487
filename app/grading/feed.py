"""Live progress: one read of a session every half second while anybody listens, told to all who do."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from app.store.sessions import Store
from app.work.background import Background
from app.work.feed import Feed, Snapshot


class SessionFeed(Feed):
    """Sessions being graded."""

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(background, sleep=sleep)
        self._store = store

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        store = self._store.for_owner(owner_id)
        while True:
            # In this order: once the progress says that the run is over, no attempt can be missing from what follows.
            progress = json.loads(await store.session_progress(session_id))
            attempts = await store.session_attempts(session_id)
            if attempts["started_at"] == progress["started_at"]:
                return Snapshot(progress, tuple(attempts["attempts"]))

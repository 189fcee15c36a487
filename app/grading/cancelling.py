"""Cancelling a session: the process that works on it is told; without one, the run ends here."""

import logging
from dataclasses import dataclass

from app.errors import AppError
from app.marks.model import SessionStatus
from app.marks.reasons import Reason
from app.store.sessions import Store
from app.work.background import Background
from app.work.launcher import Launcher

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Ends runs for a user. The rows of thousands of calls are closed after the answer."""

    launcher: Launcher
    background: Background

    async def cancel(self, session_id: str, store: Store) -> None:
        """Cancel the waiting calls of a session; `store` is the caller's. Raises ConflictError if nothing runs."""
        reason = Reason.CANCELLED.value
        lease_owner = await store.cancel_session(session_id, reason)
        await self.launcher.stop(session_id, reason)
        if lease_owner is not None:
            self.background.start(_end(session_id, lease_owner, store), name=f"end session {session_id}")


async def _end(session_id: str, lease_owner: str, store: Store) -> None:
    """If this fails, another process ends the run when the lease of 15 s has run out, and so does a second cancel."""
    try:
        await store.finish_session(session_id, lease_owner, SessionStatus.FAILED, Reason.CANCELLED.value)
    except AppError as error:
        log.warning("session %s: cancelled, but its calls could not be closed yet: %s", session_id, error)

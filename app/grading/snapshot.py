"""The snapshot of a run that has ended: totals and discrepancies, kept beside the marks they were computed from."""

import logging

from app.errors import AppError
from app.marks.views import statistics
from app.store.sessions import Store

log = logging.getLogger(__name__)


async def save_snapshot(store: Store, session_id: str) -> None:
    """Best effort: every read computes these afresh, so a snapshot that could not be written costs nothing."""
    try:
        figures = statistics(await store.session_results(session_id))
        await store.save_stats(session_id, figures["totals"], figures["discrepancies_by_model_try"])
    except AppError as error:
        log.warning("session %s: no snapshot of its statistics: %s", session_id, error)

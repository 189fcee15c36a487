"""Statistics of one session: totals, and the questions in which attempts and the human differ."""

from app.dependencies import StoreDep
from app.marks.views import statistics
from app.openapi import described_router
from app.schemas.base import SessionId
from app.schemas.results import StatsRes

router = described_router(prefix="/stats", tag="results")


@router.get("/{session_id}")
async def get_session_stats(session_id: SessionId, store: StoreDep) -> StatsRes:
    """Totals, and where attempts and the human differ, computed from the stored marks at each read."""
    seeing = await store.seen_as_example_by(session_id)
    found = statistics(await store.session_results(session_id), without=seeing)
    return StatsRes.model_validate({"session_id": session_id, "worked_example_of": seeing, **found})

"""Metrics: what Prometheus reads."""

import logging

from fastapi import Request, Response

from app.dependencies import MetricsDep, OwnerDep, SettingsDep, WorkDep
from app.errors import AppError, ForbiddenError
from app.monitoring.metrics import Metrics
from app.openapi import described_router
from app.settings import Settings
from app.store.work import WorkStore

log = logging.getLogger(__name__)
router = described_router(prefix="/metrics", tag="health")


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(
    request: Request, metrics: MetricsDep, owner: OwnerDep, settings: SettingsDep, work: WorkDep
) -> Response:
    """Figures of this process for Prometheus: calls, rate limits, latency, queue, cost, marks. A server with keys asks
    for one; it refuses a user's token, because the figures are those of everybody.
    """
    if owner is not None:
        raise ForbiddenError("Metrics are figures of all users. Send one of the server's API keys.")
    await _look_at_queue(metrics, settings, work)
    page, content_type = metrics.page(request.headers.get("accept", ""))
    return Response(page, headers={"Content-Type": content_type})


async def _look_at_queue(metrics: Metrics, settings: Settings, work: WorkStore) -> None:
    """The figures of the queue are those of all processes; while the database is away they are left out."""
    if not settings.has_queue:
        return
    try:
        found = await work.workers()
    except AppError as error:
        log.warning("the figures of the queue cannot be read: %s", error)
        metrics.queue_seen(None)
        return
    jobs = found["jobs"] or {"waiting": 0, "oldest_seconds": 0.0}
    figures = {
        "workers": len(found["workers"]),
        "waiting_attempts": found["waiting"]["attempts"],
        "waiting_jobs": jobs["waiting"],
        "oldest_job_seconds": jobs["oldest_seconds"],
    }
    metrics.queue_seen(figures)

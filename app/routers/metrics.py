"""Metrics: what Prometheus reads."""

from fastapi import Request, Response

from app.dependencies import MetricsDep, OwnerDep
from app.errors import ForbiddenError
from app.openapi import described_router

router = described_router(prefix="/metrics", tag="health")


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(request: Request, metrics: MetricsDep, owner: OwnerDep) -> Response:
    """Figures of this process for Prometheus: calls, rate limits, latency, queue, cost, marks. A server with keys asks
    for one; it refuses a user's token, because the figures are those of everybody.
    """
    if owner is not None:
        raise ForbiddenError("Metrics are figures of all users. Send one of the server's API keys.")
    page, content_type = metrics.page(request.headers.get("accept", ""))
    return Response(page, headers={"Content-Type": content_type})

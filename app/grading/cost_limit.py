"""The limit on what a run may cost: whose it is, and whether it can be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.grading.plan import Plan, repeats, stages
from app.marks.model import Image
from app.openrouter.catalogue import Catalogue
from app.openrouter.prices import check_prices
from app.schemas.grade import GradeSingleReq

FIELD = "max_cost_usd"


@dataclass(frozen=True, slots=True)
class CostLimit:
    """`budget_id` is shared by the sessions that the limit holds for together; None and None: no limit."""

    max_cost_usd: float | None = None
    budget_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"max_cost_usd": self.max_cost_usd, "budget_id": self.budget_id}

    @classmethod
    def of_start(cls, request: GradeSingleReq, stored: dict[str, Any] | None, exam_id: str | None) -> "CostLimit":
        """The limit of a start: the request's, or, where it repeats the stored plan and says nothing, the plan's.

        `exam_id` is that of a start of a whole exam: its sessions share one limit.
        """
        if FIELD in request.model_fields_set:
            limit = request.max_cost_usd
            return cls() if limit is None else cls(limit, exam_id or request.session_id)
        if stored is not None and repeats(request, Plan.from_json(stored, 1)):
            return cls(stored.get("max_cost_usd"), stored.get("budget_id"))
        return cls()


async def check_priced(limit: CostLimit, plan: Plan, images: Sequence[Image], catalogue: Catalogue) -> None:
    """A limit can be kept only for models whose prices are known. Raises UnprocessableError naming the model, and
    UpstreamUnavailableError without a list of models.
    """
    if limit.max_cost_usd is None:
        return
    models = {marker.settings(stage).name for marker in plan.markers for stage in stages(images)}
    await check_prices(models, catalogue)

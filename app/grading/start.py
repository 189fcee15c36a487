"""What happens between `POST /grade/single` and the run: everything that can be refused is refused before it costs."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.errors import ConflictError, NotConfiguredError, UnprocessableError
from app.grading.plan import Plan, Templates, plan_from_request, planned_calls
from app.marks.model import Image, Role
from app.schemas.grade import GradeSingleReq
from app.storage.urls import is_loopback
from app.store.store import GradingInputs, Store

# Each time, questions or images were changed between our reading and our writing; three in a row is no accident.
PLANNING_TRIES = 3


@dataclass(frozen=True, slots=True)
class StartRules:
    """What this installation can do. `has_key`: OpenRouter can be asked; `openrouter_host` is where."""

    has_key: bool
    openrouter_host: str
    public_base_url: str | None


async def start_session(store: Store, request: GradeSingleReq, rules: StartRules) -> None:
    """Plan the run and write it down, or join the one that is on with the same plan.

    Raises NotFoundError, UnprocessableError (`images`, `questions`, `models...`; IMAGES_NOT_REACHABLE), ConflictError
    (SESSION_BUSY) and NotConfiguredError, all before anything is stored.
    """
    if not rules.has_key:
        raise NotConfiguredError("No model can be asked: set OPENROUTER_API_KEY (see .env.example).")
    for _ in range(PLANNING_TRIES):
        inputs = await store.grading_inputs(request.session_id)
        stored = Plan.from_json(inputs.plan, inputs.default_tries) if inputs.plan else None
        plan = plan_from_request(request, stored)
        check_ready(inputs, rules)
        outcome = await store.start_grading(
            request.session_id,
            plan=plan.as_json(),
            default_tries=plan.default_tries,
            calls=planned_calls(plan, Templates.from_rows(inputs.templates), inputs.questions, inputs.images),
            inputs_version=inputs.inputs_version,
            force=request.force,
        )
        if outcome != "stale":
            return
    raise ConflictError("Questions or images of this session keep changing; try again.", code="SESSION_BUSY")


def check_ready(inputs: GradingInputs, rules: StartRules) -> None:
    """Whether there is something to mark, and whether a provider could see it."""
    if not any(image.role is Role.STUDENT for image in inputs.images):
        raise UnprocessableError.field("images", "Register at least one image of the student's answers first.")
    if not inputs.questions:
        raise UnprocessableError.field("questions", "Configure the questions first.")
    unreachable = [image for image in inputs.images if not _reachable(image, rules)]
    if unreachable:
        raise UnprocessableError.field(
            "images",
            f"{len(unreachable)} images are at a loopback address that OpenRouter cannot fetch: set PUBLIC_BASE_URL "
            "to where this server is reachable, or use Supabase Storage.",
            code="IMAGES_NOT_REACHABLE",
        )


def _reachable(image: Image, rules: StartRules) -> bool:
    if is_loopback(rules.openrouter_host):
        return True
    if image.storage_path is not None and rules.public_base_url is not None:
        return True
    return not is_loopback(urlsplit(image.url).hostname or "")

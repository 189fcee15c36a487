"""What happens between `POST /grade/single` and the run: everything that can be refused is refused before it costs."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import ConflictError, NotConfiguredError, UnprocessableError
from app.grading.cost_limit import CostLimit, check_priced
from app.grading.example_choice import gathered_examples, with_chosen_examples
from app.grading.examples import Examples, examples_of_plan
from app.grading.markers import Templates, named_templates
from app.grading.marking import marking_of
from app.grading.plan import Plan, PlanLimits, plan_from_request, planned_calls, stages
from app.grading.prompts.body import reasoning_is_dropped, sampling_left_out
from app.grading.slices import Slice, slices_of
from app.marks.model import Image, Role
from app.names import is_loopback
from app.openrouter.catalogue import Catalogue
from app.schemas.grade import GradeSingleReq
from app.storage.urls import absolute, is_loopback_url
from app.store.base import DailyLimits
from app.store.runs import GradingInputs, PlannedCall
from app.store.sessions import Store

log = logging.getLogger(__name__)

# Each time, questions or images were changed between our reading and our writing; three in a row is no accident.
PLANNING_TRIES = 3


@dataclass(frozen=True, slots=True)
class StartRules:
    """What this installation can do. `has_key`: OpenRouter can be asked; `openrouter_host` is where. `inline`: requests
    carry the pages. `request_base` is the address of this server as the client knows it.
    """

    has_key: bool
    openrouter_host: str
    public_base_url: str | None
    catalogue: Catalogue
    inline: bool = False
    request_base: str | None = None
    limits: PlanLimits | None = None
    daily: DailyLimits | None = None

    def check_size(self, plan: Plan) -> None:
        """Raises UnprocessableError for a plan that is larger than this installation allows."""
        if self.limits is not None:
            self.limits.check(plan)

    def can_be_seen(self, image: Image) -> bool:
        """Whether a provider could see an image: fetch it, or find it in the request."""
        if is_loopback(self.openrouter_host):
            return True
        if image.storage_path is None:
            return not is_loopback_url(image.url)
        if self.inline:
            return True
        return not is_loopback_url(absolute(image.url, self.public_base_url or self.request_base or ""))


@dataclass(frozen=True, slots=True)
class PlannedStart:
    """A plan with all that its calls depend on. `inputs` hold what the models see, `named` the texts of prompts that
    markers name, `notes` the settings that are left out, `examples` the worked examples of all markers.
    """

    plan: Plan
    inputs: GradingInputs
    named: dict[str, dict[str, dict[str, Any]]]
    notes: list[str]
    examples: Examples

    @property
    def calls(self) -> list[PlannedCall]:
        templates = Templates.from_rows(self.inputs.templates, self.named)
        return planned_calls(self.plan, templates, self.inputs.questions, self.inputs.images, self.examples)

    def slices(self, marker: str) -> tuple[Slice, ...]:
        """The requests of each attempt of a marker; empty where one asks for everything."""
        found = next(one for one in self.plan.markers if one.key == marker)
        n_pages = sum(image.role is Role.STUDENT for image in self.inputs.images)
        return slices_of(found.assessment.split, self.inputs.questions, n_pages)

    @property
    def pages(self) -> list[Image]:
        """All images that some call sends."""
        return [*self.inputs.images, *(page for example in self.examples.values() for page in example.pages)]

    def as_json(self) -> dict[str, Any]:
        """With the templates' texts and the examples: a run that is resumed goes on with those it was started with."""
        shown = {session_id: example.as_json() for session_id, example in self.examples.items()}
        texts = {"templates": self.inputs.templates, "named_templates": self.named, "examples": shown}
        return {**self.plan.as_json(), **texts, "notes": self.notes}


async def plan_start(
    store: Store, request: GradeSingleReq, inputs: GradingInputs, catalogue: Catalogue, *, same_prompts: bool = False
) -> PlannedStart:
    """Plan a start without storing anything. Raises what `start_session` does about the session and the plan."""
    stored = Plan.from_json(inputs.plan, inputs.default_tries) if inputs.plan else None
    marking = marking_of(inputs.marked_by)
    inputs = replace(inputs, images=marking.images(inputs.images), templates=marking.templates(inputs.templates))
    scope = {"session_id": request.session_id}
    plan = plan_from_request(await with_chosen_examples(store, request, scope), stored)
    check_ready(inputs)
    if same_prompts and inputs.plan:
        named = inputs.plan.get("named_templates") or {}
        inputs = replace(inputs, templates=inputs.plan.get("templates") or inputs.templates)
        examples = examples_of_plan(inputs.plan or {})
    else:
        named = await named_templates(store, plan.markers, scope)
        examples = await gathered_examples(store, scope, plan, inputs.questions)
    check_prompts(plan, named, inputs.marked_by)
    return PlannedStart(plan, inputs, named, await check_models(plan, inputs.images, catalogue), examples)


async def start_session(
    store: Store,
    request: GradeSingleReq,
    rules: StartRules,
    *,
    same_prompts: bool = False,
    exam_id: str | None = None,
) -> list[str]:
    """Plan the run and write it down, or join the one that is on with the same plan; what there is to note about it.

    Where the session's exam has seeds, each marker is held back until those that are being graded are marked.
    `same_prompts`: the prompts and examples of the stored plan, whatever is stored today.
    `exam_id`: the whole exam is started, and a limit on cost is one for all of it.

    Raises NotFoundError, UnprocessableError (`images`, `questions`, `models...`; IMAGES_NOT_REACHABLE), ConflictError
    (SESSION_BUSY), RateLimitedError and NotConfiguredError, all before anything is stored.
    """
    for _ in range(PLANNING_TRIES):
        inputs = await store.grading_inputs(request.session_id)
        if not rules.has_key:
            raise NotConfiguredError("No model can be asked: set OPENROUTER_API_KEY (see .env.example).")
        planned = await plan_start(store, request, inputs, rules.catalogue, same_prompts=same_prompts)
        rules.check_size(planned.plan)
        check_reachable(planned.pages, rules)
        limit = CostLimit.of_start(request, inputs.plan, exam_id)
        await check_priced(limit, planned.plan, planned.inputs.images, rules.catalogue)
        outcome = await store.start_grading(
            request.session_id,
            plan={
                **planned.as_json(),
                "seeds": inputs.seeds,
                "started_from": rules.request_base,
                "exam_id": exam_id,
                **limit.as_json(),
            },
            default_tries=planned.plan.default_tries,
            calls=planned.calls,
            inputs_version=inputs.inputs_version,
            force=request.force,
            daily=rules.daily,
        )
        if outcome != "stale":
            return planned.notes
    raise ConflictError("Questions or images of this session keep changing; try again.", code="SESSION_BUSY")


def check_ready(inputs: GradingInputs) -> None:
    """Whether there is something to mark."""
    if inputs.plan is not None and inputs.plan.get("imported"):
        raise ConflictError("These marks were imported: the session cannot be graded. Make a new one for the script.")
    if not any(image.role is Role.STUDENT for image in inputs.images):
        raise UnprocessableError.field("images", "Register at least one image of the student's answers first.")
    if not inputs.questions:
        raise UnprocessableError.field("questions", "Configure the questions first.")
    for kind, template in inputs.templates.items():
        if template is None:
            raise UnprocessableError.field(f"selected_{kind}_template", "The session's template was deleted.")


def check_reachable(images: Sequence[Image], rules: StartRules) -> None:
    """Whether a provider could see every page."""
    unreachable = [image for image in images if not rules.can_be_seen(image)]
    if unreachable:
        raise UnprocessableError.field(
            "images",
            f"{len(unreachable)} images are at a loopback address that OpenRouter cannot fetch. Use Supabase Storage, "
            "or set PUBLIC_BASE_URL to where this server is reachable, or set IMAGE_DELIVERY=inline (--inline-images "
            "on the command line) to send the pages inside the requests.",
            code="IMAGES_NOT_REACHABLE",
        )


def check_prompts(plan: Plan, named: Mapping[str, object], marked_by: str) -> None:
    """Answer sheets have one prompt: code awards their marks."""
    if marked_by != "code":
        return
    if named:
        raise UnprocessableError.field("template", "An answer sheet is read with its own prompt: leave `template` out.")
    if any(marker.assessment.split is not None for marker in plan.markers):
        raise UnprocessableError.field("split", "An answer sheet is read in one request: leave `split` out.")
    index = next((index for index, marker in enumerate(plan.markers) if marker.examples), None)
    if index is not None:
        raise UnprocessableError.field(
            plan.examples_field(index), "Code awards the marks of an answer sheet: leave `examples` out."
        )


async def check_models(plan: Plan, images: Sequence[Image], catalogue: Catalogue) -> list[str]:
    """What the list of models says against the plan, in sentences; nothing where the list cannot be had.

    Raises UnprocessableError naming the model that cannot see images.
    """
    notes = []
    if not await catalogue.has_list():
        log.warning("the list of models cannot be had: nothing is known about what the chosen models can do")
    for index, marker in enumerate(plan.markers):
        for stage in stages(images):
            settings = marker.settings(stage)
            capabilities = await catalogue.capabilities(settings.name)
            if capabilities.image_input is False:
                raise UnprocessableError.field(
                    plan.field_of(index, stage), f"{settings.name} does not take images and cannot mark scans."
                )
            if reasoning_is_dropped(capabilities, settings.reasoning):
                notes.append(f"{settings.name} has no reasoning: the setting is left out.")
            left_out = sampling_left_out(capabilities, settings.sampling())
            notes.extend(f"{settings.name} does not take {name}: the setting is left out." for name in left_out)
    return list(dict.fromkeys(notes))

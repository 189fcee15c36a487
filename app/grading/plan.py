"""From a request to a plan, and from a plan to the calls it takes. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

from app.errors import UnprocessableError
from app.grading.examples import Examples
from app.grading.markers import Marker, ModelSettings, Templates
from app.grading.prompts.body import input_hash
from app.grading.prompts.messages import roles_sent
from app.marks.model import Image, Question, Role, Split, Stage
from app.schemas.grade import GradeModelSpec, GradePairSpec, GradeSingleReq, ModelSpec, TriesUntil
from app.store.runs import CallKey, PlannedCall


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How large a plan may be."""

    models: int
    attempts: int

    def check(self, plan: "Plan") -> None:
        """Raises UnprocessableError for a plan that is too large."""
        field = "models" if plan.summary["model_pairs"] is None else "model_pairs"
        if len(plan.markers) > self.models:
            raise UnprocessableError.field(
                field, f"{len(plan.markers)} markers are more than the {self.models} of one start (MAX_PLAN_MODELS)."
            )
        attempts = sum(marker.tries for marker in plan.markers)
        if attempts > self.attempts:
            raise UnprocessableError.field(
                field,
                f"{attempts} attempts are more than the {self.attempts} of one session (MAX_PLAN_ATTEMPTS): name fewer "
                "models or tries.",
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """Who marks, how often. `summary` is the request as session lists show it."""

    markers: tuple[Marker, ...]
    default_tries: int
    summary: dict[str, Any]

    def field_of(self, index: int, stage: Stage) -> str:
        """The field of a request that named the model of one marker's stage."""
        if self.summary["model_pairs"] is None:
            return f"models.{index}.name"
        return f"model_pairs.{index}.{stage.value}_model.name"

    def examples_field(self, index: int) -> str:
        """The field of a request that named the worked examples of one marker."""
        return self.field_of(index, Stage.ASSESSMENT).removesuffix("name") + "examples"

    def as_json(self) -> dict[str, Any]:
        return {"markers": [marker.as_json() for marker in self.markers], "summary": self.summary}

    @classmethod
    def from_json(cls, row: Mapping[str, Any], default_tries: int) -> Self:
        return cls(tuple(Marker.from_json(marker) for marker in row["markers"]), default_tries, row["summary"])


def plan_from_request(request: GradeSingleReq, stored: Plan | None) -> Plan:
    """The plan a request asks for; `stored` is what an empty list of models repeats, and so do the names of its models
    alone: a front end that keeps nothing else must not take away their reasoning, providers and instance ids.

    Raises UnprocessableError naming `models`, `model_pairs` or the entry at fault.
    """
    if request.models and request.model_pairs:
        raise UnprocessableError.field("models", "Give models or model_pairs, not both.")
    default_tries = request.default_tries or 1
    if stored is not None and _names_stored(request, stored):
        return _repeated(request, stored)
    if request.model_pairs:
        markers = [_paired_marker(pair, request, default_tries) for pair in request.model_pairs]
        field = "model_pairs"
    elif request.models:
        markers = [_single_marker(model, request, default_tries) for model in request.models]
        field = "models"
    elif stored is not None:
        return stored
    else:
        raise UnprocessableError.field("models", "Name at least one model: this session has no plan to repeat yet.")
    _check_distinct(field, markers)
    return Plan(tuple(markers), default_tries, _summary(request))


def repeats(request: GradeSingleReq, stored: Plan) -> bool:
    """Whether a request repeats the stored plan: it names no models, or the plan's alone."""
    return not (request.models or request.model_pairs) or _names_stored(request, stored)


def _names_stored(request: GradeSingleReq, stored: Plan) -> bool:
    """Whether a request names the models of the stored plan and nothing more than how often each is tried; of pairs,
    no more than existing clients keep.
    """
    if request.model_pairs:
        return _names_stored_pairs(request, stored)
    specs = request.models or []
    says_more = any(spec.model_dump(exclude={"name", "tries"}, exclude_none=True) for spec in specs)
    if not specs or says_more or _says_more(request):
        return False
    is_of_models = stored.summary["model_pairs"] is None
    return is_of_models and sorted(spec.name for spec in specs) == sorted(m.assessment.name for m in stored.markers)


def _says_more(request: GradeSingleReq) -> bool:
    """Whether a request names settings for all its models."""
    return any(one is not None for one in (request.reasoning, request.provider, request.split))


def _names_stored_pairs(request: GradeSingleReq, stored: Plan) -> bool:
    """Whether the pairs are those of the stored plan, in its order, and name no setting that older clients lose."""
    pairs = request.model_pairs or []
    sides = [side for pair in pairs for side in (pair.rubric_model, pair.assessment_model)]
    says_more = any(side.model_dump(exclude={"name", "tries", "reasoning"}, exclude_none=True) for side in sides)
    if says_more or _says_more(request):
        return False
    kept = [{name: pair[name] for name in _KEPT_BY_CLIENTS} for pair in stored.summary["model_pairs"] or []]
    return [_pair_as_kept(pair) for pair in pairs] == kept


def _repeated(request: GradeSingleReq, stored: Plan) -> Plan:
    """The stored plan; the request may say how often each model is tried. The same model twice: in the stored order."""
    if request.model_pairs:
        tried = [pair.assessment_model.tries or pair.rubric_model.tries for pair in request.model_pairs]
        pairs = zip(stored.markers, tried, strict=True)
        repeated = tuple(_tried(one, tries or request.default_tries) for one, tries in pairs)
        return Plan(repeated, request.default_tries or stored.default_tries, stored.summary)
    left = list(request.models or [])
    markers = []
    for marker in stored.markers:
        spec = next(one for one in left if one.name == marker.assessment.name)
        left.remove(spec)
        markers.append(_tried(marker, spec.tries or request.default_tries))
    return Plan(tuple(markers), request.default_tries or stored.default_tries, stored.summary)


def _single_marker(model: GradeModelSpec, request: GradeSingleReq, default_tries: int) -> Marker:
    settings = _settings(model, request)
    rubric = replace(settings, template=model.rubric_template, split=None)
    marker = Marker(model.instance_id or model.name, default_tries, settings, rubric, _example_ids(model))
    return _tried(marker, model.tries)


def _paired_marker(pair: GradePairSpec, request: GradeSingleReq, default_tries: int) -> Marker:
    marker = Marker(
        pair.instance_id or pair.assessment_model.name,
        default_tries,
        _settings(pair.assessment_model, request),
        replace(_settings(pair.rubric_model, request), template=pair.rubric_model.rubric_template, split=None),
        _example_ids(pair.assessment_model),
    )
    return _tried(marker, pair.assessment_model.tries or pair.rubric_model.tries)


def _tried(marker: Marker, tries: int | TriesUntil | None) -> Marker:
    """The marker with these tries; with its own where none are given."""
    if tries is None:
        return marker
    if isinstance(tries, TriesUntil) and tries.min < tries.max:
        return replace(marker, tries=tries.max, settled_from=tries.min)
    return replace(marker, tries=tries.max if isinstance(tries, TriesUntil) else tries, settled_from=None)


def _example_ids(model: ModelSpec) -> tuple[str, ...]:
    """A number of examples has been replaced by sessions before a plan is made."""
    return tuple(model.examples) if isinstance(model.examples, list) else ()


def _settings(model: ModelSpec, request: GradeSingleReq) -> ModelSettings:
    reasoning = request.reasoning if model.reasoning is None else model.reasoning
    provider = request.provider if model.provider is None else model.provider
    split = Split(model.split or request.split or Split.NONE)
    return ModelSettings(
        model.name,
        reasoning,
        provider,
        model.temperature,
        model.max_tokens,
        model.seed,
        model.template,
        None if split is Split.NONE else split,
    )


def _check_distinct(field: str, markers: Sequence[Marker]) -> None:
    seen: set[str] = set()
    for index, marker in enumerate(markers):
        if marker.key in seen:
            raise UnprocessableError.field(
                f"{field}.{index}.instance_id",
                f"{marker.key!r} is there twice: give each its own instance_id.",
            )
        seen.add(marker.key)


def _summary(request: GradeSingleReq) -> dict[str, Any]:
    pairs = request.model_pairs or []
    if not pairs:
        names = [model.name for model in request.models or []]
        return {"selected_models": names, "model_pairs": None, "rubric_models": None, "assessment_models": None}
    return {
        "selected_models": [pair.assessment_model.name for pair in pairs],
        "model_pairs": [_pair_as_kept(pair) | _more_of_pair(pair) for pair in pairs],
        "rubric_models": [pair.rubric_model.name for pair in pairs],
        "assessment_models": [pair.assessment_model.name for pair in pairs],
    }


_KEPT_BY_CLIENTS = ("rubricModel", "assessmentModel", "rubricReasoning", "assessmentReasoning", "instanceId")


def _pair_as_kept(pair: GradePairSpec) -> dict[str, Any]:
    """A pair as existing clients keep it and send it back."""
    models = (pair.rubric_model, pair.assessment_model)
    said = (*(one.name for one in models), *(one.reasoning for one in models), pair.instance_id)
    return dict(zip(_KEPT_BY_CLIENTS, said, strict=True))


def _more_of_pair(pair: GradePairSpec) -> dict[str, Any]:
    """The other settings that are set, named in the same way."""
    rubric, assessment = pair.rubric_model, pair.assessment_model
    both = {
        f"{stage}{name}": value
        for stage, one in (("rubric", rubric), ("assessment", assessment))
        for name, value in (
            ("Provider", one.provider),
            ("Temperature", one.temperature),
            ("MaxTokens", one.max_tokens),
            ("Seed", one.seed),
        )
    }
    prompts = {"rubricTemplate": rubric.rubric_template, "assessmentTemplate": assessment.template}
    of_marker = {"examples": assessment.examples, "split": assessment.split}
    return {name: value for name, value in (both | prompts | of_marker).items() if value is not None}


def planned_calls(
    plan: Plan,
    templates: Templates,
    questions: Sequence[Question],
    images: Sequence[Image],
    examples: Examples | None = None,
) -> list[PlannedCall]:
    """Every call the plan takes, first tries first, so that each marker's leader goes ahead of its repeats.

    `examples` are those of all markers.
    """
    shown = {session_id: example.as_json() for session_id, example in (examples or {}).items()}
    requests = {
        marker.key: _requests(marker, templates, questions, images, [shown[one] for one in marker.examples])
        for marker in plan.markers
    }
    most = max(marker.tries for marker in plan.markers)
    return [
        PlannedCall(CallKey(marker.key, try_index, stage), request)
        for try_index in range(1, most + 1)
        for marker in plan.markers
        if try_index <= marker.tries
        for stage, request in requests[marker.key].items()
    ]


_Asked = tuple[Sequence[Question], Sequence[Mapping[str, Any]]]


def _requests(
    marker: Marker,
    templates: Templates,
    questions: Sequence[Question],
    images: Sequence[Image],
    examples: Sequence[Mapping[str, Any]],
) -> dict[Stage, dict[str, Any]]:
    requests = {}
    # Both hashes of the stage before, from which this one has its criteria.
    source: tuple[str | None, str | None] = (None, None)
    named, nameless = (questions, examples), _without_names(questions, examples)
    for stage in stages(images):
        settings = marker.settings(stage)
        template = templates.of(settings, stage)
        sent = roles_sent(template, stage)
        hash_of = partial(
            input_hash,
            template=template,
            images=[image for image in images if image.role in sent],
            model=settings.name,
            reasoning=settings.reasoning,
            provider=settings.provider,
            sampling=settings.sampling() | settings.asked_in(),
        )
        shown = stage is Stage.ASSESSMENT
        first, second = (
            hash_of(questions=questions, criteria_source=criteria, examples=worked if shown else ())
            for (questions, worked), criteria in zip((named, nameless), source, strict=True)
        )
        source = first, second
        hashes = {"input_hash": first, "content_hash": second}
        chosen = settings.sampling() | settings.asked_in()
        requests[stage] = {"model": settings.name, "reasoning": settings.reasoning, **hashes, **chosen}
    return requests


def _without_names(questions: Sequence[Question], examples: Sequence[Mapping[str, Any]]) -> _Asked:
    """The same with the places of the questions for their ids: renamed questions are asked no differently."""
    places = {question.question_id: str(place) for place, question in enumerate(questions, start=1)}
    shown = [
        {**one, "marks": {places.get(name, name): mark for name, mark in one["marks"].items()}} for one in examples
    ]
    return [replace(question, question_id=places[question.question_id]) for question in questions], shown


def stages(images: Sequence[Image]) -> Iterator[Stage]:
    """The stages of every attempt: the rubric is read first, where there are rubric images."""
    if any(image.role is Role.GRADING_RUBRIC for image in images):
        yield Stage.RUBRIC
    yield Stage.ASSESSMENT

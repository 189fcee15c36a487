"""What a start of grading would cost and how long it would take, before anything is paid."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.errors import AppError, NotConfiguredError
from app.grading.example_choice import without_own_examples
from app.grading.exams import NotReady, chosen, left_out_as_example, not_ready_session, plan_of_exam, request_of
from app.grading.markers import Marker
from app.grading.prompts.body import room_for
from app.grading.requests import RequestBuilder
from app.grading.settling import Settling
from app.grading.start import PlannedStart, plan_start
from app.marks.model import Json, Stage
from app.openrouter.caching import cache_rule
from app.openrouter.catalogue import Catalogue, ModelCapabilities
from app.openrouter.estimate import PlannedCalls, Range, estimated, tokens_of
from app.openrouter.gates import ModelGates
from app.openrouter.image_tokens import image_tokens
from app.schemas.estimates import GradingEstimate
from app.schemas.grade import ExamPlanReq, GradeSingleReq
from app.storage.page_sizes import PageSizes
from app.store.records import ExamRow
from app.store.runs import CallKey, ClaimedRun
from app.store.sessions import Store

# Of an answer: a note of a sentence or two for each question; criteria are copied from a page.
_ANSWER, _ANSWER_PER_QUESTION = 40, 60
# What the fields beside a mark add to that for each question.
_FIELDS = {"page": 4, "quote": 30}
_CRITERIA, _CRITERIA_PER_QUESTION = 300, 120
# Of the room that is given for thinking a model usually takes this share.
_THOUGHT = 0.15
# Usual models write some 70 tokens a second, and take a while to look at the pages first.
_SECONDS_TO_BEGIN, _TOKENS_PER_SECOND = 4.0, 70.0
# Of the tries that a plan makes only while answers are in doubt, this share is made.
_IN_DOUBT = 0.4
# Tries after the first find most of the prompt cached, where the provider caches at all.
_CACHED = 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast calls can be made now: `n_parallel` at once, and by model the rate that its gate has learned."""

    n_parallel: int
    rates: Mapping[str, float]

    @classmethod
    def of(cls, n_parallel: int, gates: ModelGates) -> "Limits":
        known = {model: health.rate for model, health in gates.health().items()}
        return cls(n_parallel, {model: rate for model, rate in known.items() if rate})


@dataclass
class _Planned:
    """`by_marker` holds the calls of each marker; `not_ready` the sessions that would not start, with the reason."""

    n_sessions: int = 0
    by_marker: dict[str, list[PlannedCalls]] = field(default_factory=dict)
    not_ready: list[NotReady] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    # Seconds of the calls of one attempt, which wait for each other.
    chain: float = 0.0

    def add(self, marker: str, calls: PlannedCalls) -> None:
        self.by_marker.setdefault(marker, []).append(calls)


@dataclass(frozen=True, slots=True)
class Estimator:
    """Estimates starts. `store` sees what the user may see. `where`: the fields beside a mark in the built-in form."""

    store: Store
    catalogue: Catalogue
    pages: PageSizes
    limits: Limits
    where: frozenset[str] = frozenset()

    async def of_session(self, request: GradeSingleReq) -> GradingEstimate:
        """Of `POST /grade/single` with the same body. Raises what that does about the session and the plan."""
        found = _Planned()
        await self._add(request, found)
        return await self._summed(found)

    async def of_exam(self, exam: ExamRow, plan: ExamPlanReq) -> GradingEstimate:
        """Of `POST /exams/{id}/grade` with the same body."""
        found = _Planned()
        plan = await plan_of_exam(exam, plan, self.store)
        for session in chosen(exam, plan.session_ids):
            own_plan = without_own_examples(plan, session["session_id"])
            if own_plan is None:
                found.not_ready.append(left_out_as_example(session))
                continue
            try:
                await self._add(request_of(own_plan, session["session_id"]), found)
            except NotConfiguredError:
                raise
            except AppError as error:
                found.not_ready.append(not_ready_session(session, error.code, error.message))
        return await self._summed(found)

    async def _add(self, request: GradeSingleReq, found: _Planned) -> None:
        inputs = await self.store.grading_inputs(request.session_id)
        planned = await plan_start(self.store, request, inputs, self.catalogue)
        keys = await self.store.calls_to_make(request.session_id, planned.calls, force=request.force)
        found.n_sessions += 1
        found.notes.update(dict.fromkeys(planned.notes))
        known = {name: await self.catalogue.capabilities(name) for name in _models(planned.plan.markers)}
        requests = _builder(request.session_id, planned, known, self.where)
        sizes = await self.pages.of(planned.pages)
        n_questions = len(planned.inputs.questions)
        has_rubric = any(key.stage is Stage.RUBRIC for key in (call.key for call in planned.calls))
        chains = Counter[str]()
        for (key, stage), (n, further) in _open_calls(planned, keys).items():
            call = CallKey(key, 1, stage)
            criteria = _CRITERIA_PER_QUESTION * n_questions if has_rubric and stage is Stage.ASSESSMENT else 0
            slices = planned.slices(key) if stage is Stage.ASSESSMENT else ()
            n_calls = Range(n, n + further * (_IN_DOUBT if n else 0.0), 2 * (n + further))
            # Requests of single questions begin alike; those of pages show other pages.
            n_alike = n * sum(one.page is None for one in slices) or n
            longest = 0.0
            for only in slices or (None,):
                body = requests(call, only=only).body
                model = known[str(body["model"])]
                n_asked = n_questions if only is None else len(only.questions)
                output = _output(body, model, n_asked, stage, requests.fields(call))
                longest = max(longest, _SECONDS_TO_BEGIN + output.likely / _TOKENS_PER_SECOND)
                tokens = _input_tokens(body, sizes) + criteria
                found.add(key, _planned_calls(str(body["model"]), model, n_calls, tokens, output, n_alike))
            chains[key] += round(longest)
        found.chain = max(found.chain, *chains.values(), 0)

    async def _summed(self, found: _Planned) -> GradingEstimate:
        everything = [calls for of_marker in found.by_marker.values() for calls in of_marker]
        models = {calls.model for calls in everything}
        prices = {model: (await self.catalogue.capabilities(model)).price for model in models}

        def of(planned: list[PlannedCalls]) -> dict[str, Any]:
            one = estimated(planned, prices, n_parallel=self.limits.n_parallel, longest_chain=found.chain)
            return asdict(replace(one, seconds=max(one.seconds, self._seconds_of_gates(planned))))

        return GradingEstimate.model_validate(
            {
                **of(everything),
                "sessions": found.n_sessions,
                "markers": [{"marker": key, **of(planned)} for key, planned in found.by_marker.items()],
                "not_ready": found.not_ready,
                "notes": list(found.notes),
            }
        )

    def _seconds_of_gates(self, planned: Iterable[PlannedCalls]) -> float:
        """How long the slowest gate takes to let all its calls through."""
        n = Counter[str]()
        for calls in planned:
            n[calls.model] += round(calls.n.likely)
        return max((n[model] / rate for model, rate in self.limits.rates.items() if model in n), default=0.0)


def _planned_calls(  # noqa: PLR0917 - what there is to know of calls that are alike
    name: str, model: ModelCapabilities, n_calls: Range, tokens: int, output: Range, n_alike: int
) -> PlannedCalls:
    """`n_alike` calls begin with the same prompt."""
    cached, rule = _CACHED if n_alike > 1 else 0.0, cache_rule(name, model.price)
    paid = 1 - cached * (1 - rule.share(n_alike)) if rule is not None and rule.pays(n_alike) else 1.0
    seconds = _SECONDS_TO_BEGIN + output.likely / _TOKENS_PER_SECOND
    return PlannedCalls(name, n_calls, tokens, output, seconds, cached, paid)


def _open_calls(planned: PlannedStart, keys: set[CallKey]) -> dict[tuple[str, Stage], tuple[int, int]]:
    """How many calls of each marker and stage would be made in any case, and how many more while answers are in doubt,
    in the order of the plan.
    """
    settling = Settling.of_plan(planned.as_json(), planned.inputs.questions)
    found: dict[tuple[str, Stage], tuple[int, int]] = {}
    for key in (call.key for call in planned.calls if call.key in keys):
        n, further = found.get((key.model_name, key.stage), (0, 0))
        is_sure = settling.is_sure(key)
        found[key.model_name, key.stage] = n + is_sure, further + (not is_sure)
    return found


def _models(markers: Iterable[Marker]) -> set[str]:
    return {marker.settings(stage).name for marker in markers for stage in Stage}


def _builder(
    session_id: str, planned: PlannedStart, known: Mapping[str, ModelCapabilities], where: frozenset[str]
) -> RequestBuilder:
    """The requests that a run would send, but for the addresses of the pages."""
    inputs = planned.inputs
    run = ClaimedRun(
        session_id, 1, planned.as_json(), None, inputs.questions, inputs.images, calls=(), marked_by=inputs.marked_by
    )
    return RequestBuilder(run, {image.url: image.url for image in planned.pages}, known, "deny", where)


def _input_tokens(body: Mapping[str, Json], sizes: Mapping[str, tuple[int, int]]) -> int:
    n = 0
    for message in body["messages"]:
        content: Json = message["content"]
        parts: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            if part["type"] == "text":
                n += tokens_of(part["text"])
            else:
                n += image_tokens(str(body["model"]), *sizes[part["image_url"]["url"]]).likely
    return n


def _output(
    body: Mapping[str, Json], model: ModelCapabilities, n_questions: int, stage: Stage, fields: Iterable[str]
) -> Range:
    base, each = (_CRITERIA, _CRITERIA_PER_QUESTION) if stage is Stage.RUBRIC else (_ANSWER, _ANSWER_PER_QUESTION)
    each += sum(_FIELDS[name] for name in fields)
    answer, most = base + each * n_questions, int(body["max_tokens"])
    thinks = "reasoning" in body or model.thinks_by_default is not False
    thought = _THOUGHT * max(0, most - room_for(n_questions, stage)) if thinks else 0.0
    return Range(min(answer / 2, most), min(answer + thought, most), most)

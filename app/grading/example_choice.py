"""Which scripts are worked examples of a plan: chosen or named, and checked before anything is paid."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from app.errors import UnprocessableError
from app.grading.examples import Example
from app.grading.plan import Plan
from app.marks.model import Image, Question, Role
from app.schemas.grade import GradePlanReq, ModelSpec
from app.store.exams import Scope
from app.store.records import ExampleCandidate, ExampleCandidates, ExampleScript
from app.store.sessions import Store

R = TypeVar("R", bound=GradePlanReq)


async def with_chosen_examples(store: Store, request: R, scope: Scope) -> R:
    """The request with session ids in the place of every number of examples.

    A marker whose key has as many examples in another session of the exam gets the same ones: the figures of a marker
    are about one set. Raises UnprocessableError naming the field of a number that is too large.
    """
    specs = list(_specs(request))
    if not any(isinstance(spec.examples, int) for _, _, spec in specs):
        return request
    found = await store.example_candidates(scope)
    if found["exam_id"] is None:
        field = next(field for field, _, spec in specs if isinstance(spec.examples, int))
        raise UnprocessableError.field(field, "This session belongs to no exam: name the sessions to show instead.")
    candidates = [one for one in found["scripts"] if one["session_id"] != scope.get("session_id")]
    chosen = {}
    for field, key, spec in specs:
        if isinstance(spec.examples, int):
            kept = found["chosen"].get(key, [])
            fits = _still_fit(kept, spec.examples, found)
            chosen[field] = kept if fits else _choose(candidates, spec.examples, field)
    return _replaced(request, chosen)


def without_own_examples(request: R, session_id: str) -> R | None:
    """The request for one script, without the markers that see it as an example; None where no marker is left."""
    specs = [(key, spec.examples) for _, key, spec in _specs(request)]
    seeing = {key for key, examples in specs if isinstance(examples, list) and session_id in examples}
    if not seeing:
        return request
    models = [one for one in request.models or [] if (one.instance_id or one.name) not in seeing]
    pairs = [p for p in request.model_pairs or [] if (p.instance_id or p.assessment_model.name) not in seeing]
    left = {"models": models or None, "model_pairs": pairs or None}
    return request.model_copy(update=left) if models or pairs else None


def _specs(request: GradePlanReq) -> Iterable[tuple[str, str, ModelSpec]]:
    """(field of its examples, marker's key, spec of the model that marks) of each marker."""
    for index, model in enumerate(request.models or []):
        yield f"models.{index}.examples", model.instance_id or model.name, model
    for index, pair in enumerate(request.model_pairs or []):
        marks = pair.assessment_model
        yield f"model_pairs.{index}.assessment_model.examples", pair.instance_id or marks.name, marks


def _replaced(request: R, chosen: Mapping[str, Sequence[str]]) -> R:
    """A copy in which the fields of examples that `chosen` names hold session ids."""
    copy = request.model_copy(deep=True)
    for field, _, spec in _specs(copy):
        if field in chosen:
            spec.examples = list(chosen[field])
    return copy


def _still_fit(kept: Sequence[str], wanted: int, found: ExampleCandidates) -> bool:
    return len(kept) == wanted and set(kept) <= {one["session_id"] for one in found["scripts"]}


def _choose(candidates: Sequence[ExampleCandidate], wanted: int, field: str) -> list[str]:
    """Scripts from the whole range of totals, completely marked ones first, in the order of the exam.

    Seeds are kept for what they are for: a marker that has seen one cannot be checked on it.
    """
    usable = [one for one in candidates if not one["seed"]]
    if wanted > len(usable):
        seeds = f", {len(candidates) - len(usable)} seeds left aside" if len(usable) < len(candidates) else ""
        raise UnprocessableError.field(
            field, f"{wanted} examples are more than the {len(usable)} scripts with pages and human marks{seeds}."
        )
    most = sorted((len(one["human"]) for one in usable), reverse=True)[wanted - 1]
    marked = sorted((one for one in usable if len(one["human"]) >= most), key=_total)
    last = max(wanted - 1, 1)
    spread = {marked[(2 * place * (len(marked) - 1) + last) // (2 * last)]["session_id"] for place in range(wanted)}
    if wanted == 1:
        spread = {marked[len(marked) // 2]["session_id"]}
    return [one["session_id"] for one in candidates if one["session_id"] in spread]


def _total(script: ExampleCandidate) -> tuple[float, str]:
    return sum(script["human"].values()), script["session_id"]


async def gathered_examples(
    store: Store, scope: Scope, plan: Plan, questions: Sequence[Question]
) -> dict[str, Example]:
    """The pages and marks of all scripts that the plan's markers see as examples.

    They belong to the owner of the session or exam and hold its questions with the same maxima. Raises
    UnprocessableError naming the field of the first script that cannot be one.
    """
    wanted = {one: plan.examples_field(at) for at, marker in enumerate(plan.markers) for one in marker.examples}
    if not wanted:
        return {}
    for one, field in wanted.items():
        if not _is_id(one):
            raise UnprocessableError.field(field, f"There is no session {one!r}.")
    rows = {row["session_id"]: row for row in await store.example_scripts(scope, list(wanted))}
    examples = {}
    for one, field in wanted.items():
        fault = _fault(one, scope.get("session_id"), rows.get(one), questions)
        if fault is not None:
            raise UnprocessableError.field(field, fault)
        examples[one] = _example(rows[one], questions)
    return examples


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _fault(one: str, session_id: str | None, row: ExampleScript | None, questions: Sequence[Question]) -> str | None:
    """Why a session cannot be a worked example."""
    if row is None:
        return f"There is no session {one!r}."
    if one == session_id:
        return f"{one!r} is the script that is marked: it cannot be its own worked example."
    if not row["images"]:
        return f"Session {one!r} has no pages: register the student's pages first, or name another."
    maxima = {question["question_id"]: question["max_marks"] for question in row["questions"]}
    other = next((q.question_id for q in questions if maxima.get(q.question_id) != q.max_marks), None)
    if other is not None:
        return f"Session {one!r} does not have question {other!r} with the same maximum: name one of the same exam."
    if not any(question.question_id in row["human"] for question in questions):
        return f"Session {one!r} has no human marks: give them first, or name another."
    return None


def _example(row: ExampleScript, questions: Sequence[Question]) -> Example:
    human = row["human"]
    marks = {q.question_id: human[q.question_id] for q in questions if q.question_id in human}
    pages = (Image(**{**page, "role": Role(page["role"])}) for page in row["images"])
    return Example(tuple(pages), marks)

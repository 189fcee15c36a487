"""Starting all sessions of an exam."""

from collections.abc import Callable, Sequence
from typing import TypedDict
from uuid import uuid4

from app.errors import AppError, NotConfiguredError, NotFoundError
from app.grading.example_choice import gathered_examples, with_chosen_examples, without_own_examples
from app.grading.markers import named_templates
from app.grading.plan import plan_from_request
from app.grading.start import StartRules, start_session
from app.marks.model import Question
from app.schemas.grade import ExamPlanReq, GradePlanReq, GradeSingleReq
from app.store.records import ExamRow, ExamSession
from app.store.sessions import Store

WORKED_EXAMPLE = "WORKED_EXAMPLE"
SEEN = "Every marker of the plan sees this script as a worked example, so none marks it."


class NotReady(TypedDict):
    """A session that was not started, and why."""

    session_id: str
    name: str | None
    code: str
    message: str


async def start_exam(
    exam: ExamRow, plan: ExamPlanReq, *, store: Store, rules: StartRules, launch: Callable[[str], None]
) -> tuple[list[str], list[NotReady]]:
    """Start every session of an exam, or of the chosen ones, that is ready: their ids, and {session_id, name, code,
    message} of the others.

    Raises NotConfiguredError, NotFoundError for a chosen session of another exam, and UnprocessableError for a plan
    that fits no session at all.
    """
    started: list[str] = []
    not_ready: list[NotReady] = []
    plan = await plan_of_exam(exam, plan, store, rules)
    # Seeds first: the others wait for what each marker makes of them.
    for session in sorted(chosen(exam, plan.session_ids), key=lambda one: not one["seed"]):
        session_id = session["session_id"]
        own_plan = without_own_examples(plan, session_id)
        if own_plan is None:
            not_ready.append(left_out_as_example(session))
            continue
        try:
            await start_session(store, request_of(own_plan, session_id), rules, exam_id=exam["exam_id"])
        except NotConfiguredError:
            raise
        except AppError as error:
            # A deletion or an outage befalls one session; those started before are paid for and must be named.
            not_ready.append(not_ready_session(session, error.code, error.message))
        else:
            launch(session_id)
            started.append(session_id)
    return started, not_ready


async def plan_of_exam(exam: ExamRow, plan: ExamPlanReq, store: Store, rules: StartRules | None = None) -> ExamPlanReq:
    """The plan with its worked examples chosen. Raises UnprocessableError for one that fits no session at all."""
    if not plan.models and not plan.model_pairs:
        return plan
    scope = {"exam_id": exam["exam_id"]}
    plan = await with_chosen_examples(store, plan, scope)
    made = plan_from_request(request_of(plan, exam["exam_id"]), stored=None)
    if rules is not None:
        rules.check_size(made)
    await named_templates(store, made.markers, scope)
    await gathered_examples(store, scope, made, [Question(**question) for question in exam["questions"]])
    return plan


def left_out_as_example(session: ExamSession) -> NotReady:
    """How an answer names a script that every marker of the plan sees as an example."""
    return not_ready_session(session, WORKED_EXAMPLE, SEEN)


async def start_watch(
    session_ids: Sequence[str],
    *,
    store: Store,
    rules: StartRules,
    launch: Callable[[str], None],
    max_cost_usd: float | None = None,
) -> tuple[list[str], list[NotReady]]:
    """Mark seeds again, each with its stored plan and the prompts of that time, in a new run: as `start_exam`.

    `max_cost_usd` is the limit for all of them; that of the stored plans does not count.
    """
    watch_id = str(uuid4())
    started: list[str] = []
    not_ready: list[NotReady] = []
    for session_id in session_ids:
        request = GradeSingleReq(session_id=session_id, models=[], force=True, max_cost_usd=max_cost_usd)
        try:
            await start_session(store, request, rules, same_prompts=True, exam_id=watch_id)
        except NotConfiguredError:
            raise
        except AppError as error:
            not_ready.append({"session_id": session_id, "name": None, "code": error.code, "message": error.message})
        else:
            launch(session_id)
            started.append(session_id)
    return started, not_ready


def chosen(exam: ExamRow, session_ids: Sequence[str] | None) -> list[ExamSession]:
    """These sessions of the exam, or all. Raises NotFoundError for a session that is not its own."""
    if session_ids is None:
        return list(exam["sessions"])
    wanted = set(session_ids)
    sessions = [session for session in exam["sessions"] if session["session_id"] in wanted]
    if missing := wanted - {session["session_id"] for session in sessions}:
        raise NotFoundError(f"The exam holds no session {min(missing)}.")
    return sessions


def request_of(plan: GradePlanReq, session_id: str) -> GradeSingleReq:
    """The start of one session under an exam's plan."""
    return GradeSingleReq(session_id=session_id, **plan.model_dump(exclude_unset=True, exclude={"session_ids"}))


def not_ready_session(session: ExamSession, code: str, message: str) -> NotReady:
    """How an answer names a session that is not started."""
    return {"session_id": session["session_id"], "name": session["name"], "code": code, "message": message}

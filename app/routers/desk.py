"""The review desk of an exam: its page, which answers it gets, and how far the work is."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from app.dependencies import BaseUrlDep, DeskDep, DeskStoreDep, ExamStoreDep, OwnerDep, SettingsDep
from app.openapi import described_router
from app.pages.frame import page
from app.reporting.desk import Seat, SeenAnswer, Wish
from app.reporting.double_marking import double_marking
from app.schemas.base import ExamId, SessionId, Text
from app.schemas.desk import (
    AnswerRef,
    CallsRes,
    DeskProgress,
    DeskSettings,
    DeskSettingsReq,
    DoubleMarkingRes,
    TakeAnswersReq,
    TakenAnswersRes,
)
from app.settings import Settings
from app.storage.urls import absolute
from app.store.desk import Answer

router = described_router(prefix="/exams/{exam_id}", tag="trust")
session_router = described_router(prefix="/sessions/{session_id}", tag="trust")

# A tenth of a million reviews fills some 40 MB.
MOST_CHANGES = 100_000


@router.get("/desk", response_class=HTMLResponse)
async def get_exam_desk(exam_id: ExamId, request: Request, store: DeskStoreDep, settings: SettingsDep) -> HTMLResponse:
    """The page on which a person reviews answers: the scan beside the marks."""
    await store.answers(exam_id, [])
    return page(request, "desk.html", images_from=_image_hosts(settings), exam_id=exam_id)


@router.post("/desk/answers")
async def take_answers(
    exam_id: ExamId,
    body: TakeAnswersReq,
    exams: ExamStoreDep,
    store: DeskStoreDep,
    desk: DeskDep,
    own_address: BaseUrlDep,
    user: OwnerDep,
) -> TakenAnswersRes:
    """The next answers for one desk, held for it for a minute: no other desk gets them, unless double marking is on.
    Ask again in time to keep them, with `n: 0` to give them back.
    """
    seat = Seat(body.holder, user or body.reviewer, body.n, _answers(body.keep), frozenset(_answers(body.skip)))
    taken = await desk.take(exams, store, exam_id, seat, Wish(**body.wish.model_dump()))
    return TakenAnswersRes.model_validate(
        {**taken, "answers": [_addressed(row, own_address) for row in taken["answers"]]}
    )


@router.put("/desk/settings")
async def set_desk(exam_id: ExamId, body: DeskSettingsReq, store: DeskStoreDep) -> DeskSettings:
    """Blind marking and double marking, for every desk of the exam."""
    return DeskSettings.model_validate(await store.configure(exam_id, **body.model_dump()))


@router.get("/desk/progress")
async def get_desk_progress(exam_id: ExamId, exams: ExamStoreDep, desk: DeskDep) -> DeskProgress:
    """How many answers were reviewed, what may be wrong among the others, and how many more to look at."""
    return DeskProgress.model_validate(await desk.progress(exams, exam_id))


@router.get("/double-marking")
async def get_double_marking(exam_id: ExamId, exams: ExamStoreDep, store: DeskStoreDep) -> DoubleMarkingRes:
    """Answers that two people marked differently, with both marks."""
    history = await store.history({"exam_id": exam_id}, MOST_CHANGES)
    asked = (await exams.exam(exam_id))["questions"]
    tolerances = {question["question_id"]: question["tolerance"] or 0.0 for question in asked}
    return DoubleMarkingRes.model_validate(double_marking(history, tolerances))


@session_router.get("/calls")
async def list_session_calls(
    session_id: SessionId,
    store: DeskStoreDep,
    model: Annotated[Text | None, Query(max_length=500, description="of this marker alone")] = None,
    try_index: Annotated[int | None, Query(alias="try", ge=1, le=10_000, description="of this try alone")] = None,
) -> CallsRes:
    """The calls behind the marks of a session: what each cost and all that it was answered."""
    calls = await store.calls(session_id, model_name=model, try_index=try_index)
    return CallsRes.model_validate({"session_id": session_id, "calls": calls})


def _answers(given: list[AnswerRef]) -> list[Answer]:
    return [(answer.session_id, answer.question_id) for answer in given]


def _addressed(row: SeenAnswer, own_address: str) -> SeenAnswer:
    return {**row, "images": [{**image, "url": absolute(image["url"], own_address)} for image in row["images"]]}


def _image_hosts(settings: Settings) -> str:
    """Scans may lie elsewhere: in Supabase Storage, or where clients registered them."""
    hosts = [f"https://{host}" for host in settings.image_url_hosts] or ["https:"]
    return " ".join([*hosts, settings.supabase_url or ""]).strip()

"""Exams: sessions that share a question set."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, UploadFile
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.dependencies import (
    AnalysesDep,
    CatalogueDep,
    EstimatorDep,
    ExamFeedDep,
    ExamStoreDep,
    LauncherDep,
    OwnerDep,
    ReportsDep,
    StartRulesDep,
    StorageDep,
    StoreDep,
)
from app.grading.exams import start_exam
from app.grading.removal import remove_exam
from app.marks.seeds import seed_limit
from app.openapi import described_router
from app.pages.frame import page
from app.reporting.bill import bill_with_estimate
from app.reporting.imports import MarksFile, take_human_marks
from app.schemas.base import ExamId
from app.schemas.bill import ExamBill
from app.schemas.estimates import GradingEstimate
from app.schemas.exams import (
    CreateExamReq,
    CreateExamRes,
    EditExamReq,
    Exam,
    ExamRow,
    GradeExamRes,
    HumanMarksRes,
    SeedsReq,
    SeedsRes,
)
from app.schemas.grade import ExamPlanReq
from app.work.feed import Event

router = described_router(prefix="/exams", tag="exams")


async def _events(
    exam_id: ExamId,
    feed: ExamFeedDep,
    owner: OwnerDep,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> AsyncIterator[Event]:
    """The stream for one listener. An unknown exam is refused here, before the response starts."""
    return await feed.listen(exam_id, owner, last_event_id)


@router.post("", status_code=201)
async def create_exam(body: CreateExamReq, exams: ExamStoreDep) -> CreateExamRes:
    """Create an exam. Sessions that you create with its `exam_id` start with its questions."""
    questions = [question.model_dump() for question in body.questions]
    return CreateExamRes(exam_id=await exams.create_exam(body.name, questions))


@router.get("", response_model=list[ExamRow])
async def list_exams(
    exams: ExamStoreDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[ExamId | None, Query(description="the id of the last exam of the page before")] = None,
) -> list[dict[str, Any]]:
    """Exams, newest first."""
    return await exams.exams(limit=limit, before=before)


@router.get("/{exam_id}")
async def get_exam(exam_id: ExamId, exams: ExamStoreDep) -> Exam:
    """An exam with its questions, and its sessions with their progress."""
    return Exam.model_validate(await exams.exam(exam_id))


@router.patch("/{exam_id}")
async def edit_exam(exam_id: ExamId, body: EditExamReq, exams: ExamStoreDep) -> Exam:
    """Another name, or other questions for all the exam's sessions."""
    questions = [question.model_dump() for question in body.questions] if "questions" in body.model_fields_set else None
    await exams.edit_exam(exam_id, name=body.name, questions=questions)
    return Exam.model_validate(await exams.exam(exam_id))


@router.delete("/{exam_id}", status_code=204)
async def delete_exam(
    exam_id: ExamId,
    exams: ExamStoreDep,
    store: StoreDep,
    storage: StorageDep,
    reports: ReportsDep,
    launcher: LauncherDep,
) -> None:
    """Delete an exam with its sessions, their rows, scans and reports. An id that does not exist answers 204 too."""
    await remove_exam(exam_id, exams=exams, store=store, storage=storage, reports=reports, drop=launcher.drop)


@router.put("/{exam_id}/seeds")
async def set_exam_seeds(exam_id: ExamId, body: SeedsReq, exams: ExamStoreDep) -> SeedsRes:
    """Say which sessions are seeds: their human marks are agreed, and a run stops a marker that misses too many."""
    seeds = list(dict.fromkeys(body.session_ids))
    await exams.set_seeds(exam_id, seeds, body.limit)
    limit = seed_limit(len(seeds)) if body.limit is None else body.limit
    return SeedsRes(exam_id=exam_id, n_seeds=len(seeds), limit=limit)


@router.post("/{exam_id}/marks")
async def add_human_marks(exam_id: ExamId, file: UploadFile, exams: ExamStoreDep) -> HumanMarksRes:
    """Human marks for scripts that the exam holds: CSV or XLSX, one answer or one student in a row. An answer that the
    file does not name keeps its mark. An exam without questions takes them from the file. All or nothing.
    """
    return HumanMarksRes.model_validate(await take_human_marks(exams, exam_id, MarksFile(file.file, file.size)))


@router.post("/{exam_id}/estimate")
async def estimate_exam(
    exam_id: ExamId, body: ExamPlanReq, exams: ExamStoreDep, estimator: EstimatorDep
) -> GradingEstimate:
    """What the same request to /exams/{exam_id}/grade would cost and how long it would take. Nothing is paid."""
    return await estimator.of_exam(await exams.exam(exam_id), body)


@router.get("/{exam_id}/bill")
async def get_exam_bill(
    exam_id: ExamId, exams: ExamStoreDep, estimator: EstimatorDep, catalogue: CatalogueDep, analyses: AnalysesDep
) -> ExamBill:
    """What the exam was billed, for each marker, question and wrong mark that was caught, beside the estimate and the
    cost by tokens and prices.
    """
    exam = await exams.exam(exam_id)
    return ExamBill.model_validate(await bill_with_estimate(exam, exams, analyses, catalogue, estimator.of_exam))


@router.post("/{exam_id}/grade", status_code=202)
async def grade_exam(
    exam_id: ExamId,
    body: ExamPlanReq,
    exams: ExamStoreDep,
    store: StoreDep,
    launcher: LauncherDep,
    rules: StartRulesDep,
) -> GradeExamRes:
    """Start every session that is ready under one plan, and name those that are not."""
    started, not_ready = await start_exam(
        await exams.exam(exam_id), body, store=store, rules=rules, launch=launcher.launch
    )
    return GradeExamRes.model_validate({"exam_id": exam_id, "started": started, "not_ready": not_ready})


@router.get("/{exam_id}/events", response_class=EventSourceResponse)
async def stream_exam_events(
    events: Annotated[AsyncIterator[Event], Depends(_events)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` on every change, with the state of each script, and `done` when no script is being
    graded any more.
    """
    async for event in events:
        yield ServerSentEvent(event=event.name, data=event.data, id=event.id)


@router.get("/{exam_id}/live", response_class=HTMLResponse)
async def get_exam_live_page(exam_id: ExamId, request: Request, exams: ExamStoreDep) -> HTMLResponse:
    """A page on which a person watches all scripts of an exam."""
    await exams.exam(exam_id)
    return page(request, "exam_live.html")

"""Exams: sessions that share a question set."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, UploadFile

from app.dependencies import EstimatorDep, ExamStoreDep, LauncherDep, StartRulesDep, StorageDep, StoreDep
from app.grading.exams import start_exam
from app.grading.removal import remove_exam
from app.marks.seeds import seed_limit
from app.reporting.imports import MarksFile, take_human_marks
from app.schemas.base import ExamId
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

router = APIRouter(prefix="/exams", tags=["exams"])


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
    exam_id: ExamId, exams: ExamStoreDep, store: StoreDep, storage: StorageDep, launcher: LauncherDep
) -> None:
    """Delete an exam with all its sessions, their rows and scans. An id that does not exist answers 204 too."""
    await remove_exam(exam_id, exams=exams, store=store, storage=storage, drop=launcher.drop)


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
    file does not name keeps its mark. All or nothing.
    """
    return HumanMarksRes.model_validate(await take_human_marks(exams, exam_id, MarksFile(file.file, file.size)))


@router.post("/{exam_id}/estimate", response_model=GradingEstimate)
async def estimate_exam(
    exam_id: ExamId, body: ExamPlanReq, exams: ExamStoreDep, estimator: EstimatorDep
) -> dict[str, Any]:
    """What the same request to /exams/{exam_id}/grade would cost and how long it would take. Nothing is paid."""
    return await estimator.of_exam(await exams.exam(exam_id), body)


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

"""Results: every mark with its notes, and the reason for every missing mark."""

from typing import Annotated, Any

from fastapi import Form, Header, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from app.dependencies import ExamStoreDep, StoreDep
from app.marks.views import errors_by_model_try, results_by_question, rubric_results
from app.openapi import described_router
from app.reporting.imports import MarksFile, import_file, import_lines
from app.schemas.base import ExamId, SessionId
from app.schemas.results import ErrorsRes, ResultsRes, RubricRes
from app.schemas.trust import ImportRes

router = described_router(prefix="/results", tag="results")

JSON_LINES = "application/x-ndjson"
Run = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="an earlier run, from 1; the current one by default")]
PROGRESS: dict[int | str, dict[str, Any]] = {201: {"content": {JSON_LINES: {"schema": {"type": "string"}}}}}


@router.post(
    "/import",
    status_code=201,
    response_model=ImportRes,
    responses=PROGRESS,
)
async def import_results(
    request: Request,
    file: UploadFile,
    exam_id: Annotated[ExamId, Form()],
    exams: ExamStoreDep,
    accept: Annotated[str, Header()] = "",
) -> Response | ImportRes:
    """Take marks that were obtained elsewhere into an exam: a CSV with the columns script, question_id, max_marks,
    human_mark, human_mark_2 (optional), model_name, try_index, mark. All or nothing.

    With `Accept: application/x-ndjson` the answer is JSON lines: `{stage, lines, bytes_read, bytes_total}` while the
    file is read and stored, at last `{"imported": {...}}` or `{"error": {...}}`.
    """
    marks = MarksFile(file.file, file.size)
    if JSON_LINES not in accept:
        return ImportRes.model_validate(await import_file(exams, exam_id, marks))
    marks.check_size()
    lines = import_lines(exams, exam_id, marks, request.scope["state"]["correlation_id"])
    return StreamingResponse(lines, status_code=201, media_type=JSON_LINES)


@router.get("/errors/{session_id}")
async def get_session_errors(session_id: SessionId, store: StoreDep, run: Run = None) -> ErrorsRes:
    """Every attempt without marks, and every unmarked question of the other attempts, each with its reason."""
    stored = await store.session_results(session_id, run)
    return ErrorsRes(session_id=session_id, errors_by_model_try=errors_by_model_try(stored))


@router.get("/{session_id}")
async def get_session_results(session_id: SessionId, store: StoreDep, run: Run = None) -> ResultsRes:
    """Every mark by question, marker and try."""
    stored = await store.session_results(session_id, run)
    return ResultsRes.model_validate({"session_id": session_id, "results_by_question": results_by_question(stored)})


@router.get("/{session_id}/rubric")
async def get_session_rubric(session_id: SessionId, store: StoreDep, run: Run = None) -> RubricRes:
    """The marking criteria that each attempt read off the rubric images."""
    stored = await store.session_results(session_id, run)
    return RubricRes.model_validate({"session_id": session_id, "rubric_results": rubric_results(stored)})

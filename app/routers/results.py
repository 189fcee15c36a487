"""Results: every mark with its notes, and why there is none."""

from fastapi import APIRouter

from app.dependencies import StoreDep
from app.marks.views import errors_by_model_try, results_by_question, rubric_results
from app.schemas.base import SessionId
from app.schemas.results import ErrorsRes, ResultsRes, RubricRes

router = APIRouter(prefix="/results", tags=["results"])


@router.get("/errors/{session_id}")
async def session_errors(session_id: SessionId, store: StoreDep) -> ErrorsRes:
    """Every attempt without usable marks with its reason, and the questions that single answers left unmarked."""
    stored = await store.session_results(session_id)
    return ErrorsRes(session_id=session_id, errors_by_model_try=errors_by_model_try(stored))


@router.get("/{session_id}")
async def session_results(session_id: SessionId, store: StoreDep) -> ResultsRes:
    """Every mark by question, marker and try."""
    stored = await store.session_results(session_id)
    return ResultsRes.model_validate({"session_id": session_id, "results_by_question": results_by_question(stored)})


@router.get("/{session_id}/rubric")
async def session_rubric(session_id: SessionId, store: StoreDep) -> RubricRes:
    """The criteria that each attempt's rubric call read off the rubric images."""
    stored = await store.session_results(session_id)
    return RubricRes.model_validate({"session_id": session_id, "rubric_results": rubric_results(stored)})

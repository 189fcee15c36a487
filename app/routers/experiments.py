"""Which marker is better, and whether it still is."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.dependencies import ExamStoreDep
from app.reporting.compared import ComparisonQuery, compared
from app.schemas.base import ExamId
from app.schemas.experiments import CompareRes

router = APIRouter(prefix="/exams/{exam_id}", tags=["trust"])
MarkerName = Annotated[str, Query(min_length=1, max_length=300)]


@router.get("/compare", response_model=CompareRes)
async def compare_markers(
    exam_id: ExamId,
    exams: ExamStoreDep,
    a: MarkerName,
    b: MarkerName,
    other_exam: Annotated[ExamId | None, Query(description="the exam of b, with the same scripts by name")] = None,
) -> dict[str, Any]:
    """The paired difference of each figure of two markers, with interval and test, question by question."""
    return await compared(exams, exam_id, ComparisonQuery(a, b, other_exam))

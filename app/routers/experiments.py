"""Which marker is better, and whether it still is."""

from typing import Annotated, Any

from fastapi import Query

from app.dependencies import AnalysesDep, ExamStoreDep, LauncherDep, StartRulesDep, StoreDep
from app.grading.exams import start_watch
from app.openapi import described_router
from app.reporting.compared import ComparisonQuery, compared
from app.reporting.studies import fairness_by_group, generalizability, tried_corrections
from app.reporting.watch import seed_ids, watched
from app.routers.waiting import COMPUTING, WaiterDep
from app.schemas.base import ExamId
from app.schemas.exams import GradeExamRes
from app.schemas.experiments import CompareRes, CorrectionsRes, FairnessRes, GeneralizabilityRes, WatchRes
from app.schemas.grade import WatchReq

router = described_router(prefix="/exams/{exam_id}", tag="trust")
MarkerName = Annotated[str, Query(min_length=1, max_length=300)]


@router.get("/compare", response_model=CompareRes, responses=COMPUTING)
async def compare_markers(
    exam_id: ExamId,
    exams: ExamStoreDep,
    analyses: AnalysesDep,
    waiter: WaiterDep,
    a: MarkerName,
    b: MarkerName,
    other_exam: Annotated[ExamId | None, Query(description="the exam of b, with the same scripts by name")] = None,
) -> dict[str, Any]:
    """The paired difference of each figure of two markers, with interval and test, question by question."""
    return (await compared(analyses, exams, exam_id, ComparisonQuery(a, b, other_exam), waiter)).as_json()


@router.post("/watch", status_code=202)
async def start_exam_watch(
    exam_id: ExamId,
    exams: ExamStoreDep,
    store: StoreDep,
    launcher: LauncherDep,
    rules: StartRulesDep,
    body: WatchReq | None = None,
) -> GradeExamRes:
    """Mark the seeds again in a new run, each with its stored plan and prompts. `GET` tells what changed."""
    seeds = await seed_ids(exams, exam_id)
    limit = None if body is None else body.max_cost_usd
    started, not_ready = await start_watch(seeds, store=store, rules=rules, launch=launcher.launch, max_cost_usd=limit)
    return GradeExamRes.model_validate({"exam_id": exam_id, "started": started, "not_ready": not_ready})


@router.get("/watch", responses=COMPUTING)
async def get_exam_watch(
    exam_id: ExamId, exams: ExamStoreDep, store: StoreDep, analyses: AnalysesDep, waiter: WaiterDep
) -> WatchRes:
    """A control chart of each marker over all runs of the seeds, and since when it marks otherwise."""
    return WatchRes.model_validate(await watched(analyses, exams, store, exam_id, waiter))


@router.get("/generalizability", response_model=GeneralizabilityRes, responses=COMPUTING)
async def get_exam_generalizability(
    exam_id: ExamId, exams: ExamStoreDep, analyses: AnalysesDep, waiter: WaiterDep
) -> dict[str, Any]:
    """Variance components of the marks, and how many markers or tries reach a G coefficient of .90."""
    return (await generalizability(analyses, exams, exam_id, waiter)).as_json()


@router.get("/fairness", response_model=FairnessRes, responses=COMPUTING)
async def get_exam_fairness(
    exam_id: ExamId, exams: ExamStoreDep, analyses: AnalysesDep, waiter: WaiterDep
) -> dict[str, Any]:
    """Of each marker and group of students: the standardised difference and the mean residual of script totals."""
    return (await fairness_by_group(analyses, exams, exam_id, waiter)).as_json()


@router.get("/corrections", response_model=CorrectionsRes, responses=COMPUTING)
async def get_exam_corrections(
    exam_id: ExamId, exams: ExamStoreDep, analyses: AnalysesDep, waiter: WaiterDep
) -> dict[str, Any]:
    """Corrections of each marker learned from the human marks, judged on scripts that they were not learned from."""
    tried = await tried_corrections(analyses, exams, {"exam_id": exam_id}, waiter)
    return {"markers": [marker.as_json() for marker in tried]}

"""Grading: start a run."""

from fastapi import APIRouter, Response

from app.dependencies import LauncherDep, StartRulesDep, StoreDep
from app.grading.start import start_session
from app.schemas.grade import GradeSingleReq, GradeSingleRes

router = APIRouter(prefix="/grade", tags=["grading"])


@router.post("/single", status_code=202)
async def grade_single(
    body: GradeSingleReq, response: Response, store: StoreDep, launcher: LauncherDep, rules: StartRulesDep
) -> GradeSingleRes:
    """Mark one session. Every call is written down before the answer; the run goes on without the client."""
    await start_session(store, body, rules)
    launcher.launch(body.session_id)
    response.headers["Location"] = f"/sessions/{body.session_id}"
    return GradeSingleRes(session_id=body.session_id)

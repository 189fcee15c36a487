"""Grading: start a run, wait for it, see its tokens."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from app.dependencies import (
    EstimatorDep,
    FeedDep,
    LauncherDep,
    OwnerDep,
    ProgressDep,
    SettingsDep,
    StartRulesDep,
    StoreDep,
)
from app.errors import AppError
from app.grading.feed import SessionFeed
from app.grading.start import start_session
from app.marks.model import SessionStatus
from app.marks.views import tokens_by_stage
from app.openapi import described_router
from app.schemas.base import SessionId
from app.schemas.estimates import GradingEstimate
from app.schemas.grade import GradeSingleReq, GradeSingleRes
from app.schemas.results import TokensRes
from app.work.shared_reads import SharedReads

router = described_router(prefix="/grade", tag="grading")

KEEP_ALIVE_SECONDS = 0.5
STOPPING = "The server stops. The run continues at its next start."


@router.post(
    "/single",
    status_code=202,
    response_model=GradeSingleRes,
    responses={200: {"model": GradeSingleRes, "description": "With `wait`: the run is over, and how it ended"}},
)
async def grade_session(
    body: GradeSingleReq,
    store: StoreDep,
    launcher: LauncherDep,
    rules: StartRulesDep,
    progress: ProgressDep,
    settings: SettingsDep,
    owner: OwnerDep,
    feed: FeedDep,
    wait: Annotated[bool | None, Query(description="answer when the run is over, with blanks until then")] = None,
) -> Response:
    """Mark one session. The server stores every call of the plan, answers, and then makes the calls."""
    started = GradeSingleRes(session_id=body.session_id, notes=await start_session(store, body, rules))
    launcher.launch(body.session_id)
    location = {"Location": f"/sessions/{body.session_id}"}
    if settings.grade_wait if wait is None else wait:
        ending = _until_over(progress, feed, owner, started)
        return StreamingResponse(ending, media_type="application/json", headers=location)
    return Response(started.model_dump_json(), status_code=202, media_type="application/json", headers=location)


@router.post("/estimate")
async def estimate_grading(body: GradeSingleReq, estimator: EstimatorDep) -> GradingEstimate:
    """What the same request to /grade/single would cost and how long it would take. Nothing is called or paid."""
    return await estimator.of_session(body)


@router.get("/tokens/{session_id}")
async def get_session_tokens(session_id: SessionId, store: StoreDep) -> TokensRes:
    """Token counts of every call, summed over its requests."""
    return TokensRes.model_validate(tokens_by_stage(await store.session_results(session_id)))


async def _until_over(
    progress: SharedReads, feed: SessionFeed, owner: str | None, started: GradeSingleRes
) -> AsyncIterator[bytes]:
    """The ending as JSON. Until then a blank every half second keeps the connection open; JSON allows it there."""
    while (ending := await _ending(progress, started.session_id, owner, started.notes)) is None:
        if feed.closed:
            ending = started.model_copy(update={"ok": False, "failure_reason": STOPPING})
            break
        yield b" "
        await asyncio.sleep(KEEP_ALIVE_SECONDS)
    yield ending.model_dump_json().encode()


async def _ending(progress: SharedReads, session_id: str, owner: str | None, notes: list[str]) -> GradeSingleRes | None:
    try:
        state = json.loads(await progress.get(session_id, owner))
    except AppError as error:
        # The response has started, so a short outage of the database must not break it off.
        if error.status == 503:  # noqa: PLR2004 - the status of everything that may pass
            return None
        return GradeSingleRes(ok=False, session_id=session_id, status="failed", failure_reason=error.message)
    if state["status"] == SessionStatus.GRADING:
        return None
    return GradeSingleRes(
        ok=state["status"] == SessionStatus.GRADED,
        session_id=session_id,
        status=state["status"],
        failure_reason=state["failure_reason"],
        notes=notes,
    )

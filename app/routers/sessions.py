"""Sessions: create, list, poll, rename, delete."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.dependencies import (
    BaseUrlDep,
    CancellingDep,
    FeedDep,
    LauncherDep,
    OwnerDep,
    ProgressDep,
    ReportsDep,
    StorageDep,
    StoreDep,
    owner_of,
    progress_of,
)
from app.grading.removal import remove_session
from app.grading.reread import reread_session
from app.marks.views import reusable
from app.openapi import described_router
from app.pages.frame import page
from app.routers.polls import etag_of, is_known
from app.schemas.base import SessionId
from app.schemas.sessions import (
    CreateSessionReq,
    CreateSessionRes,
    RenameSessionReq,
    RenameSessionRes,
    RereadRes,
    SessionProgress,
    SessionRow,
    SessionTemplate,
)
from app.storage.urls import absolute
from app.work.feed import Event

router = described_router(prefix="/sessions", tag="sessions")


async def _events(
    session_id: SessionId,
    feed: FeedDep,
    owner: OwnerDep,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> AsyncIterator[Event]:
    """The stream for one listener. An unknown session is refused here, before the response starts."""
    return await feed.listen(session_id, owner, last_event_id)


@router.post("", status_code=201)
async def create_session(store: StoreDep, body: CreateSessionReq | None = None) -> CreateSessionRes:
    """Create an empty session."""
    return CreateSessionRes(**await store.create_session(**(body or CreateSessionReq()).model_dump()))


@router.get("", response_model=list[SessionRow])
async def list_sessions(
    store: StoreDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[SessionId | None, Query(description="the id of the last session of the page before")] = None,
) -> list[dict[str, Any]]:
    """Sessions, newest first."""
    return await store.sessions(limit=limit, before=before)


@router.get(
    "/{session_id}",
    response_model=SessionProgress,
    responses={304: {"description": "Nothing has changed since the answer whose ETag `If-None-Match` names"}},
)
async def get_session(session_id: SessionId, request: Request) -> Response:
    """The progress of a session, counted from stored rows. Made for polling: `If-None-Match` gives 304 if unchanged."""
    # Ids as the server writes them never come here: `Polls` answers them in the same way.
    body = await progress_of(request).get(session_id, owner_of(request))
    return _unless_unchanged(body, request.headers.get("if-none-match"))


@router.put("/{session_id}")
async def rename_session(session_id: SessionId, body: RenameSessionReq, store: StoreDep) -> RenameSessionRes:
    """Rename a session."""
    await store.rename_session(session_id, body.name)
    return RenameSessionRes(message="Session updated.", updated_fields=["name"])


@router.delete("/{session_id}", status_code=204)
async def delete_session(
    session_id: SessionId, store: StoreDep, storage: StorageDep, reports: ReportsDep, launcher: LauncherDep
) -> None:
    """Delete a session: its rows, its scans in our storage, and the report that a command wrote. An id that does not
    exist answers 204 too.
    """
    await remove_session(session_id, store=store, storage=storage, reports=reports, drop=launcher.drop)


@router.post("/{session_id}/cancel", response_model=SessionProgress)
async def cancel_session(
    session_id: SessionId, store: StoreDep, cancelling: CancellingDep, progress: ProgressDep, owner: OwnerDep
) -> Response:
    """Cancel the attempts that wait. Running calls are paid for, so they finish and are stored."""
    await cancelling.cancel(session_id, store)
    return Response(await progress.get(session_id, owner), media_type="application/json")


@router.post("/{session_id}/reread")
async def reread_session_answers(session_id: SessionId, store: StoreDep) -> RereadRes:
    """Reads the stored answers of the current run anew, without a call, and says which marks changed. The marks from
    before are kept with the replies. 409 while the session is being graded.
    """
    return RereadRes.model_validate(await reread_session(store, session_id))


@router.get("/{session_id}/template")
async def get_session_template(session_id: SessionId, store: StoreDep, own_address: BaseUrlDep) -> SessionTemplate:
    """Plan, questions, human marks, images and templates, from which a client can set up another session."""
    stored = await store.session_template(session_id)
    return SessionTemplate.model_validate(reusable(stored, partial(absolute, base_url=own_address)))


@router.get("/{session_id}/events", response_class=EventSourceResponse)
async def stream_session_events(
    events: Annotated[AsyncIterator[Event], Depends(_events)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` on every change, `attempt` for each one that finishes, `attempts` with the status
    of all, `done` at the end. With `Last-Event-ID` the stream continues where a connection broke.
    """
    async for event in events:
        yield ServerSentEvent(event=event.name, data=event.data, id=event.id)


@router.get("/{session_id}/live", response_class=HTMLResponse)
async def get_session_live_page(session_id: SessionId, request: Request, store: StoreDep) -> HTMLResponse:
    """A page on which a person watches the run."""
    exam_id = (await store.session_template(session_id))["exam_id"]
    return page(request, "live.html", session_id=session_id, exam_id=exam_id)


def _unless_unchanged(body: bytes, known: str | None) -> Response:
    etag = etag_of(body)
    headers = {"ETag": etag}
    if is_known(etag.encode(), known.encode("latin-1") if known else None):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)

"""Sessions: create, list, poll, rename, delete."""

import hashlib
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import OwnerDep, ProgressDep, StorageDep, StoreDep
from app.schemas.base import SessionId
from app.schemas.sessions import (
    CreateSessionReq,
    CreateSessionRes,
    RenameSessionReq,
    RenameSessionRes,
    SessionProgress,
    SessionRow,
)

router = APIRouter(prefix="/sessions", tags=["sessions"])

# Changes with the clock alone, and so is no part of what an ETag stands for.
_ESTIMATE = re.compile(rb'"estimated_seconds_left": ?[^,}]*')


@router.post("", status_code=201)
async def create_session(store: StoreDep, body: CreateSessionReq | None = None) -> CreateSessionRes:
    """A new, empty session."""
    return CreateSessionRes(**await store.create_session(**(body or CreateSessionReq()).model_dump()))


@router.get("", response_model=list[SessionRow])
async def list_sessions(
    store: StoreDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[SessionId | None, Query(description="the id of the last session of the page before")] = None,
) -> list[dict[str, Any]]:
    """Sessions, newest first."""
    return await store.sessions(limit=limit, before=before)


@router.get("/{session_id}", response_model=SessionProgress)
async def session_progress(session_id: SessionId, progress: ProgressDep, owner: OwnerDep, request: Request) -> Response:
    """How far a session is, counted from stored rows. Made for polling: `If-None-Match` gives 304 when unchanged."""
    return _unless_unchanged(await progress.get(session_id, owner), request.headers.get("if-none-match"))


@router.put("/{session_id}")
async def rename_session(session_id: SessionId, body: RenameSessionReq, store: StoreDep) -> RenameSessionRes:
    """A new name."""
    await store.rename_session(session_id, body.name)
    return RenameSessionRes(message="Session updated.", updated_fields=["name"])


@router.delete("/{session_id}", status_code=204)
async def delete_session(session_id: SessionId, store: StoreDep, storage: StorageDep) -> None:
    """Everything of a session goes: its rows, and its scans in our storage. Also 204 when it is gone already."""
    await storage.delete(await store.delete_session(session_id))


def _unless_unchanged(body: bytes, known: str | None) -> Response:
    etag = f'"{hashlib.blake2b(_ESTIMATE.sub(b"", body), digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if known is not None and etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)

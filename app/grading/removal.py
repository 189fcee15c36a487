"""Deleting sessions and exams: scans are personal data, and go with their rows."""

from collections.abc import Callable

from app.errors import ConflictError, NotFoundError
from app.storage.reports import Reports
from app.storage.storage import ImageStorage
from app.store.exams import ExamStore
from app.store.sessions import Store

# Each round deletes what was there when it began; more than this means that somebody keeps adding.
ROUNDS = 10

Drop = Callable[[str], None]


async def remove_session(session_id: str, *, store: Store, storage: ImageStorage, reports: Reports, drop: Drop) -> None:
    """Rows, files and report of a session, or nothing where it is gone. `drop` cuts off what works on it."""
    # The files first: if the storage is away, the rows stay and the request can be made again.
    files = await store.session_files(session_id)
    await storage.delete(files)
    named = await store.delete_session(session_id)
    if named is not None:
        drop(session_id)
        await reports.forget(session_id)
        # What was registered in between.
        await storage.delete([file for file in named if file not in files])


async def remove_exam(
    exam_id: str, *, exams: ExamStore, store: Store, storage: ImageStorage, reports: Reports, drop: Drop
) -> None:
    """An exam with all its sessions and its report, or nothing where it is gone. Raises ConflictError while sessions
    keep coming.
    """
    if not await _is_there(exams, exam_id):
        return
    await reports.forget(exam_id)
    for _ in range(ROUNDS):
        held = await exams.delete_exam(exam_id)
        if not held:
            return
        for session_id in held:
            await remove_session(session_id, store=store, storage=storage, reports=reports, drop=drop)
    raise ConflictError("Sessions were added to the exam while it was being deleted; delete it again.")


async def _is_there(exams: ExamStore, exam_id: str) -> bool:
    """Whether the caller has this exam: the report of another owner's stays."""
    try:
        await exams.exam(exam_id)
    except NotFoundError:
        return False
    return True

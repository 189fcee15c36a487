"""Wire models of `/health`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.base import Wire


class Health(Wire):
    ok: bool = True
    version: str
    mode: Literal["embedded", "postgres", "supabase"]


class Readiness(Health):
    database: Literal["ok"] = "ok"
    queue: Literal["inline", "procrastinate"] = "inline"


class WorkOfWorker(Wire):
    kind: Literal["session", "document", "test", "analysis"]
    id: str
    since: datetime
    attempts: int | None = Field(
        default=None, description="Attempts of a session that the worker took together. Not there for the others"
    )


class WorkerState(Wire):
    """A process that takes work from the queue. `host`, `pid` and `work` are shown to callers with an API key, and on a
    server without keys.
    """

    worker: str
    since: datetime
    seconds_since_beat: float = Field(description="It says every second that it lives, and counts as dead after 6 s")
    sessions: int
    attempts: int
    documents: int
    tests: int
    analyses: int
    host: str | None = None
    pid: int | None = None
    work: list[WorkOfWorker] | None = None


class WaitingWork(Wire):
    """What no worker has taken yet. `since` is the start of the run that waits longest; not there if none waits."""

    attempts: int
    documents: int
    tests: int
    analyses: int
    since: datetime | None = None


class WaitingJobs(Wire):
    """Jobs of procrastinate that no worker has taken. Each tells of work and ends at once, so that old ones mean that
    no worker listens.
    """

    waiting: int
    oldest_seconds: float


class QueueReadiness(Readiness):
    """Who works on what. Without a queue all three are left out."""

    workers: list[WorkerState] | None = None
    waiting: WaitingWork | None = None
    jobs: WaitingJobs | None = None


class ModelState(Wire):
    model: str
    state: Literal["open", "limited", "paused", "failing"] = Field(
        description="open: no limit is known; limited: calls keep to the limit below; paused: every call is refused; "
        "failing: its last six calls ended without an answer, and others are not sent until one is tried again"
    )
    rate: float | None = Field(description="Learned limit in calls a second. null where none is known")
    at_once: int | None = Field(description="Learned limit of calls on their way at once. null where none is known")
    waiting: int = Field(description="Calls that wait for their turn")
    error_share: float | None = Field(
        description="Share of errors in the last 100 replies, refusals by a rate limit apart. null before the first"
    )


class ModelStates(Wire):
    models: list[ModelState]


def worker_state(row: Mapping[str, Any], *, in_full: bool) -> WorkerState:
    """A worker as the database knows it; without `in_full` nothing that names a machine or somebody's work."""
    work = [WorkOfWorker(**one) for one in row["work"]]
    sessions = [one for one in work if one.kind == "session"]
    more = {"host": row["host"], "pid": row["pid"], "work": work} if in_full else {}
    return WorkerState(
        worker=short_name(row["id"]),
        since=row["started_at"],
        seconds_since_beat=row["silent_seconds"],
        sessions=len({one.id for one in sessions}),
        attempts=sum(one.attempts or 0 for one in sessions),
        documents=sum(one.kind == "document" for one in work),
        tests=sum(one.kind == "test" for one in work),
        analyses=sum(one.kind == "analysis" for one in work),
        **more,
    )


def short_name(lease_owner: str) -> str:
    """The part of a worker's name that tells it from others: the whole one holds a path."""
    return lease_owner.split(":")[1] if lease_owner.count(":") > 1 else lease_owner

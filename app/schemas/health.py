"""Wire models of `/health`."""

from typing import Literal

from pydantic import Field

from app.schemas.base import Wire


class Health(Wire):
    ok: bool = True
    version: str
    mode: Literal["embedded", "postgres", "supabase"]


class Readiness(Health):
    database: Literal["ok"] = "ok"
    queue: Literal["inline"] = "inline"


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

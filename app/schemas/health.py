"""Wire models of `/health`."""

from typing import Literal

from app.schemas.base import Wire


class Health(Wire):
    ok: bool = True
    version: str
    mode: Literal["embedded", "postgres", "supabase"]


class Readiness(Health):
    database: Literal["ok"] = "ok"
    queue: Literal["inline"] = "inline"

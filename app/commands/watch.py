"""`secondmark watch`: mark an exam's seeds again and say whether a marker changed. Made for cron."""

import asyncio
from typing import Any

from app.commands.api import Api
from app.commands.connected import connected
from app.commands.errors import FAILED, CommandError
from app.commands.exams import find
from app.settings import Settings

POLL_SECONDS = 1.0


def watch(given: str, settings: Settings, *, server: str | None = None) -> int:
    """Print one line per marker. 0 where nothing changed, else FAILED. Raises CommandError."""
    return asyncio.run(_watch(given, settings, server))


async def _watch(given: str, settings: Settings, server: str | None) -> int:
    async with connected(settings, server) as api:
        named = await find(api, given)
        if not named.is_exam:
            raise CommandError(f"{given}: this is a session; only an exam has seeds")
        exam_id = named.thing_id
        begun = await api.ask("POST", f"/exams/{exam_id}/watch")
        for session in begun["not_ready"]:
            print(f"session {session['session_id']} was not marked again: {session['message']}")
        found = await _when_over(api, exam_id)
    for marker in found["markers"]:
        seeds = marker["seeds"]
        allowed = f"; only {seeds['limit']} allowed" if seeds["stopped"] else ""
        print(f"{marker['marker']}: {marker['sentence']} Seeds outside: {seeds['n_outside']} of {seeds['n']}{allowed}.")
    changed = any(marker["changed_since"] or marker["seeds"]["stopped"] for marker in found["markers"])
    return FAILED if changed or begun["not_ready"] else 0


async def _when_over(api: Api, exam_id: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = await api.ask("GET", f"/exams/{exam_id}/watch")
        if not found["grading"]:
            return found
        await asyncio.sleep(POLL_SECONDS)

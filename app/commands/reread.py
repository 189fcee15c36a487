"""`secondmark reread`: reads stored answers again, without a call."""

import asyncio
from collections.abc import Sequence

from app.commands.connected import connected
from app.settings import Settings


def reread(session_ids: Sequence[str], settings: Settings, *, server: str | None = None) -> int:
    """Read the stored answers of sessions again and print each mark that changed. Raises CommandError."""
    return asyncio.run(_reread(session_ids, settings, server))


async def _reread(session_ids: Sequence[str], settings: Settings, server: str | None) -> int:
    async with connected(settings, server) as api:
        for session_id in session_ids:
            found = await api.ask("POST", f"/sessions/{session_id}/reread")
            print(f"session {session_id}: {found['answers']} answers read again, {len(found['changes'])} marks changed")
            if found["rubrics"]:
                named = ", ".join(found["rubrics"])
                print(f"  criteria of {named} can be read now: start the session again to use them")
            for change in found["changes"]:
                where = f"{change['model']} try {change['try_index']}, question {change['question_id']}"
                print(f"  {where}: {_shown(change['before'])} -> {_shown(change['after'], change['reason'])}")
    return 0


def _shown(mark: float | None, reason: str | None = None) -> str:
    if mark is not None:
        return f"{mark:g}"
    return "not marked" if reason is None else f"not marked ({reason})"

"""Live counts of a run's calls in the process that owns the run; the stored counts follow every few seconds."""

import json
from collections.abc import Awaitable, Callable

from app.openrouter.call import Phase
from app.work.launcher import InlineLauncher
from app.work.phases import Phases

Read = Callable[[str, str | None], Awaitable[bytes]]


class LiveCounts:
    """Reads the progress of a session and replaces the counts of running and waiting attempts by those of this moment.

    In a process that does not own the run the stored counts stay as they are.
    """

    def __init__(self, read: Read, launcher: InlineLauncher) -> None:
        self._read = read
        self._launcher = launcher

    async def __call__(self, session_id: str, owner_id: str | None) -> bytes:
        stored = await self._read(session_id, owner_id)
        phases = self._launcher.phases(session_id)
        return stored if phases is None else _with_live(stored, phases)


def _with_live(stored: bytes, phases: Phases[object]) -> bytes:
    """`stored` with its unfinished attempts parted anew. What neither runs nor waits is pending, an answer that is
    being stored at this moment among it.
    """
    progress = json.loads(stored)
    attempts = progress["attempts"]
    unfinished = attempts["pending"] + attempts["running"] + attempts["waiting"]
    waiting = min(unfinished, len(phases.keys(Phase.WAITING)))
    running = min(unfinished - waiting, len(phases.keys(Phase.RUNNING)))
    attempts |= {"pending": unfinished - waiting - running, "running": running, "waiting": waiting}
    return json.dumps(progress, ensure_ascii=False, separators=(",", ":")).encode()

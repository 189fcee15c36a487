"""Live counts of a run's calls in the process that owns the run; the stored counts follow every few seconds."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from app.openrouter.call import Phase
from app.store.records import AttemptRow, Progress
from app.work.launcher import Launcher
from app.work.leased_work import Phases

_UNFINISHED = ("pending", "running", "waiting")

Read = Callable[[str, str | None], Awaitable[bytes]]


class LiveCounts:
    """Reads the progress of a session and replaces the counts of running and waiting attempts by those of this moment.

    In a process that does not own the run the stored counts stay as they are.
    """

    def __init__(self, read: Read, launcher: Launcher) -> None:
        self._read = read
        self._launcher = launcher

    async def __call__(self, session_id: str, owner_id: str | None) -> bytes:
        stored = await self._read(session_id, owner_id)
        phases = self._launcher.phases(session_id)
        return stored if phases is None else _with_live(stored, phases)


def _with_live(stored: bytes, phases: Phases[Any]) -> bytes:
    return json.dumps(with_live_counts(json.loads(stored), phases), ensure_ascii=False, separators=(",", ":")).encode()


def with_live_counts(progress: Progress, phases: Phases[Any]) -> Progress:
    """`progress` with its unfinished attempts counted by their status at this moment. An attempt that neither runs nor
    waits is pending, also while its answer is being stored.
    """
    attempts = progress["attempts"]
    at_work = len(phases.keys(Phase.RUNNING))
    unfinished = attempts["pending"] + attempts["running"] + attempts["waiting"]
    # Of a stopped run the store counts as cancelled what it does not know to be running yet.
    not_cancelled = min(attempts["cancelled"], max(0, at_work - unfinished))
    unfinished += not_cancelled
    waiting = min(unfinished, len(phases.keys(Phase.WAITING)))
    running = min(unfinished - waiting, at_work)
    return progress | {
        "attempts": attempts
        | {
            "pending": unfinished - waiting - running,
            "running": running,
            "waiting": waiting,
            "cancelled": attempts["cancelled"] - not_cancelled,
        }
    }


def with_live_statuses(attempts: Sequence[AttemptRow], phases: Phases[Any]) -> list[AttemptRow]:
    """The unfinished ones of `attempts` with the status that they have at this moment."""
    now = {
        (key.model_name, key.try_index): phase.value
        for phase in (Phase.RUNNING, Phase.WAITING)
        for key in phases.keys(phase)
    }
    return [_with_status(one, now) if one["status"] in _UNFINISHED else one for one in attempts]


def _with_status(attempt: AttemptRow, now: Mapping[tuple[str, int], str]) -> AttemptRow:
    status = now.get((attempt["model_name"], attempt["try_index"]), "pending")
    return {**attempt, "status": status}

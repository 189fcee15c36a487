"""A session of 40,000 attempts: how long its polls and its cancellation take, right after its start."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.installation import Installation, installation
from tests.bench.report import Figure

ATTEMPTS = 40_000
MOST_SECONDS = 1.0
_POLLS = 20
_CALL_SECONDS = 2.0
_ENDED_SECONDS = 60.0


def cancelling(folder: Path) -> list[Figure]:
    limits = {"MAX_PLAN_MODELS": str(ATTEMPTS), "MAX_PLAN_ATTEMPTS": str(ATTEMPTS)}
    with installation(folder, "--latency", str(_CALL_SECONDS), concurrency=64, settings=limits) as there:
        session = there.prepare()
        started = _seconds(lambda: there.start(session, ATTEMPTS))
        running = _polls(there, session)
        cancelled = _seconds(lambda: there.ask("POST", f"/sessions/{session}/cancel"))
        ending = _polls(there, session)
        there.wait(session, _ENDED_SECONDS)
    return [
        Figure(f"start of {ATTEMPTS} attempts", started, "s"),
        Figure("slowest poll after the start", running, "s", at_most=MOST_SECONDS),
        Figure("cancel", cancelled, "s", at_most=MOST_SECONDS),
        Figure("slowest poll after the cancel", ending, "s", at_most=MOST_SECONDS),
    ]


def _polls(there: Installation, session: str) -> float:
    return max(_seconds(lambda: there.progress(session)) for _ in range(_POLLS))


def _seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began

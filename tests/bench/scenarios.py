"""The scenarios beside the duration of a run. Each scenario has a folder of its own and returns its figures."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from app import samples
from tests.bench.installation import Installation, installation
from tests.bench.makespan import OWN_CPU, RSS_MEGABYTES, Size, bare, finished, limits, rest_settings, times_bare
from tests.bench.processes import BenchError, running, server
from tests.bench.report import Figure

# Bucket: 20 calls at once and 20 a second after that, the last of which takes its latency.
BUCKET_PER_SECOND = 20
BUCKET_RATIO = 1.05
# 6 % of 200 calls, and 12 of the second wave of 16: four of it are within the burst, and nothing tells the others.
BUCKET_REFUSALS = 24
POLLERS = 64
# Of one process with a core of its own. Requests a CPU second count the same on a busy machine.
IDLE_POLLS = 8000
UNCHANGED_POLLS = 15000
POSTGREST_SHARE = 0.6
GRADING_POLLS = 1500
IDLE_P99_MS = 50
COLD_SECONDS, WARM_SECONDS, IMPORT_SECONDS = 1.0, 0.7, 0.5
DEMO_SECONDS = 15
# Of 2000 attempts kept by mistake the answers alone would be some 4 MB.
GROWTH_MEGABYTES = 3.0
MEMORY_SECONDS = 300.0


def four_sessions(folder: Path, size: Size, sessions: int = 4) -> list[Figure]:
    """So many sessions of `size.calls` at once under one limit; nobody is starved."""
    whole = Size(sessions * size.calls, size.concurrency, latency=size.latency)
    with installation(folder, "--latency", str(size.latency), concurrency=size.concurrency) as there:
        ids = [there.prepare() for _ in range(sessions)]
        before = there.usage().server
        at = there.start_together(ids, size.calls)
        others = _least_when_first_is_half_done(there, ids, whole.most_seconds)
        states = [there.wait(session_id, whole.most_seconds) for session_id in ids]
        taken = max(finished(state) for state in states) - at
        there.settle()
        cpu_ms = 1000 * (there.usage().server - before) / whole.calls
        figures = [
            Figure("graded attempts", _total(states, "succeeded"), at_least=whole.calls),
            Figure("done by the last when the first is half done", others, at_least=0.2),
            Figure("makespan / ideal", taken / whole.ideal_seconds, at_most=size.ratio),
            Figure(OWN_CPU, cpu_ms, "ms"),
            *limits(there, size.concurrency),
        ]
    if size.times_bare is None:
        return figures
    figures += bare("aiohttp", folder, whole)
    return [*figures, times_bare(figures, size)]


def _least_when_first_is_half_done(there: Installation, ids: Sequence[str], seconds: float) -> float:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done = [there.progress(session_id)["progress"] for session_id in ids]
        if max(done) >= 0.5:
            return float(min(done))
        time.sleep(0.1)
    raise BenchError(f"no session was half done after {seconds:.0f} s")


def bucket(folder: Path, size: Size) -> list[Figure]:
    """A model that takes 20 calls a second and answers the others with 429 and Retry-After: 1."""
    options = ("--latency", str(size.latency), "--rate", str(BUCKET_PER_SECOND), "--retry-after", "1")
    ideal = (size.calls - BUCKET_PER_SECOND) / BUCKET_PER_SECOND + size.latency
    with installation(folder, *options, concurrency=size.concurrency) as there:
        session_id = there.prepare()
        at = there.start(session_id, size.calls)
        state = there.wait(session_id, size.most_seconds)
        taken = finished(state) - at
        return [
            Figure("graded attempts", state["attempts"]["succeeded"], at_least=size.calls),
            Figure("wall", taken, "s"),
            Figure(f"wall / {ideal:.1f} s", taken / ideal, at_most=BUCKET_RATIO),
            Figure("429s provoked", there.counted()["rate_limited"], at_most=BUCKET_REFUSALS),
            *limits(there, size.concurrency),
        ]


def faults(folder: Path, size: Size) -> list[Figure]:
    """39 % faulty answers of every kind; one that hangs is given up after two seconds."""
    options = ("--latency", str(size.latency), "--faults", "mixed", "--same-faults")
    settings = {"GRADING_CALL_TIMEOUT_SECONDS": "2"}
    with installation(folder, *options, concurrency=size.concurrency, settings=settings) as there:
        session_id = there.prepare()
        at = there.start(session_id, size.calls)
        state = there.wait(session_id, size.most_seconds)
        counts, counted = state["attempts"], there.counted()
        return [
            Figure("attempts graded or failed", counts["succeeded"] + counts["failed"], at_least=size.calls),
            Figure("of them failed", counts["failed"]),
            Figure("failed without a reason", _without_reason(there, session_id, counts["failed"]), at_most=0),
            Figure("marks or reasons lost", _lost(there, session_id, size.calls), at_most=0),
            Figure("wall", finished(state) - at, "s"),
            Figure("HTTP requests", counted["calls"]),
            Figure("most in flight", counted["in_flight_max"], at_most=size.concurrency),
            # Some faults break the connection: more are opened than there ever are at once.
            Figure("most connections at once", counted["connections_open_max"], at_most=size.concurrency + 1),
        ]


def _without_reason(there: Installation, session_id: str, failed: int) -> int:
    """Failed attempts that `/results/errors` does not explain, or explains with nothing."""
    told = there.ask("GET", f"/results/errors/{session_id}")["errors_by_model_try"]
    reasons = [entries for by_try in told.values() for entries in by_try.values()]
    silent = sum(not all(entry["reason"] and entry["message"] for entry in entries) for entries in reasons)
    return silent + max(0, failed - len(reasons))


def _lost(there: Installation, session_id: str, attempts: int) -> int:
    """Cells (question, marker, try) that are not there exactly once, with a mark or with what stands in its place."""
    by_question = there.ask("GET", f"/results/{session_id}")["results_by_question"]
    rows = [
        (question_id, marker, row["try_index"])
        for question_id, by_marker in by_question.items()
        for marker, tries in by_marker.items()
        for row in tries
        if row["marks_awarded"] is not None or row["validation_errors"]
    ]
    return len(samples.questions()) * attempts - len(set(rows)) + len(rows) - len(set(rows))


def polling(folder: Path, size: Size, seconds: float = 4.0) -> list[Figure]:
    """`GET /sessions/{id}` on 64 connections: of a session that is graded, and of one while it is graded."""
    with installation(folder, "--latency", str(size.latency), concurrency=size.concurrency) as there:
        session_id = there.prepare()
        there.start(session_id, size.calls // 4)
        there.wait(session_id, size.most_seconds)
        there.settle()
        idle = _load(there, session_id, folder, seconds)
        unchanged = _load(there, session_id, folder, seconds, unchanged=True)
        session_id = there.prepare()
        there.start(session_id, size.calls)
        busy = _load(there, session_id, folder, seconds)
        still = there.progress(session_id)["status"] == "grading"
        state = there.wait(session_id, size.most_seconds)
        return [
            Figure("idle: requests a second", idle["requests"] / idle["seconds"], at_least=IDLE_POLLS),
            Figure("idle: requests a CPU second", idle["requests"] / idle["cpu"], at_least=IDLE_POLLS),
            Figure("unchanged (304): a second", unchanged["requests"] / unchanged["seconds"], at_least=UNCHANGED_POLLS),
            Figure("unchanged (304): a CPU second", unchanged["requests"] / unchanged["cpu"], at_least=UNCHANGED_POLLS),
            Figure("idle: median", idle["p50_ms"], "ms"),
            Figure("idle: 99 of 100 within", idle["p99_ms"], "ms", at_most=IDLE_P99_MS),
            Figure("while grading: requests a second", busy["requests"] / busy["seconds"], at_least=GRADING_POLLS),
            Figure("while grading: median", busy["p50_ms"], "ms"),
            Figure("while grading: 99 of 100 within", busy["p99_ms"], "ms"),
            Figure("other answers", idle["refused"] + unchanged["refused"] + busy["refused"], at_most=0),
            Figure("still grading when the load ended", still, at_least=1),
            Figure("graded attempts", state["attempts"]["succeeded"], at_least=size.calls),
        ]


def _load(
    there: Installation, session_id: str, folder: Path, seconds: float, *, unchanged: bool = False
) -> dict[str, float]:
    """What the generator prints, and `cpu`: the seconds that the server's process worked meanwhile."""
    url = f"{there.address}/sessions/{session_id}"
    etag = [httpx.get(url, trust_env=False).headers["ETag"]] if unchanged else []
    before = there.usage().server
    with running(("tests.bench.load", url, str(POLLERS), str(seconds), *etag), folder / "load.log") as generator:
        if generator.finish(seconds + 30) is None:
            raise BenchError("the load generator does not end")
        told: dict[str, float] = json.loads(generator.output().splitlines()[-1])
    return told | {"cpu": there.usage().server - before}


def polls_through_postgrest(folder: Path, size: Size, seconds: float = 4.0) -> list[Figure]:
    """Polls of a graded session over PostgREST beside those over the embedded database, in one run. No figures where
    there is no PostgREST.
    """
    with rest_settings(folder) as settings:
        if settings is None:
            return []
        embedded, rest = (
            _idle_polls(folder / name, size, seconds, own) for name, own in (("own", {}), ("rest", settings))
        )
    return [
        Figure("embedded: requests a second", embedded["requests"] / embedded["seconds"]),
        Figure("PostgREST: requests a second", rest["requests"] / rest["seconds"]),
        Figure("embedded: requests a CPU second of the server", embedded["requests"] / embedded["cpu"]),
        Figure("PostgREST: requests a CPU second of the server", rest["requests"] / rest["cpu"]),
        Figure("PostgREST / embedded, a second", _share(rest, embedded, "seconds"), at_least=POSTGREST_SHARE),
        Figure("PostgREST / embedded, a CPU second", _share(rest, embedded, "cpu"), at_least=POSTGREST_SHARE),
    ]


def _share(of: Mapping[str, float], whole: Mapping[str, float], per: str) -> float:
    return of["requests"] / of[per] / (whole["requests"] / whole[per])


def _idle_polls(folder: Path, size: Size, seconds: float, settings: Mapping[str, str]) -> dict[str, float]:
    folder.mkdir()
    latency = ("--latency", str(size.latency))
    with installation(folder, *latency, concurrency=size.concurrency, settings=settings) as there:
        session_id = there.prepare()
        there.start(session_id, size.calls)
        there.wait(session_id, size.most_seconds)
        there.settle()
        return _load(there, session_id, folder, seconds)


def memory(folder: Path, size: Size, sessions: int = 20) -> list[Figure]:
    """Two batches of sessions, half of `size.calls` attempts in each: the second leaves nothing behind."""
    batch = size.calls // 2
    with installation(folder, "--latency", str(size.latency), concurrency=size.concurrency) as there:
        fresh = there.rss_megabytes()
        first = _rss_after(there, batch, sessions)
        second = _rss_after(there, batch, sessions)
        return [
            Figure("RSS before any session", fresh, "MB"),
            Figure(f"RSS after {batch} attempts", first, "MB"),
            Figure(f"RSS after {size.calls} attempts", second, "MB", at_most=RSS_MEGABYTES),
            Figure("growth by the second half", second - first, "MB", at_most=GROWTH_MEGABYTES),
        ]


def _rss_after(there: Installation, attempts: int, sessions: int) -> float:
    ids = [there.prepare() for _ in range(sessions)]
    there.start_together(ids, attempts // sessions)
    states = [there.wait(session_id, MEMORY_SECONDS) for session_id in ids]
    if _total(states, "succeeded") != attempts:
        raise BenchError("attempts failed")
    there.settle()
    return there.rss_megabytes()


def start(folder: Path) -> list[Figure]:
    """From the start of the process to the first answer, the embedded Postgres included."""
    (cold, _), (warm, worked) = (_start_seconds(folder) for _ in range(2))
    imported, importing = _import_seconds(folder)
    return [
        Figure("to the first answer, with a database to make", cold, "s", at_most=COLD_SECONDS),
        Figure("to the first answer after that", warm, "s", at_most=WARM_SECONDS),
        Figure("to the first answer after that: CPU of the server", worked, "s"),
        Figure("import app.main", imported, "s", at_most=IMPORT_SECONDS),
        Figure("import app.main: CPU", importing, "s", at_most=IMPORT_SECONDS),
    ]


def _start_seconds(folder: Path) -> tuple[float, float]:
    """Until the first answer, and the CPU seconds of the server's process until then."""
    with server(folder, {}) as (started, _, seconds):
        return seconds, sum(started.process.cpu_times()[:2])


def _import_seconds(folder: Path) -> tuple[float, float]:
    """Wall and CPU of the import alone, without the start of Python; the best of five."""
    runs = []
    for _ in range(5):
        with running(("tests.bench.importing",), folder / "import.log") as program:
            if program.finish(30) is None:
                raise BenchError("app.main is not imported within 30 s")
            wall, cpu = map(float, program.output().split())
            runs.append((wall, cpu))
    return min(runs)


def demo(folder: Path) -> list[Figure]:
    """`secondmark demo`, without what `make` does around it."""
    first, second = (_demo_seconds(folder) for _ in range(2))
    return [
        Figure("the first time", first, "s"),
        Figure("the second time", second, "s", at_most=DEMO_SECONDS),
    ]


def _demo_seconds(folder: Path) -> float:
    settings = {"DATA_DIR": str(folder / "demo"), "LOG_LEVEL": "WARNING"}
    with running(("app", "demo"), folder / "demo.log", settings) as program:
        taken = program.finish(120)
    if taken is None or "SIMULATED" not in program.output():
        raise BenchError(f"the demo did not end: {program.output()[-500:]}")
    return taken


def _total(states: Iterable[dict[str, Any]], status: str) -> int:
    return sum(state["attempts"][status] for state in states)

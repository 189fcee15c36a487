"""The duration and the CPU cost of a run, beside the ideal and beside bare loops over the same calls."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from tests.bench.installation import Installation, installation
from tests.bench.processes import Program, running, simulator
from tests.bench.report import Figure
from tests.support.postgrest import find_postgrest, serving_postgrest

CPU_MS_A_CALL = 1.5
RSS_MEGABYTES = 110
OWN_CPU = "server CPU per graded call"


@dataclass(frozen=True)
class Size:
    """So many calls of `latency` seconds each, `concurrency` of them at once; `ratio` is the most times the ideal, and
    `times_bare` the most times the CPU that a bare aiohttp loop uses for a call.
    """

    calls: int
    concurrency: int
    ratio: float | None = None
    latency: float = 0.5
    times_bare: float | None = None

    @property
    def ideal_seconds(self) -> float:
        return ceil(self.calls / self.concurrency) * self.latency

    @property
    def most_seconds(self) -> float:
        """A benchmark that takes longer is ended: 10 times the ideal, and a minute for slow machines."""
        return 60 + 10 * self.ideal_seconds


def makespan(folder: Path, size: Size) -> list[Figure]:
    with installation(folder, "--latency", str(size.latency), concurrency=size.concurrency) as there:
        figures = measured(there, size, cpu_ms=CPU_MS_A_CALL)
        figures.append(Figure("RSS of the server", there.rss_megabytes(), "MB", at_most=RSS_MEGABYTES))
    figures += [*bare("aiohttp", folder, size), *bare("httpx", folder, size)]
    return [*figures, times_bare(figures, size)]


def times_bare(figures: Iterable[Figure], size: Size) -> Figure:
    """A ratio of two costs in one run holds on a busy machine too, which makes both of them higher."""
    costs = {figure.name: figure.value for figure in figures}
    own, bare = costs[OWN_CPU], costs["bare aiohttp loop: CPU per call"]
    times = own / bare if own and bare else None
    return Figure("server CPU / bare aiohttp loop's", times, at_most=size.times_bare)


def through_postgrest(folder: Path, size: Size) -> list[Figure]:
    """The same with rows that go through PostgREST; no figures where there is none."""
    with rest_settings(folder) as settings:
        if settings is None:
            return []
        latency = ("--latency", str(size.latency))
        with installation(folder, *latency, concurrency=size.concurrency, settings=settings) as there:
            return measured(there, size)


@contextmanager
def rest_settings(folder: Path) -> Iterator[Mapping[str, str] | None]:
    """The server's settings for a database of its own behind PostgREST; None where there is no PostgREST."""
    binary = find_postgrest()
    if binary is None:
        yield None
        return
    with _postgres(folder) as conninfo, serving_postgrest(binary, conninfo) as rest:
        yield {"SUPABASE_URL": rest.url, "SUPABASE_SERVICE_ROLE_KEY": rest.key}


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    cluster = EmbeddedPostgres(folder / "cluster")
    cluster.start()
    try:
        migrate(cluster.conninfo())
        yield cluster.conninfo()
    finally:
        cluster.stop()


def measured(there: Installation, size: Size, cpu_ms: float | None = None) -> list[Figure]:
    """One run, from the POST to the end that the session reports. `cpu_ms` is the highest allowed cost of a call."""
    session_id = there.prepare()
    before = there.usage()
    at = there.start(session_id, size.calls)
    state = there.wait(session_id, size.most_seconds)
    taken = finished(state) - at
    there.settle()
    used = there.usage() - before
    return [
        Figure("graded attempts", state["attempts"]["succeeded"], at_least=size.calls),
        Figure("makespan", taken, "s"),
        Figure("makespan / ideal", taken / size.ideal_seconds, at_most=size.ratio),
        Figure(OWN_CPU, 1000 * used.server / size.calls, "ms", at_most=cpu_ms),
        Figure("database CPU per graded call", 1000 * used.database / size.calls, "ms"),
        *limits(there, size.concurrency),
    ]


def limits(there: Installation, concurrency: int) -> list[Figure]:
    counted = there.counted()
    return [
        Figure("most in flight", counted["in_flight_max"], at_most=concurrency),
        Figure("connections opened", counted["connections"], at_most=concurrency + 1),
    ]


def finished(state: dict[str, Any]) -> float:
    """When a session says that it ended, in Unix seconds."""
    return datetime.fromisoformat(state["finished_at"]).timestamp()


def bare(library: str, folder: Path, size: Size) -> list[Figure]:
    """A loop over the same calls without a product around it, against a simulator of its own."""
    name = f"bare {library} loop"
    with simulator(folder, "--latency", str(size.latency)) as (_, url):
        arguments = ("tests.bench.raw", library, url, str(size.calls), str(size.concurrency))
        with running(arguments, folder / f"{library}.log") as loop:
            told = _last_line(loop) if loop.finish(size.most_seconds) else {}
    wall, cpu = told.get("wall_seconds"), told.get("cpu_seconds")
    return [
        Figure(f"{name}: makespan / ideal", None if wall is None else wall / size.ideal_seconds),
        Figure(f"{name}: CPU per call", None if cpu is None else 1000 * cpu / size.calls, "ms"),
    ]


def _last_line(program: Program) -> dict[str, float]:
    told: dict[str, float] = json.loads(program.output().splitlines()[-1])
    return told

"""Workers on one Postgres with a slow way to it: how much faster 2 and 4 are than 1, and what a killed one costs."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from app.database.queue_schema import bring_up_queue
from tests.bench.installation import Installation
from tests.bench.makespan import finished
from tests.bench.processes import BenchError, Program, cpu_seconds, running, server, simulator
from tests.bench.report import Figure

IN_FLIGHT = 64
LATENCY_SECONDS = 2.0
ROUND_TRIP_SECONDS = 0.02
# Of one session; four of them fill a worker once.
SESSION_ATTEMPTS = 48
SESSIONS_OF_A_WORKER = 8
MOST_SECONDS = 180.0
# Of the whole database, those of beats, wake-ups, the server and its polls included.
STATEMENTS = "select xact_commit from pg_stat_database where datname = current_database()"


@dataclass(frozen=True)
class Place:
    """A server that takes no work, its workers, and the database behind the slow way."""

    there: Installation
    workers: Sequence[Program]
    folders: Sequence[Path]
    conninfo: str

    def begin(self, n_sessions: int) -> tuple[list[str], float]:
        """The ids of so many sessions that were started, and when the first was."""
        ids = [self.there.prepare() for _ in range(n_sessions)]
        return ids, self.there.start_together(ids, SESSION_ATTEMPTS)


def hosts(folder: Path) -> list[Figure]:
    figures: list[Figure] = []
    alone = 0.0
    for n_workers, at_least in ((1, None), (2, 1.9), (4, 3.6)):
        throughput, more = _shared(folder / str(n_workers), n_workers)
        alone = alone or throughput
        figures += [*more, Figure(f"{n_workers} workers: times one", throughput / alone, at_least=at_least)]
    return [*figures, *_killed(folder / "killed")]


def _shared(folder: Path, n_workers: int) -> tuple[float, list[Figure]]:
    with _place(folder, n_workers) as place:
        n_sessions = n_workers * SESSIONS_OF_A_WORKER
        before = cpu_seconds(*(worker.process for worker in place.workers))
        asked = _number(place.conninfo, STATEMENTS)
        ids, at = place.begin(n_sessions)
        states = [place.there.wait(session_id, MOST_SECONDS) for session_id in ids]
        used = cpu_seconds(*(worker.process for worker in place.workers)) - before
        asked = _number(place.conninfo, STATEMENTS) - asked
        taken = max(finished(state) for state in states) - at
        n_calls = n_sessions * SESSION_ATTEMPTS
        ideal = ceil(n_calls / (n_workers * IN_FLIGHT)) * LATENCY_SECONDS
        name = f"{n_workers} workers"
        return n_calls / taken, [
            Figure(f"{name}: graded attempts", _succeeded(states), at_least=n_calls),
            Figure(f"{name}: makespan / ideal", taken / ideal, at_most=1.15),
            Figure(f"{name}: throughput", n_calls / taken, "calls/s"),
            Figure(f"{name}: CPU of workers a call", used / n_calls * 1000, "ms"),
            Figure(f"{name}: statements a call", asked / n_calls),
            Figure(f"{name}: most in flight", place.there.counted()["in_flight_max"], at_most=n_workers * IN_FLIGHT),
        ]


def _killed(folder: Path) -> list[Figure]:
    """One of two workers is killed in mid-run, as if on another machine: nobody sees the lock of its process."""
    with _place(folder, 2) as place:
        ids, _ = place.begin(2 * SESSIONS_OF_A_WORKER)
        n_calls = len(ids) * SESSION_ATTEMPTS
        dead = place.workers[0]
        dead.wait_until(lambda: _stored(place.conninfo) > n_calls / 4, MOST_SECONDS)
        held = _held_by(place.conninfo, dead.process.pid)
        dead.process.kill()
        killed_at = time.monotonic()
        shutil.rmtree(place.folders[0] / "data" / "processes")
        place.workers[1].wait_until(lambda: not _held_by(place.conninfo, dead.process.pid), MOST_SECONDS)
        resumed = time.monotonic() - killed_at
        states = [place.there.wait(session_id, MOST_SECONDS) for session_id in ids]
        return [
            Figure("killed: portions that it held", held),
            Figure("killed: graded attempts", _succeeded(states), at_least=n_calls),
            Figure("killed: calls", place.there.counted()["calls"], at_most=n_calls + IN_FLIGHT),
            Figure("killed: its work was taken over after", resumed, "s", at_most=10),
        ]


@contextmanager
def _place(folder: Path, n_workers: int) -> Iterator[Place]:
    folder.mkdir()
    with ExitStack() as stack:
        cluster = EmbeddedPostgres(folder / "cluster")
        cluster.start()
        stack.callback(cluster.stop)
        migrate(cluster.conninfo())
        bring_up_queue(cluster.conninfo())
        known = conninfo_to_dict(cluster.conninfo())
        socket = f"{known['host']}/.s.PGSQL.{known['port']}"
        link = stack.enter_context(
            running(("tests.bench.slow_link", socket, str(ROUND_TRIP_SECONDS)), folder / "link.log")
        )
        link.wait_until(lambda: "port" in link.output())
        slow = make_conninfo(cluster.conninfo(), host="127.0.0.1", port=link.output().split()[-1])
        simulated, url = stack.enter_context(simulator(folder, "--latency", str(LATENCY_SECONDS)))
        settings = {
            "OPENROUTER_API_KEY": "simulated",
            "OPENROUTER_BASE_URL": url,
            "GRADING_MAX_CONCURRENCY": str(IN_FLIGHT),
            "DATABASE_URL": slow,
            "QUEUE": "procrastinate",
            "LOG_LEVEL": "WARNING",
        }
        folders = [folder / f"worker-{n}" for n in range(n_workers)]
        workers = [stack.enter_context(_worker(own, settings)) for own in folders]
        for worker in workers:
            worker.wait_until(lambda worker=worker: "takes work" in worker.output())
        serving, address, _ = stack.enter_context(server(folder, settings | {"QUEUE_WORKER": "false"}))
        there = Installation(serving, address, simulated, url)
        stack.callback(there.close)
        yield Place(there, workers, folders, cluster.conninfo())


@contextmanager
def _worker(folder: Path, settings: dict[str, str]) -> Iterator[Program]:
    folder.mkdir()
    with running(("app", "worker"), folder / "worker.log", settings | {"DATA_DIR": str(folder / "data")}) as program:
        yield program


def _stored(conninfo: str) -> int:
    return _number(conninfo, "select count(*) from grading_call where status = 'succeeded'")


def _held_by(conninfo: str, pid: int) -> int:
    """How many portions the worker of this process holds, as long as it is known."""
    query = "select count(*) from portion p join worker w on w.id = p.lease_owner where w.pid = %s"
    return _number(conninfo, query, pid)


def _number(conninfo: str, query: str, *values: int) -> int:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query.encode(), values).fetchone()
        if row is None:
            raise BenchError(f"no answer to {query}")
        return int(row[0])


def _succeeded(states: Sequence[dict[str, object]]) -> int:
    return sum(state["attempts"]["succeeded"] for state in states)  # type: ignore[index]

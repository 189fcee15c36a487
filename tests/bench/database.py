"""Figures of the database: the time until work continues after kill -9, and the cost of many rows of other owners."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import psycopg

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from tests.bench.installation import Installation
from tests.bench.processes import BenchError, server, simulator
from tests.bench.report import Figure

CALLS, IN_FLIGHT = 40, 8
RESUME_SECONDS = 3.0
# 100,000 rows each, 5 of them one owner's. 1,000 images in each of 100 sessions.
FILL = """
insert into public.session (name, owner_id, created_at)
  select 's', case when n <= 5 then 'rare' else 'o' || n % 50 end, '2026-01-01'::timestamptz + n * interval '1 s'
  from generate_series(1, 100000) n;
insert into public.exam (name, owner_id, created_at) select name, owner_id, created_at from public.session;
insert into public.document (name, owner_id, created_at, sha256, content_type, status)
  select name, owner_id, created_at, 'x', 'text/plain', 'ready' from public.session;
insert into public.generated_test
  (name, owner_id, created_at, target_questions, difficulty, models, prompt_version, seed, status)
  select name, owner_id, created_at, 3, 'EASY', '{}', '1', 1, 'completed' from public.session;
insert into public.image (session_id, role, url, storage_path, order_index)
  select s.id, 'student', 'u' || n, s.id || '/' || n, n
  from (select id from public.session where owner_id <> 'rare' limit 100) s, generate_series(1, 1000) n;
analyze;
"""
LIST_MS, DELETE_SECONDS = 5.0, 0.6


def resumed(folder: Path) -> list[Figure]:
    """Kill -9 in the middle of a run, then a start on the same data: from the start to the first new call."""
    (folder / "embedded").mkdir()
    (folder / "own").mkdir()
    figures = _resumed(folder / "embedded", {}, "embedded")
    with own_postgres(folder) as conninfo:
        return [*figures, *_resumed(folder / "own", {"DATABASE_URL": conninfo}, "DATABASE_URL")]


def _resumed(folder: Path, settings: Mapping[str, str], name: str) -> list[Figure]:
    with simulator(folder, "--latency", "0.5") as (simulated, url):
        settings = settings | {
            "OPENROUTER_API_KEY": "simulated",
            "OPENROUTER_BASE_URL": url,
            "GRADING_MAX_CONCURRENCY": str(IN_FLIGHT),
        }
        with server(folder, settings) as (killed, address, _):
            there = Installation(killed, address, simulated, url)
            session_id = there.prepare()
            there.start(session_id, CALLS)
            while there.progress(session_id)["attempts"]["succeeded"] < CALLS // 3:
                time.sleep(0.05)
            killed.process.send_signal(signal.SIGKILL)
            killed.process.wait()
            there.close()
        calls = _calls(url)
        restarted = time.perf_counter()
        with server(folder, settings) as (restarted_server, address, to_answer):
            while _calls(url) == calls:
                if time.perf_counter() - restarted > 60:
                    raise BenchError("the run was not resumed")
                time.sleep(0.02)
            taken = time.perf_counter() - restarted
            there = Installation(restarted_server, address, simulated, url)
            state = there.wait(session_id, 60)
            there.close()
        return [
            Figure(f"{name}: from the start to the next call", taken, "s", at_most=RESUME_SECONDS),
            Figure(f"{name}: of it until the server answers", to_answer, "s"),
            Figure(f"{name}: calls beyond the plan", _calls(url) - CALLS, at_most=IN_FLIGHT),
            Figure(f"{name}: graded attempts", state["attempts"]["succeeded"], at_least=CALLS),
        ]


def _calls(url: str) -> int:
    counted = httpx.get(url.removesuffix("/api/v1") + "/simulator/stats", trust_env=False).json()
    return int(counted["calls"])


def owner_lists(folder: Path) -> list[Figure]:
    """Lists of 5 rows among 100,000, and 100 sessions deleted with 100,000 images."""
    with (
        own_postgres(folder) as conninfo,
        psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection,
    ):
        connection.execute(FILL.encode())
        arguments = json.dumps({"limit": 50, "offset": 0, "owner_id": "rare"})
        figures = []
        for function in ("list_sessions", "list_exams", "list_documents", "list_tests"):
            walls = [_wall(connection, function, arguments) * 1000 for _ in range(12)]
            figures.append(Figure(function, median(walls), "ms", at_most=LIST_MS))
        sessions = connection.execute("select distinct session_id from public.image").fetchall()
        arguments_of = [json.dumps({"session_id": str(session_id)}) for (session_id,) in sessions]
        deleted = sum(_wall(connection, "delete_session", one) for one in arguments_of)
        return [*figures, Figure("100 sessions deleted with their images", deleted, "s", at_most=DELETE_SECONDS)]


def _wall(connection: psycopg.Connection, function: str, arguments: str) -> float:
    began = time.perf_counter()
    connection.execute(f"select public.{function}(%s)".encode(), [arguments])
    return time.perf_counter() - began


@contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    cluster = EmbeddedPostgres(folder / "cluster")
    cluster.start()
    try:
        migrate(cluster.conninfo())
        yield cluster.conninfo()
    finally:
        cluster.stop()

"""The pages at size: the start page with 10,000 sessions; the next answer at a desk, 300 scripts of 10 questions; what
the live page of an exam asks for, 300 scripts and 8 markers.
"""

import io
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.bench.database import own_postgres
from tests.bench.installation import Installation, installation
from tests.bench.processes import server, simulator
from tests.bench.report import Figure
from tests.support.browser import CHROMIUM, FLAGS

START_MS, NEXT_MS = 150, 100
SCRIPTS, QUESTIONS, ANSWERS = 300, 10, 40
# Half of 10,000 sessions alone, half in ten exams; each with three markers of ten questions.
FILL = """
insert into public.exam (name, created_at) select 'e' || n, '2026-02-01'::timestamptz + n * interval '1 h'
  from generate_series(1, 10) n;
insert into public.session (name, exam_id, status, run, created_at)
  select 's' || n, (select id from public.exam where n % 2 = 0 order by created_at offset (n / 2) % 10 limit 1),
    'graded', 1, '2026-01-01'::timestamptz + n * interval '5 min' from generate_series(1, 10000) n;
insert into public.question (session_id, question_id, number, max_marks)
  select s.id, 'q' || n, n, 4 from public.session s, generate_series(1, 10) n;
insert into public.grading_call (session_id, run, model_name, try_index, stage, status, request, cost_usd)
  select s.id, 1, 'm/' || n, 1, 'assessment', 'succeeded', '{}', 0.001 from public.session s, generate_series(1, 3) n;
insert into public.result (session_id, question_id, model_name, try_index, marks_awarded)
  select g.session_id, 'q' || n, g.model_name, 1, case when n > 1 then n % 5 end
  from public.grading_call g, generate_series(1, 10) n;
analyze;
"""

# Beside them an exam of 300 scripts is being marked: 8 markers, three tries each; every tenth attempt failed. Another
# process holds them, or the server would take up runs without a plan and end each with a warning.
LIVE = "11111111-1111-4111-8111-111111111111"
BEING_MARKED = """
insert into public.exam (id, name) values ('LIVE', 'live');
insert into public.session (name, exam_id, status, run, lease_owner, lease_expires_at)
  select 't' || n, 'LIVE', 'grading', 1, 'another process', 'infinity' from generate_series(1, 300) n;
insert into public.grading_call (session_id, run, model_name, try_index, stage, status, request, error)
  select s.id, 1, 'm/' || n, k, 'assessment', case when (n + k + ascii(right(s.name, 1))) % 10 = 0 then 'failed'
    when k = 3 then 'pending' else 'succeeded' end, '{}', jsonb_build_object('message', 'HTTP ' || (400 + n))
  from public.session s, generate_series(1, 8) n, generate_series(1, 3) k where s.exam_id = 'LIVE';
analyze;
""".replace("LIVE", LIVE)


def start_page(folder: Path) -> list[Figure]:
    """The page and what it asks for, from request to answer."""
    with own_postgres(folder) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(FILL.encode())
        settings = {"OPENROUTER_API_KEY": "simulated", "DATABASE_URL": conninfo}
        with (
            simulator(folder) as (simulated, url),
            server(folder, settings | {"OPENROUTER_BASE_URL": url}) as (served, address, _),
            closing(Installation(served, address, simulated, url)) as there,
        ):
            return [_asked(there, "the page", "/"), _asked(there, "its list", "/overview?limit=30")]


def _asked(there: Installation, name: str, path: str) -> Figure:
    return Figure(f"{name}, with 10,000 sessions", median(_walls(there, path, 15)), "ms", at_most=START_MS)


def _walls(there: Installation, path: str, n: int) -> list[float]:
    """Milliseconds of each of `n` answers."""
    walls = []
    for _ in range(n):
        at = time.perf_counter()
        there._http.get(path).raise_for_status()
        walls.append(1000 * (time.perf_counter() - at))
    return walls


def live_page(folder: Path) -> list[Figure]:
    """What the live page costs a second: the statement that counts the exam's markers, and the whole answer."""
    with own_postgres(folder) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(FILL.encode())
            connection.execute(BEING_MARKED.encode())
            counted = sorted(_counted(connection) for _ in range(100))
        settings = {"OPENROUTER_API_KEY": "simulated", "DATABASE_URL": conninfo}
        with (
            simulator(folder) as (simulated, url),
            server(folder, settings | {"OPENROUTER_BASE_URL": url}) as (served, address, _),
            closing(Installation(served, address, simulated, url)) as there,
        ):
            told = sorted(_walls(there, f"/exams/{LIVE}", 100))
    return [
        figure
        for name, found in (("counting its markers", counted), ("the exam's answer", told))
        for figure in (
            Figure(f"{name}, 300 scripts × 8 markers, median", median(found), "ms"),
            Figure(f"{name}, 99 of 100", found[98], "ms"),
        )
    ]


def _counted(connection: psycopg.Connection[Any]) -> float:
    at = time.perf_counter()
    connection.execute("select public.exam_markers(%s)", (LIVE,)).fetchone()
    return 1000 * (time.perf_counter() - at)


def desk(folder: Path) -> list[Figure]:
    """From Enter to the next answer with its scan on the screen, in Chromium; a request for answers on the server."""
    with installation(folder, concurrency=4) as there:
        exam = there.ask("POST", "/exams", {"name": "bench"})["exam_id"]
        rows = ["script,question_id,max_marks,human_mark,model_name,try_index,mark"]
        for script in range(SCRIPTS):
            for question in range(QUESTIONS):
                rows += [f"s{script},q{question},4,,m/{n},1,{(script + question * n) % 5}" for n in range(4)]
        imported = there._http.post(
            "/results/import", data={"exam_id": exam}, files={"file": ("marks.csv", "\n".join(rows).encode())}
        )
        imported.raise_for_status()
        scan = _scan()
        for session in there.ask("GET", f"/exams/{exam}")["sessions"]:
            _register(there, session["session_id"], scan)
        took = _worked(f"{there.address}/exams/{exam}/desk?which=all")
        took.sort()
        return [
            Figure("next answer shown, median", median(took), "ms", at_most=NEXT_MS),
            Figure("next answer shown, 19 of 20", took[int(0.95 * len(took))], "ms", at_most=NEXT_MS),
            Figure("answers reviewed", len(took), at_least=ANSWERS - 1),
        ]


def _scan() -> bytes:
    """A page of 1.5 megapixels, as a phone sends it."""
    file = io.BytesIO()
    Image.effect_noise((1050, 1480), 40).save(file, "JPEG", quality=70)
    return file.getvalue()


def _register(there: Installation, session_id: str, scan: bytes) -> None:
    signed = there.ask("POST", "/images/signed-url", {"filename": "scan.jpg", "content_type": "image/jpeg"})
    there._http.put(signed["uploadUrl"], content=scan, headers=signed["headers"]).raise_for_status()
    body = {"session_id": session_id, "role": "student", "url": signed["publicUrl"], "order_index": 0}
    there.ask("POST", "/images/register", body)


def _worked(address: str) -> list[float]:
    """Milliseconds of each answer, at the pace of a quick teacher: half a second an answer."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("#desk:not([hidden])", timeout=60_000)
        page.wait_for_timeout(2000)
        for _ in range(ANSWERS):
            page.keyboard.press("2")
            page.keyboard.press("Enter")
            page.wait_for_timeout(500)
        took: list[Any] = page.evaluate(
            "() => { const at = name => performance.getEntriesByName(name).map(one => one.startTime);"
            " return at('desk.asked').map(asked => (at('desk.shown').find(shown => shown > asked) ?? 1e9) - asked); }"
        )
        browser.close()
        return [float(one) for one in took]

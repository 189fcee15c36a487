"""kill -9 at random moments: while scripts are graded, tests are written and marks are imported."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import psycopg

from tests.chaos.verdict import Verdict
from tests.chaos.world import CONCURRENCY, MODELS, PATIENCE_SECONDS, Web, World, embedded_conninfo
from tests.system.conftest import QUESTIONS
from tests.system.test_generation_crash import until, upload

TRIES = 8
N_QUESTIONS = 4
WRITING = {"num_questions": N_QUESTIONS, "model": "simulated/writer", "solver_models": ["simulated/solver"]}
# A killed server leaves what it had sent, and what it was storing meanwhile.
MOST_IN_FLIGHT = 2 * CONCURRENCY
# Four of five kills come within so long after the server answers, the others while it starts.
LIFE_SECONDS, START_SECONDS, DURING_START = 1.5, 1.0, 0.2
# The first test in a process loads what only tests need.
WRITING_LIFE_SECONDS = 6.0
STORED = {
    "grading": "select session_id || '/' || model_name, model_name, try_index, 1 from public.grading_call"
    " where status in ('succeeded', 'failed')",
    "generation": "select test_id || '/' || role || ' ' || slot, model, 1, count(*) from public.test_attempt"
    " group by 1, 2",
}
SCRIPTS, IMPORTED_TRIES = 600, 4

Work = Callable[[Web], Awaitable[object]]
Stored = Counter[tuple[str, str, int]]


class Ledger:
    """Compares, at each kill, what OpenRouter was asked for with what is stored."""

    def __init__(self, world: World, kind: str) -> None:
        self._world, self._kind = world, kind
        self._stored: Stored = Counter()
        self._beyond = self._n_seen = 0

    def after_kill(self, web: Web) -> None:
        """What is not stored was in flight. No call whose answer was stored may have been made again."""
        log, verdict = self._world.simulator.log, self._world.verdict
        stored = self._stored if not has_database(web) else stored_answers(web, self._kind)
        beyond = len(log) - stored.total()
        in_flight, self._beyond = beyond - self._beyond, beyond
        verdict.in_flight += in_flight
        verdict.promise(in_flight <= MOST_IN_FLIGHT, f"{in_flight} answers were not stored at a kill")
        self._none_again(verdict)
        self._stored, self._n_seen = stored, len(log)

    def close(self, web: Web) -> None:
        verdict = self._world.verdict
        self._none_again(verdict)
        verdict.paid_beyond = len(self._world.simulator.log) - stored_answers(web, self._kind).total()

    def _none_again(self, verdict: Verdict) -> None:
        """A call of grading is made again only as long as its answer is not stored."""
        if self._kind == "grading":
            asked = list(self._world.simulator.log)[self._n_seen :]
            again = {(one.session, one.model, one.try_index) for one in asked} & self._stored.keys()
            verdict.promise(not again, f"{len(again)} calls made again although their answers were stored")


def has_database(web: Web) -> bool:
    return (web.data / "postgres" / "postmaster.pid").exists()


def stored_answers(web: Web, kind: str) -> Stored:
    """How many answers of each (session of the log, model, try) are stored."""
    with psycopg.connect(embedded_conninfo(web)) as connection:
        try:
            rows = connection.execute(STORED[kind]).fetchall()
        except psycopg.errors.UndefinedTable:  # killed before the first migration
            return Counter()
    return Counter({(name, model, number): int(n) for name, model, number, n in rows})


async def lives_and_dies(world: World, web: Web, work: Work, life: float = LIFE_SECONDS) -> None:
    """Start a server, let it `work`, and kill it at a random moment."""
    during_start = world.chance.random() < DURING_START
    moment = world.chance.uniform(0, START_SECONDS if during_start else life)
    await web.spawn()
    if during_start:
        await asyncio.sleep(moment)
        await web.kill()
        return
    await web.until_it_answers()
    working = asyncio.create_task(work(web))
    await asyncio.sleep(moment)
    await web.kill()
    with suppress(httpx.TransportError):
        await working


async def kill_grading(world: World) -> None:
    """Each life begins a session where none is unfinished."""
    web, ledger, sessions = world.web(), Ledger(world, "grading"), []

    async def work(web: Web) -> None:
        if not sessions or (await web.progress(sessions[-1]))["status"] != "grading":
            sessions.append(await web.prepared())
            await web.grade(sessions[-1], MODELS, TRIES)

    await web.start()
    await web.kill()
    for _ in range(world.amount):
        await lives_and_dies(world, web, work)
        ledger.after_kill(web)
    await web.start()
    for session in sessions:
        # The request that starts it may have been cut off: it is repeated, as a client would.
        await web.grade(session, MODELS, TRIES)
        progress = await world.judge(web, session, TRIES)
        world.verdict.promise(progress["attempts"]["failed"] == 0, f"{progress['attempts']['failed']} failed attempts")
    ledger.close(web)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"{world.amount} kills of the server, {len(sessions)} sessions"


async def kill_generation(world: World) -> None:
    """Each life begins a test where none is unfinished. Questions that a client has seen stay as they are."""
    web, ledger, seen = world.web(), Ledger(world, "generation"), {}
    asked: list[str] = []
    await web.start()
    document = await upload(web)

    async def work(web: Web) -> None:
        if not asked or (await web.http.get(f"/tests/{asked[-1]}/status")).json()["status"] == "completed":
            asked.append((await web.post("/tests/generate", {"document_id": document, **WRITING}))["id"])
        while True:
            found = (await web.http.get(f"/tests/{asked[-1]}")).json()["questions"]
            seen.update({question["id"]: question for question in found})
            await asyncio.sleep(0.1)

    await web.kill()
    for _ in range(world.amount):
        await lives_and_dies(world, web, work, WRITING_LIFE_SECONDS)
        ledger.after_kill(web)
    await web.start()
    # Also those whose id no client was told, because the server was killed before it answered.
    tests = [test["id"] for test in (await web.http.get("/tests")).json()["items"]]
    for test in tests:
        await judge_test(world, web, test, seen)
    ledger.close(web)
    world.verdict.promise(not seen, f"{len(seen)} questions that were shown have changed or gone")
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"{world.amount} kills of the server, {len(tests)} tests of {N_QUESTIONS} questions"


async def judge_test(world: World, web: Web, test: str, seen: dict) -> None:
    """A question is an attempt here. What was `seen` of it is taken off there if it is the same now."""
    verdict = world.verdict
    status = await until(web, test, lambda status: status["status"] not in {"pending", "generating"}, PATIENCE_SECONDS)
    questions = (await web.http.get(f"/tests/{test}")).json()["questions"]
    places = Counter(question["slot"] for question in questions)
    verdict.attempts += N_QUESTIONS
    verdict.true += len(places)
    verdict.doubled += len(questions) - len(places)
    verdict.lost += N_QUESTIONS - len(places)
    verdict.promise(status["status"] == "completed", f"test {test}: {status['status']} {status['failure_reason']}")
    for question in questions:
        if seen.get(question["id"]) == question:
            del seen[question["id"]]


async def kill_import(world: World) -> None:
    """Each life imports a file, which is stored as a whole or not at all; the import that was cut off is repeated."""
    web, exams = world.web(), []
    truth = imported_marks()
    await web.start()

    async def work(web: Web) -> None:
        exams.append((await web.post("/exams", {"name": "exam"}))["exam_id"])
        await import_file(web, exams[-1], truth)

    await web.kill()
    for _ in range(world.amount):
        await lives_and_dies(world, web, work)
    await web.start()
    n_cut = 0
    for exam in exams:
        n_stored = len(stored_marks(web, exam))
        world.verdict.promise(n_stored in {0, len(truth)}, f"{n_stored} of {len(truth)} marks of a file are shown")
        n_cut += n_stored == 0
        await import_file(web, exam, truth)
        world.verdict.count(((place, mark, ()) for place, mark in stored_marks(web, exam)), truth)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"{world.amount} kills of the server, {len(exams)} imports, {n_cut} of them cut off"


def imported_marks() -> dict:
    """{(question, script and marker, try): mark} of a made-up file."""
    places = [
        (question, f"script {script}/{model}", number)
        for script in range(SCRIPTS)
        for question in QUESTIONS
        for model in MODELS
        for number in range(1, IMPORTED_TRIES + 1)
    ]
    return {place: (index % 9) / 2 for index, place in enumerate(places)}


async def import_file(web: Web, exam: str, truth: dict) -> None:
    lines = ["script,question_id,max_marks,human_mark,model_name,try_index,mark"]
    for (question, marker, number), mark in truth.items():
        script, _, model = marker.partition("/")
        lines.append(f"{script},{question},4,2,{model},{number},{mark}")
    files = {"file": ("marks.csv", "\n".join(lines))}
    response = await web.http.post("/results/import", files=files, data={"exam_id": exam}, timeout=PATIENCE_SECONDS)
    assert response.is_success, response.text


def stored_marks(web: Web, exam: str) -> list:
    query = (
        "select r.question_id, s.name || '/' || r.model_name, r.try_index, r.marks_awarded::float from public.result r"
        " join public.session s on s.id = r.session_id where s.exam_id = %s and s.import_id is null"
    )
    with psycopg.connect(embedded_conninfo(web)) as connection:
        rows = connection.execute(query, [exam]).fetchall()
    return [((question, marker, number), mark) for question, marker, number, mark in rows]

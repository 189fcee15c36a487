"""Real servers as processes of their own, and a simulator that keeps a log of everything they asked."""

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.database.embedded import EmbeddedPostgres
from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator

ROOT = Path(__file__).parents[2]
QUESTIONS = ["1a", "1b", "2"]
MODELS = ["simulated/careful", "simulated/harsh", "simulated/erratic"]
TRIES = 20


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`uvicorn app.main:app` on a folder of its own. Everything it may read comes from here, nothing from a `.env`."""

    options: tuple[str, ...] = ()

    def __init__(self, folder, simulator, **settings):
        self._folder = folder
        self.data = folder / "data"
        self.port = free_port()
        known = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        self.environ = known | {
            "PYTHONPATH": str(ROOT),
            "OPENROUTER_API_KEY": "key",
            "OPENROUTER_BASE_URL": simulator.base_url,
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            **settings,
        }
        self.process = None
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    async def start(self):
        """Returns when it answers, with the time it was started at."""
        started_at = time.time()
        await self.spawn()
        await self.until_it_answers()
        return started_at

    async def spawn(self):
        command = ("-m", "uvicorn", "app.main:app", "--port", str(self.port), "--log-level", "warning", *self.options)
        with (self._folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=self._folder, env=self.environ, stdout=log, stderr=log
            )

    async def until_it_answers(self):
        async with asyncio.timeout(60):
            while not await self._answers():
                assert self.process.returncode is None, self.log()
                await asyncio.sleep(0.02)

    async def _answers(self):
        try:
            return (await self.http.get("/health")).is_success
        except httpx.TransportError:
            return False

    def log(self):
        return (self._folder / "log").read_text()

    async def end(self, how):
        """Send a signal and wait for the end; how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(how)
        async with asyncio.timeout(60):
            await self.process.wait()
        return time.monotonic() - began

    async def close(self):
        await self.http.aclose()
        if self.process is not None and self.process.returncode is None:
            await self.end(signal.SIGTERM)
        if (self.data / "postgres").exists():
            # Left running where the last server was killed: it ends with its last user.
            left = EmbeddedPostgres(self.data)
            await asyncio.to_thread(left.start)
            await asyncio.to_thread(left.stop)

    async def post(self, path, body):
        response = await self.http.post(path, json=body)
        assert response.is_success, response.text
        return response.json()

    async def prepared(self):
        """A session that is ready to be graded."""
        session = (await self.post("/sessions", {"name": "script"}))["session_id"]
        image = {"session_id": session, "role": "student", "url": "https://scans.test/1.png", "order_index": 0}
        await self.post("/images/register", image)
        questions = [{"question_number": one, "max_mark": 4} for one in QUESTIONS]
        await self.post("/questions/config", {"session_id": session, "questions": questions})
        return session

    async def grade(self, session, models=MODELS, tries=TRIES):
        plan = {"session_id": session, "models": [{"name": name, "tries": tries} for name in models]}
        await self.post("/grade/single", plan)

    async def new_run(self, models=MODELS, tries=TRIES):
        """A session that is being graded."""
        session = await self.prepared()
        await self.grade(session, models, tries)
        return session

    async def progress(self, session):
        return (await self.http.get(f"/sessions/{session}")).raise_for_status().json()

    async def until(self, session, is_so, seconds=40):
        """The progress for which `is_so` first held."""
        async with asyncio.timeout(seconds):
            while True:
                progress = await self.progress(session)
                if is_so(progress):
                    return progress
                await asyncio.sleep(0.02)

    async def finished(self, session, seconds=40):
        return await self.until(session, lambda progress: progress["status"] != "grading", seconds)

    async def marks(self, session):
        """{(question, marker, try): mark}, each exactly once."""
        table = (await self.http.get(f"/results/{session}")).raise_for_status().json()["results_by_question"]
        rows = [
            ((question, marker, row["try_index"]), row["marks_awarded"])
            for question, markers in table.items()
            for marker, tries in markers.items()
            for row in tries
        ]
        assert len(dict(rows)) == len(rows)
        return dict(rows)


@pytest.fixture
async def simulator():
    async with running_simulator(SimulatorConfig(latency_seconds=0.3)) as simulator:
        yield simulator


@pytest.fixture
def truth(simulator):
    """Every mark that a whole run gives."""

    def truth(models=MODELS, tries=TRIES):
        return {
            (question, model, number): simulator.config.true_mark(model, question, 4.0, number)
            for question in QUESTIONS
            for model in models
            for number in range(1, tries + 1)
        }

    return truth


@pytest.fixture
async def make_server(tmp_path, simulator):
    """Builds servers, each with a folder of its own."""
    async with AsyncExitStack() as stack:
        numbers = count(1)

        def make(**settings):
            folder = tmp_path / f"server-{next(numbers)}"
            folder.mkdir()
            server = Server(folder, simulator, **settings)
            stack.push_async_callback(server.close)
            return server

        yield make

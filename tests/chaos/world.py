"""The parts of a scenario: servers as processes, a simulated OpenRouter, a wire to it, a Postgres, and chance."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from app.simulator.config import SimulatorConfig
from app.simulator.server import RunningSimulator, running_simulator
from tests.chaos.verdict import UNFINISHED, Verdict
from tests.chaos.wire import Wire
from tests.system.conftest import QUESTIONS, ROOT, Server

HOOKS = Path(__file__).parent / "hooks"
MODELS = ("simulated/careful", "simulated/harsh")
# A stuck session is one that does not end in so long, on a busy machine too.
PATIENCE_SECONDS = 240
CONCURRENCY = 8
# Connections that a server at rest may keep: the pool's to Postgres, and those to OpenRouter for the next call.
KEPT_CONNECTIONS = 10 + CONCURRENCY


class Web(Server):
    """A server whose tasks, files and clock a scenario can reach."""

    def __init__(self, folder: Path, simulator, **settings: str) -> None:
        super().__init__(folder, simulator, GRADING_MAX_CONCURRENCY=str(CONCURRENCY), **settings)
        self.folder = folder
        self.environ |= {"PYTHONPATH": f"{HOOKS}:{ROOT}", "CHAOS_FOLDER": str(folder)}

    async def kill(self) -> None:
        await self.end(signal.SIGKILL)

    async def tasks(self) -> Counter:
        file = self.folder / "tasks.json"
        file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(30):
            while not file.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)
        return Counter(json.loads(file.read_text()))

    def files(self) -> tuple[int, int]:
        """How many files and pipes, and how many connections the process holds."""
        kinds = [self._kind(one) for one in Path(f"/proc/{self.process.pid}/fd").iterdir()]
        n_sockets = sum(kind.startswith("socket:") for kind in kinds)
        return len(kinds) - n_sockets, n_sockets

    @staticmethod
    def _kind(descriptor: Path) -> str:
        with suppress(FileNotFoundError):
            return str(descriptor.readlink())
        return ""

    async def holds(self) -> "Held":
        return Held(await self.tasks(), *self.files())

    async def left_since(self, before: "Held") -> int:
        """How much the process holds beyond `before`, once that no longer shrinks: what is ending has its time."""
        until = time.monotonic() + 30
        while (left := (await self.holds()).beyond(before)) and time.monotonic() < until:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.25)
        return left

    async def rows(self, session: str) -> list:
        """(question, marker, try), mark and reasons of each stored row."""
        table = (await self.http.get(f"/results/{session}")).raise_for_status().json()["results_by_question"]
        return [
            ((question, marker, row["try_index"]), row["marks_awarded"], row["validation_errors"])
            for question, markers in table.items()
            for marker, tries in markers.items()
            for row in tries
        ]


@dataclass(frozen=True)
class Held:
    tasks: Counter
    n_files: int
    n_sockets: int

    def beyond(self, before: "Held") -> int:
        tasks = (self.tasks - before.tasks).total()
        files = max(0, self.n_files - before.n_files)
        return tasks + files + max(0, self.n_sockets - before.n_sockets - KEPT_CONNECTIONS)


@dataclass
class World:
    """`amount` is how often or how long the bad thing happens, as the scenario reads it."""

    folder: Path
    seed: int
    amount: int
    stack: AsyncExitStack
    simulator: RunningSimulator
    wire: Wire
    chance: random.Random
    verdict: Verdict = field(default_factory=Verdict)
    n_webs: int = 0

    def web(self, **settings: str) -> Web:
        self.n_webs += 1
        folder = self.folder / f"web-{self.n_webs}"
        folder.mkdir()
        web = Web(folder, self.wire, **settings)
        self.stack.push_async_callback(web.close)
        return web

    async def cluster(self) -> EmbeddedPostgres:
        """A migrated Postgres that is not the server's own."""
        cluster = EmbeddedPostgres(self.folder / "cluster")
        await asyncio.to_thread(cluster.start)
        self.stack.push_async_callback(asyncio.to_thread, cluster.stop)
        await asyncio.to_thread(migrate, cluster.conninfo())
        return cluster

    def latency(self, seconds: float) -> None:
        self.simulator.config = self.simulator.config.model_copy(update={"latency_seconds": seconds})

    def truth(self, models=MODELS, tries: int = 1) -> dict:
        """Every mark of a whole run."""
        return {
            (question, model, number): self.simulator.config.true_mark(model, question, 4.0, number)
            for question in QUESTIONS
            for model in models
            for number in range(1, tries + 1)
        }

    async def judge(self, web: Web, session: str, tries: int, models=MODELS) -> dict:
        """Wait for the end of a session and count its attempts; the progress at its end."""
        progress = await self.end_of(web, session)
        self.verdict.count(await web.rows(session), self.truth(models, tries))
        self.verdict.promise(
            progress["status"] == "graded" or bool(progress["failure_reason"]),
            f"session {session} is {progress['status']} without a reason",
        )
        return progress

    async def end_of(self, web: Web, session: str) -> dict:
        """The progress of a session once it has ended; a stuck one breaks a promise."""
        try:
            return await web.finished(session, PATIENCE_SECONDS)
        except TimeoutError:
            self.verdict.faults.append(f"session {session} is stuck")
            return await web.progress(session)

    def n_paid(self) -> int:
        """Completions that OpenRouter bills, whether or not their answer arrived."""
        return sum(entry.usage is not None for entry in self.simulator.log)

    def n_broken(self) -> int:
        """Billed completions whose answer did not arrive."""
        return self.wire.n_cut + sum(entry.usage is not None and not entry.delivered for entry in self.simulator.log)

    def settle_bill(self, n_due: int) -> None:
        """Compare the bill with `n_due` completions, where nobody was killed: only answers that broke off may come on
        top.
        """
        self.verdict.paid_beyond += max(0, self.n_paid() - n_due)
        self.verdict.in_flight += self.n_broken()

    def nobody_is_stuck(self, conninfo: str) -> None:
        with psycopg.connect(conninfo) as connection:
            for table in ("session", "generated_test", "document"):
                rows = connection.execute(f"select status from public.{table}").fetchall()  # noqa: S608 - three names
                stuck = [status for (status,) in rows if status in UNFINISHED]
                self.verdict.promise(not stuck, f"{len(stuck)} rows of {table} are stuck: {sorted(set(stuck))}")


async def opened_world(stack: AsyncExitStack, folder: Path, seed: int, amount: int) -> World:
    simulator = await stack.enter_async_context(running_simulator(SimulatorConfig(seed=seed, latency_seconds=0.3)))
    wire = Wire(simulator.base_url)
    await wire.switch(Wire.Mode.PASS)
    stack.push_async_callback(wire.close)
    return World(folder, seed, amount, stack, simulator, wire, random.Random(seed))  # noqa: S311 - repeatable chance


def embedded_conninfo(web: Web) -> str:
    """The server's own Postgres, which a killed server leaves running."""
    lines = (web.data / "postgres" / "postmaster.pid").read_text().splitlines()
    return f"host={lines[4].strip()} port={lines[3].strip()} user=postgres dbname=secondmark"


def with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


async def quietly(request) -> httpx.Response | None:
    """The response, or None where the server was killed before it answered."""
    with suppress(httpx.TransportError):
        return await request
    return None

"""The product beside a simulator, used over HTTP like by a client."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app import samples
from app.marks.model import Question
from tests.bench.processes import BenchError, Program, cpu_seconds, descendants, server, simulator

MODEL = "simulated/careful"
# The most that a marker may be tried.
TRIES = 20
# Nobody fetches them: the simulator does not, and the product never does.
PAGES = {
    "student": ("https://scans.example/student-1.png", "https://scans.example/student-2.png"),
    "answer_key": ("https://scans.example/answer-key.png",),
}
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Usage:
    """CPU seconds: of the server's own process, and of Postgres and PostgREST beside it."""

    server: float
    database: float

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(self.server - earlier.server, self.database - earlier.database)


class Installation:
    def __init__(self, server: Program, address: str, simulator: Program, simulator_url: str) -> None:
        self.server = server
        self.address = address
        self.simulator_url = simulator_url
        self._simulator = simulator
        self._http = httpx.Client(base_url=address, timeout=60, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        response = self._http.request(method, path, json=body)
        if response.is_error:
            raise BenchError(f"{method} {path}: {response.status_code} {response.text[:500]} {self.server.output()}")
        return response.json() if response.content else None

    def upload(self, path: str, name: str, content: bytes) -> Any:
        response = self._http.post(path, files={"file": (name, content)})
        if response.is_error:
            raise BenchError(f"POST {path}: {response.status_code} {response.text[:500]}")
        return response.json()

    def prepare(self) -> str:
        """A session with the sample exam's questions and three pages; its id."""
        session_id: str = self.ask("POST", "/sessions")["session_id"]
        for role, urls in PAGES.items():
            for index, url in enumerate(urls):
                image = {"session_id": session_id, "role": role, "url": url, "order_index": index}
                self.ask("POST", "/images/register", image)
        self.ask("POST", "/questions/config", {"session_id": session_id, "questions": samples.questions()})
        return session_id

    def start(self, session_id: str, attempts: int) -> float:
        """Start this number of attempts. Gives the time just before, in Unix seconds."""
        at = time.time()
        self.ask("POST", "/grade/single", {"session_id": session_id, "models": markers(attempts)})
        return at

    def start_together(self, sessions: Sequence[str], attempts: int) -> float:
        """Start so many attempts in each; the time just before, in Unix seconds."""
        at = time.time()
        with ThreadPoolExecutor(len(sessions)) as threads:
            list(threads.map(lambda session_id: self.start(session_id, attempts), sessions))
        return at

    def progress(self, session_id: str) -> dict[str, Any]:
        state: dict[str, Any] = self.ask("GET", f"/sessions/{session_id}")
        return state

    def wait(self, session_id: str, seconds: float) -> dict[str, Any]:
        """Poll until the run is over; the last progress."""
        deadline = time.monotonic() + seconds
        while (state := self.progress(session_id))["status"] == "grading":
            if time.monotonic() > deadline:
                raise BenchError(f"still grading after {seconds:.0f} s: {state['attempts']} {self.server.output()}")
            time.sleep(POLL_SECONDS)
        return state

    def counted(self) -> dict[str, Any]:
        """The simulator's own figures."""
        figures: dict[str, Any] = httpx.get(
            self.simulator_url.removesuffix("/api/v1") + "/simulator/stats", trust_env=False
        ).json()
        return figures

    def usage(self) -> Usage:
        counted_apart = {self.server.process.pid, self._simulator.process.pid}
        beside = [process for process in descendants() if process.pid not in counted_apart]
        own = self.server.process.cpu_times()
        return Usage(own.user + own.system, cpu_seconds(*beside))

    def worked_seconds(self) -> float:
        """CPU of the server and of the subprocesses that it has waited for."""
        return float(sum(self.server.process.cpu_times()[:4]))

    def rss_megabytes(self) -> float:
        rss: int = self.server.process.memory_info().rss
        return rss / 1e6

    def settle(self) -> None:
        """Wait until the work after the end of a run, such as its statistics, is done."""
        before = -1.0
        while (now := sum(self.server.process.cpu_times()[:2])) - before > 0.01:
            before = now
            time.sleep(0.3)


@contextmanager
def installation(
    folder: Path,
    *options: str,
    concurrency: int,
    settings: Mapping[str, str] = {},
    program: Sequence[str] = ("app", "serve"),
) -> Iterator[Installation]:
    """`options` are the simulator's, `settings` the server's beside those that every benchmark sets."""
    with simulator(folder, *options) as (simulated, url):
        own = {
            "OPENROUTER_API_KEY": "simulated",
            "OPENROUTER_BASE_URL": url,
            "GRADING_MAX_CONCURRENCY": str(concurrency),
        }
        with server(folder, own | settings, program) as (serving, address, _):
            there = Installation(serving, address, simulated, url)
            try:
                yield there
            finally:
                there.close()


def markers(attempts: int) -> list[dict[str, Any]]:
    """The models of a plan with so many attempts: the same model under as many keys as it takes."""
    whole, rest = divmod(attempts, TRIES)
    tries = [TRIES] * whole + [rest] * bool(rest)
    return [{"name": MODEL, "instance_id": f"{MODEL}-{n}", "tries": each} for n, each in enumerate(tries, 1)]


def question_models() -> list[Question]:
    return [Question(**question) for question in samples.questions()]

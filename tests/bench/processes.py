"""The processes of a benchmark: each is started here and ended by its own id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from app.settings import Settings

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.005


class BenchError(Exception):
    """The benchmark cannot go on. The message says why, and ends with the output of the process."""


class Program:
    """A Python module running in a process of its own, with what it prints in `log`."""

    def __init__(self, arguments: Sequence[str], log: Path, settings: Mapping[str, str] = {}) -> None:
        self.log = log
        self.started = time.perf_counter()
        with log.open("wb") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - modules of this project
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env=_environment(settings),
            )
        self.process = psutil.Process(self._popen.pid)

    def output(self) -> str:
        return self.log.read_text(errors="replace").strip()

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> float:
        """Returns the seconds since the start once `ready` says so."""
        while not ready():
            taken = time.perf_counter() - self.started
            if self._popen.poll() is not None or taken > seconds:
                raise BenchError(f"{self.log.stem} is not ready after {taken:.1f} s: {self.output()[-500:]}")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - self.started

    def finish(self, seconds: float) -> float | None:
        """Wait for its end; the seconds since the start, None when it did not end in time."""
        with suppress(subprocess.TimeoutExpired):
            code = self._popen.wait(seconds)
            taken = time.perf_counter() - self.started
            if code != 0:
                raise BenchError(f"{self.log.stem} ended with {code}: {self.output()[-500:]}")
            return taken
        return None

    def stop(self) -> None:
        """End it, and whatever it leaves behind."""
        left = []
        with suppress(psutil.NoSuchProcess):
            left = self.process.children(recursive=True)
        self._popen.terminate()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        _, alive = psutil.wait_procs(left, timeout=STOP_SECONDS)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()


@contextmanager
def running(arguments: Sequence[str], log: Path, settings: Mapping[str, str] = {}) -> Iterator[Program]:
    program = Program(arguments, log, settings)
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def simulator(folder: Path, *options: str) -> Iterator[tuple[Program, str]]:
    """A simulated OpenRouter, and its value of OPENROUTER_BASE_URL."""
    with running(("app.simulator", "--port", "0", *options), folder / "simulator.log") as program:
        program.wait_until(lambda: "/api/v1" in program.output())
        yield program, program.output().split()[-1]


@contextmanager
def server(
    folder: Path, settings: Mapping[str, str], program: Sequence[str] = ("app", "serve")
) -> Iterator[tuple[Program, str, float]]:
    """The product, its address, and the seconds from its start to its first answer. `program` is how it is run."""
    port = _free_port()
    own = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "LOG_LEVEL": "WARNING"}
    with running(program, folder / "server.log", own | settings) as started:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(trust_env=False) as http:
            seconds = started.wait_until(lambda: _answers(http, f"{address}/health/ready"))
        yield started, address, seconds


class CoresElsewhere:
    """How many cores worked for others since this was made: walls measured beside them are longer than they would be.

    What this process started counts as ours once it has ended.
    """

    def __init__(self) -> None:
        self._at, self._others = time.perf_counter(), self._seconds()

    def average(self) -> float:
        return max(0.0, (self._seconds() - self._others) / (time.perf_counter() - self._at))

    @staticmethod
    def _seconds() -> float:
        whole = psutil.cpu_times()
        idle = whole.idle + getattr(whole, "iowait", 0.0)
        return sum(whole) - idle - sum(os.times()[:4])


def descendants() -> list[psutil.Process]:
    """Every process that this one started, and what those started."""
    return psutil.Process().children(recursive=True)


def cpu_seconds(*processes: psutil.Process) -> float:
    """User and system time of these processes and of their children that have ended."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
            total += times.user + times.system + ended
    return total


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without the product's settings: a benchmark never meets a real key or database. No `.env` is read either,
    because programs run in the benchmark's folder.
    """
    known = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in known}
    return inherited | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "PYTHONUNBUFFERED": "1"} | dict(settings)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).is_success
    except httpx.TransportError:
        return False

"""The `secondmark` command as a process, and what it talks to."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environ(tmp_path):
    """Nothing of this machine's settings, and a data folder of the test's own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT), "COLUMNS": "120"}


@pytest.fixture
def secondmark(tmp_path, environ):
    """Runs the command; keywords are settings."""

    def run(*arguments, **environment):
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "app", *map(str, arguments)],
            env=environ | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run


@pytest.fixture
def simulator_url():
    command = [sys.executable, "-m", "app", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - our own
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def key(simulator_url):
    """Settings with which the simulator is asked."""
    return {"OPENROUTER_API_KEY": "simulated", "OPENROUTER_BASE_URL": simulator_url}


@pytest.fixture
def server(tmp_path, environ, key):
    """A client of `secondmark serve`, which runs as a process of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    own = environ | key | {"PORT": port, "DATA_DIR": str(tmp_path / "server-data"), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "app", "serve"]
    transport = httpx.HTTPTransport(retries=8)  # it waits longer each time: 0.5 s to 32 s
    with (
        subprocess.Popen(command, env=own, cwd=tmp_path) as process,  # noqa: S603 - our own
        httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client,
    ):
        try:
            client.get("/health").raise_for_status()
            yield client
        finally:
            process.send_signal(signal.SIGTERM)

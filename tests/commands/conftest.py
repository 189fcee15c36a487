"""The `secondmark` command as a process, and what it talks to."""

import os
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.forked import Command

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environ(request, tmp_path):
    """Nothing of this machine's settings, and a data folder of the test's own.

    The database is the one of the fixture `database`, or with the mark `embedded` one in the data folder.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    own = kept | {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    if request.node.get_closest_marker("embedded"):
        return own
    return own | {"DATABASE_URL": request.getfixturevalue("database")}


@pytest.fixture
def secondmark(tmp_path, environ):
    """Runs the command; keywords are settings."""

    def run(*arguments, **environment):
        return Command(arguments, environ | environment, tmp_path).ended()

    return run


@pytest.fixture
def simulator_url(tmp_path, environ):
    simulator = Command(("simulate", "--port", "0"), environ, tmp_path)
    yield simulator.first_line().split()[-1]
    simulator.terminate()


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
    serving = Command(("serve",), own, tmp_path)
    transport = httpx.HTTPTransport(retries=8)  # it waits longer each time: 0.5 s to 32 s
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client:
        try:
            client.get("/health").raise_for_status()
            yield client
        finally:
            serving.terminate()

"""Servers that tests may stop and kill, and processes that use them."""

import shutil
import subprocess
import sys

import pytest

from app.database.embedded import EmbeddedPostgres
from tests.database.servers import REPOSITORY, USER, server_of


@pytest.fixture
def user_of():
    """Starts a process that uses the server of a folder, and kills it if the test does not end it."""
    users = []

    def user_of(data, *prefix):
        command = [*prefix, sys.executable, "-c", USER, str(data)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        users.append(subprocess.Popen(command, cwd=REPOSITORY, text=True, **pipes))  # noqa: S603 # our own interpreter
        return users[-1]

    yield user_of
    for user in users:
        if user.returncode is None:
            user.kill()
            user.communicate()


@pytest.fixture
def data(tmp_path):
    """A data folder that is not there yet; a server that a test leaves on it is killed."""
    folder = tmp_path / "data"
    yield folder
    if process := server_of(folder):
        process.kill()


@pytest.fixture(scope="session")
def stopped(tmp_path_factory):
    """A data folder with a complete cluster."""
    folder = tmp_path_factory.mktemp("stopped")
    server = EmbeddedPostgres(folder)
    server.start()
    server.stop()
    return folder


@pytest.fixture
def warm(data, stopped):
    """The data folder with a complete cluster in it, which takes a tenth of making one."""
    shutil.copytree(stopped, data)
    data.chmod(0o700)


@pytest.fixture
def server(data):
    server = EmbeddedPostgres(data)
    yield server
    server.stop()

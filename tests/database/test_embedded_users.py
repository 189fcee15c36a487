"""Embedded servers of other users of the machine, root among them."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from app.database.embedded import EmbeddedPostgres
from tests.database.servers import answers, keep, kept, leave, server_of

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def daemon():
    """A private home of another user, and how to become that user."""
    account = pwd.getpwnam("daemon")
    home = Path(tempfile.mkdtemp(prefix="home-"))
    os.chown(home, account.pw_uid, account.pw_gid)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("there is no setpriv")
    yield home, (setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    shutil.rmtree(home)


@needs_root
def test_another_user_with_a_private_home_has_a_server_beside_ours(server, daemon, user_of):
    server.start()
    home, become = daemon
    other = user_of(home / "data", *become)
    address = other.stdout.readline().strip()

    assert answers(address)
    assert address != server.conninfo()
    assert not leave(other)
    assert (home / "data").stat().st_uid == home.stat().st_uid


@needs_root
@pytest.mark.usefixtures("warm")
def test_as_root_the_server_runs_as_somebody_else(server, data):
    server.start()

    assert server_of(data).uids().real != 0


@needs_root
@pytest.mark.usefixtures("warm")
def test_a_cluster_that_was_copied_as_root_is_handed_to_the_server(server, data):
    server.start()
    keep(server.conninfo(), "row")
    server.stop()
    for path in [data / "postgres", *(data / "postgres").rglob("*")]:
        os.chown(path, 0, 0)

    server.start()

    assert kept(server.conninfo()) == ["row"]


@needs_root
def test_root_may_use_a_users_data_and_leaves_it_to_them(daemon, user_of):
    home, become = daemon
    assert not leave(user_of(home / "data", *become))
    as_root = EmbeddedPostgres(home / "data")
    as_root.start()
    as_root.stop()

    assert not leave(user_of(home / "data", *become))


@needs_root
def test_the_data_of_another_user_are_refused(daemon, user_of):
    home, become = daemon
    (home / "postgres").mkdir(mode=0o755)
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    os.chown(home / "postgres", 0, 0)

    assert "belongs to another user" in leave(user_of(home, *become))


@needs_root
def test_a_folder_that_may_not_be_entered_is_named(daemon, user_of, tmp_path):
    _, become = daemon
    tmp_path.chmod(0o700)

    assert f"The data folder cannot be used: [Errno 13] Permission denied: '{tmp_path}" in leave(
        user_of(tmp_path / "data", *become)
    )

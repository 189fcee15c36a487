"""The days an embedded server sees: crashes, other users, awkward paths, several processes at once."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from app.store.embedded import EmbeddedPostgres, EmbeddedPostgresError

REPOSITORY = Path(__file__).parents[2]
# A process of its own that starts the server, says so, and stops it when its input ends.
USER = """
import sys
from pathlib import Path
from app.store.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.conninfo(), flush=True)
sys.stdin.read()
server.stop()
"""


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


def leave(process):
    """End a user's process; what it had to say besides, which is nothing when all went well."""
    return process.communicate(timeout=30)[1]


@pytest.fixture
def data(tmp_path):
    """A data folder that is not there yet; a server that a test leaves on it is killed."""
    folder = tmp_path / "data"
    yield folder
    if process := server_of(folder):
        process.kill()


@pytest.fixture(scope="module")
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


def server_of(data):
    """The server's process, or None."""
    with suppress(FileNotFoundError, psutil.Error, ValueError):
        process = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0]))
        return process if str(data / "postgres") in process.cmdline() else None
    return None


def answers(conninfo):
    with psycopg.connect(conninfo) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def sockets_of(server):
    return Path(conninfo_to_dict(server.conninfo())["host"])


def keep(conninfo, word):
    with psycopg.connect(conninfo) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("insert into kept values (%s)", [word])


def kept(conninfo):
    with psycopg.connect(conninfo) as connection:
        return [word for (word,) in connection.execute("select word from kept")]


def test_a_fresh_folder_gets_a_database_with_the_roles_of_supabase(server, data):
    server.start()
    assert data.stat().st_mode & 0o777 == 0o700

    with psycopg.connect(server.conninfo()) as connection:
        roles = connection.execute(
            "select rolname, rolbypassrls, rolcanlogin from pg_roles where rolname ~ '^(anon|auth|service)' order by 1"
        ).fetchall()
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("show timezone").fetchone() == ("UTC",)
        assert connection.execute("show fsync").fetchone() == ("on",)
    assert roles == [
        ("anon", False, False),
        ("authenticated", False, False),
        ("authenticator", False, True),
        ("service_role", True, False),
    ]


@pytest.mark.usefixtures("warm")
def test_a_stop_leaves_no_sockets_and_rows_survive_it(server):
    server.start()
    keep(server.conninfo(), "row")
    sockets = sockets_of(server)
    server.stop()
    assert not server.running()
    assert not sockets.exists()

    server.start()

    assert kept(server.conninfo()) == ["row"]


@pytest.mark.usefixtures("warm")
def test_starting_twice_and_stopping_twice_is_once(server, data):
    server.start()
    first = server_of(data)
    server.start()
    assert server_of(data) == first

    server.stop()
    server.stop()
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_the_server_listens_on_no_network_and_its_folders_are_private(server, data):
    server.start()

    assert server_of(data).net_connections("inet") == []
    folders = (data, data / "postgres", sockets_of(server))
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700] * 3


def test_folders_above_the_data_keep_their_modes(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = EmbeddedPostgres(home / "data")

    server.start()
    server.stop()

    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["a folder with spaces", 'quo\'te "and" ümlaut, $x %s', "x" * 170])
def test_the_path_may_be_awkward(tmp_path, name):
    server = EmbeddedPostgres(tmp_path / name / "data")
    server.start()
    try:
        assert answers(server.conninfo())
    finally:
        server.stop()


@pytest.mark.usefixtures("warm")
def test_the_temp_folder_may_be_private_and_have_spaces(server, monkeypatch):
    with tempfile.TemporaryDirectory(prefix="my temp ") as temporary:
        monkeypatch.setattr(tempfile, "tempdir", temporary)

        server.start()

        assert sockets_of(server).parent == Path(temporary)
        assert answers(server.conninfo())
        server.stop()


@pytest.mark.usefixtures("warm")
def test_a_temp_folder_too_long_for_a_socket_is_not_used(server, tmp_path, monkeypatch):
    temporary = tmp_path / ("long " * 20)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    server.start()

    assert answers(server.conninfo())


@pytest.mark.usefixtures("warm")
def test_a_relative_path_and_a_link_are_the_same_server(tmp_path, server, data, monkeypatch):
    server.start()
    (tmp_path / "link").symlink_to(data)
    monkeypatch.chdir(tmp_path)
    others = [EmbeddedPostgres(Path("data")), EmbeddedPostgres(tmp_path / "link")]

    for other in others:
        other.start()

    assert {other.conninfo() for other in others} == {server.conninfo()}
    for other in others:
        other.stop()
    assert answers(server.conninfo())


@pytest.mark.usefixtures("warm")
def test_a_killed_server_is_brought_back_with_its_rows(server, data):
    server.start()
    keep(server.conninfo(), "row")
    server_of(data).kill()
    psutil.wait_procs([psutil.Process(server._child.pid)], timeout=5)

    assert not server.running()
    assert server.ensure_running()
    assert kept(server.conninfo()) == ["row"]
    assert not server.ensure_running()


@pytest.mark.usefixtures("warm")
def test_a_server_that_another_process_started_is_brought_back_too(server, data, user_of):
    other = user_of(data)
    other.stdout.readline()
    server.start()
    found = server_of(data)

    found.kill()
    # The other process does not bury its child, which stays a zombie under its pid.
    while found.status() != psutil.STATUS_ZOMBIE:
        pass

    assert server.ensure_running()
    assert answers(server.conninfo())
    assert not leave(other)


def test_nothing_is_brought_back_before_the_start_or_after_the_stop(server, data):
    assert not server.ensure_running()
    server.start()
    server.stop()

    assert not server.ensure_running()
    assert server_of(data) is None


def test_two_cold_starts_at_once_share_one_server(data, user_of):
    users = [user_of(data) for _ in range(3)]
    addresses = {user.stdout.readline() for user in users}

    assert len(addresses) == 1
    assert answers(addresses.pop().strip())
    assert [leave(user) for user in users] == ["", "", ""]
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_the_last_one_out_stops_the_server(server, data, user_of):
    server.start()
    other = user_of(data)
    other.stdout.readline()

    server.stop()
    assert server_of(data) is not None

    assert not leave(other)
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_a_server_left_by_a_killed_process_is_used_and_then_stopped(server, data, user_of):
    other = user_of(data)
    other.stdout.readline()
    left = server_of(data)
    other.kill()
    other.communicate()

    server.start()
    assert server_of(data) == left
    assert answers(server.conninfo())

    server.stop()
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_a_start_after_both_were_killed_keeps_the_rows(server, data, user_of):
    other = user_of(data)
    keep(other.stdout.readline().strip(), "row")
    other.kill()
    server_of(data).kill()
    other.communicate()

    server.start()

    assert kept(server.conninfo()) == ["row"]


@pytest.mark.parametrize("whose", [os.getppid, lambda: 1])
@pytest.mark.usefixtures("warm")
def test_a_pid_that_has_passed_to_another_process_is_not_taken_for_the_server(server, data, whose):
    server.start()
    keep(server.conninfo(), "row")
    server_of(data).kill()
    server._child.wait()
    pid_file = data / "postgres" / "postmaster.pid"
    stale = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(whose()), *stale[1:]]))

    assert server.ensure_running()
    assert kept(server.conninfo()) == ["row"]


def test_an_interrupted_start_is_repaired(server, data, user_of):
    other = user_of(data)
    while not list(data.glob("postgres.new-*/base")):
        pass
    other.kill()
    other.communicate()
    assert not (data / "postgres").exists()

    server.start()

    assert answers(server.conninfo())


def test_leftovers_of_an_interrupted_start_are_removed(server, data):
    (data / "postgres.new-abandoned" / "base").mkdir(parents=True)

    server.start()

    assert not list(data.glob("postgres.new-*"))


def test_a_folder_that_holds_something_else_is_left_alone(server, data):
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "thesis.txt").write_text("mine")

    with pytest.raises(EmbeddedPostgresError, match="not a Postgres cluster"):
        server.start()
    assert (data / "postgres" / "thesis.txt").read_text() == "mine"


@pytest.mark.usefixtures("warm")
def test_a_server_that_cannot_start_says_why(server, data, monkeypatch):
    server.start()
    server.stop()
    (data / "postgres" / "global" / "pg_control").unlink()
    monkeypatch.setattr("app.store.embedded.SURVIVORS_SECONDS", 0)

    with pytest.raises(EmbeddedPostgresError, match=r"pg_control.*postgres\.log"):
        server.start()


def test_a_socket_folder_that_others_may_enter_is_refused(server):
    folder = server._socket_folder()
    folder.chmod(0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
            server.start()
    finally:
        folder.rmdir()


def test_the_address_is_known_once_the_server_runs(server):
    with pytest.raises(EmbeddedPostgresError, match="not been started"):
        server.conninfo()


@pytest.mark.usefixtures("warm")
def test_ctrl_c_does_not_reach_the_server(server, data):
    server.start()

    assert os.getpgid(server_of(data).pid) != os.getpgid(0)


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

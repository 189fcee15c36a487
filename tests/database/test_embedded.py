"""An embedded server in its folders: awkward paths, what it leaves behind, and where it cannot start."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest

from app.database.embedded import EmbeddedPostgres
from app.database.programs import EmbeddedPostgresError
from tests.database.servers import answers, keep, kept, server_of, sockets_of


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
    monkeypatch.setattr("app.database.embedded.SURVIVORS_SECONDS", 0)

    with pytest.raises(EmbeddedPostgresError, match=r"pg_control.*postgres\.log"):
        server.start()


def test_a_socket_folder_that_others_may_enter_is_refused(server):
    folder = server._socket_folder()
    folder.chmod(0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="others may enter it"):
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

"""`secondmark serve` where it cannot start: one line that says why, and no database left running."""

import os
import socket

import psutil
import psycopg
import pytest

from app.database.embedded import EmbeddedPostgres
from tests.support.forked import Command


@pytest.fixture
def serve(tmp_path):
    """Runs the command on a data folder of its own until it ends."""

    def run(**settings):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        own = {"DATA_DIR": str(tmp_path / "data")}
        return Command(("serve",), kept | own | settings, tmp_path).ended()

    return run


def servers_on(folder):
    return [p for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or ())]


def test_a_folder_that_holds_something_else_is_named_in_one_line(serve, tmp_path):
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    (tmp_path / "data" / "postgres" / "notes.txt").touch()

    done = serve()

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("secondmark: ")
    assert "holds something that is not a Postgres cluster" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_named_in_one_line(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve(PORT=str(port))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"secondmark: PORT: 127.0.0.1:{port} cannot be used (Address already in use).\n"


def test_a_database_of_a_newer_release_is_named_and_not_left_running(serve, tmp_path):
    embedded = EmbeddedPostgres(tmp_path / "data")
    embedded.start()
    with psycopg.connect(embedded.conninfo(), autocommit=True) as connection:
        connection.execute("create schema supabase_migrations")
        connection.execute("create table supabase_migrations.schema_migrations (version text primary key)")
        connection.execute("insert into supabase_migrations.schema_migrations values ('99991231235959')")
    embedded.stop()

    done = serve()

    assert done.returncode == 2
    assert done.stderr.startswith("secondmark: The database has the migration 99991231235959, which is newer")
    assert servers_on(tmp_path) == []


def test_a_server_that_must_not_be_open_to_all_makes_no_database(serve, tmp_path):
    done = serve(HOST="0.0.0.0")  # noqa: S104 - what is refused

    assert done.returncode == 2
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_proxy_that_cannot_be_used_is_named_before_a_database_is_made(serve, tmp_path):
    done = serve(ALL_PROXY="socks5://127.0.0.1:9", NO_PROXY="localhost")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("secondmark: ALL_PROXY: socks5 proxies are not supported.")
    assert not (tmp_path / "data" / "postgres").exists()

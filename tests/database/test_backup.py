"""The embedded database upgrades itself at start, after a copy of its folder was made."""

import errno
import select
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from app.database.embedded import EmbeddedPostgres
from app.database.programs import EmbeddedPostgresError
from app.database.upgrade import start_migrated
from app.store.migrations import FIRST, MigrationError, newest_version
from tests.database.released import as_now, columns_of, fill, make_database, rows_of
from tests.database.servers import REPOSITORY, answers

# Starts the database as the product does, with a part of it replaced; says so, and stops when its input ends.
STARTER = """
import logging, shutil, sys, time
from pathlib import Path
import app.database.backup, app.database.migrate
from app.database.embedded import EmbeddedPostgres
from app.database.upgrade import start_migrated
{before}
embedded = EmbeddedPostgres(Path(sys.argv[1]))
start_migrated(embedded)
print("started", flush=True)
sys.stdin.read()
embedded.stop()
"""
HALF_A_COPY = """
def copytree(source, target, **options):
    for path in sorted(source.rglob("*"))[:200]:
        if path.is_file():
            shutil.copy2(path, target / path.name)
    print("copying", flush=True)
    time.sleep(60)
shutil.copytree = copytree
"""
SLOW_COPY = """
room = app.database.backup._check_room
def check_room(cluster):
    print("copying", flush=True)
    while not (cluster.parent / "go on").exists():
        time.sleep(0.01)
    room(cluster)
app.database.backup._check_room = check_room
"""
HALF_AN_UPGRADE = """
def mark(connection, version):
    print("migrating", flush=True)
    time.sleep(60)
app.database.migrate.mark = mark
"""


@pytest.fixture(scope="session")
def released_folder(tmp_path_factory):
    """A data folder that 0.1.0 left, with a row of every kind."""
    folder = tmp_path_factory.mktemp("released")
    server = EmbeddedPostgres(folder)
    server.start()
    make_database(server.conninfo())
    fill(server.conninfo())
    server.stop()
    return folder


@pytest.fixture
def released(data, released_folder):
    shutil.copytree(released_folder, data)
    data.chmod(0o700)
    return data


@pytest.fixture
def starter_of():
    starters = []

    def starter_of(data, before=""):
        command = [sys.executable, "-c", STARTER.format(before=before), str(data)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        starters.append(subprocess.Popen(command, cwd=REPOSITORY, text=True, **pipes))  # noqa: S603 # our own interpreter
        return starters[-1]

    yield starter_of
    for starter in starters:
        if starter.returncode is None:
            starter.kill()
            starter.communicate()


def copies(data):
    return sorted(path.name for path in data.iterdir() if "backup" in path.name)


def rows_in(data):
    server = EmbeddedPostgres(data)
    server.start()
    try:
        return rows_of(server.conninfo())
    finally:
        server.stop()


def test_an_upgrade_copies_the_folder_first_and_keeps_every_row(released, server):
    before = rows_in(released)

    upgrade = start_migrated(server)

    assert upgrade.applied[-1] == newest_version()
    assert upgrade.backup == released / "backup-0.1.0"
    assert rows_of(server.conninfo(), columns_of(before)) == as_now(before)


def test_the_copy_put_in_the_place_of_the_folder_is_the_database_of_before(released, server):
    before = rows_in(released)
    start_migrated(server)
    server.stop()

    shutil.rmtree(released / "postgres")
    (released / "backup-0.1.0").rename(released / "postgres")

    assert rows_in(released) == before
    assert start_migrated(server).applied[-1] == newest_version()


def test_a_new_database_and_one_that_is_up_to_date_are_not_copied(data, server):
    start_migrated(server)
    server.stop()

    assert start_migrated(server).applied == []
    assert copies(data) == []


def test_a_copy_is_kept_until_the_next_upgrade_is_done(released, server):
    (released / "backup-0.0.9").mkdir()
    (released / "backup-0.0.9" / "PG_VERSION").write_text("18")

    start_migrated(server)
    assert copies(released) == ["backup-0.1.0"]
    server.stop()
    start_migrated(server)
    assert copies(released) == ["backup-0.1.0"]


def test_a_folder_of_the_users_own_is_never_removed(released, server):
    for name in ("backup-mine", "backup-1.2.3"):
        (released / name).mkdir()
    (released / "backup-mine" / "PG_VERSION").write_text("18")

    start_migrated(server)
    assert copies(released) == ["backup-0.1.0", "backup-1.2.3", "backup-mine"]


def test_a_folder_of_the_users_own_in_the_place_of_the_copy_stops_the_upgrade(released, server):
    (released / "backup-0.1.0").mkdir()
    (released / "backup-0.1.0" / "notes.txt").touch()

    with pytest.raises(MigrationError, match=r"backup-0\.1\.0 is in the way of its copy. Move it elsewhere"):
        start_migrated(server)

    assert (released / "backup-0.1.0" / "notes.txt").exists()
    assert len(rows_in(released)["session"]) == 9


def test_an_upgrade_that_fails_leaves_the_database_and_the_copies_as_they_were(released, server, monkeypatch):
    before = rows_in(released)
    (released / "backup-0.0.9").mkdir()

    def fail(*_):
        raise MigrationError("no")

    with monkeypatch.context() as patched:
        patched.setattr("app.database.migrate.mark", fail)
        with pytest.raises(MigrationError):
            start_migrated(server)

    assert copies(released) == ["backup-0.0.9", "backup-0.1.0"]
    assert rows_in(released) == before


@pytest.mark.parametrize(("before", "said"), [(HALF_A_COPY, "copying\n"), (HALF_AN_UPGRADE, "migrating\n")])
def test_a_start_after_kill_9_in_the_middle_begins_the_upgrade_anew(released, server, starter_of, before, said):
    rows = rows_in(released)
    killed = starter_of(released, before)
    assert killed.stdout.readline() == said
    killed.kill()
    killed.communicate()

    start_migrated(server)

    assert rows_of(server.conninfo(), columns_of(rows)) == as_now(rows)
    assert copies(released) == ["backup-0.1.0"]
    assert (released / "backup-0.1.0" / "global" / "pg_control").exists()


def test_processes_that_start_at_once_upgrade_once_and_all_work(released, starter_of):
    starters = [starter_of(released) for _ in range(4)]

    assert [starter.stdout.readline() for starter in starters] == ["started\n"] * 4
    assert [starter.communicate(timeout=30)[1] for starter in starters] == [""] * 4
    assert copies(released) == ["backup-0.1.0"]


def test_a_start_waits_while_another_process_copies(released, starter_of):
    first = starter_of(released, SLOW_COPY)
    assert first.stdout.readline() == "copying\n"
    second = starter_of(released)

    # Long enough to start in, had it not to wait.
    assert select.select([second.stdout], [], [], 2) == ([], [], [])
    (released / "go on").touch()
    assert [starter.stdout.readline() for starter in (first, second)] == ["started\n"] * 2


def test_a_database_that_an_older_process_uses_is_not_upgraded_under_it(released, server, user_of):
    older = user_of(released)
    conninfo = older.stdout.readline().strip()

    with pytest.raises(EmbeddedPostgresError, match="another process uses it: stop that process"):
        start_migrated(server)

    assert answers(conninfo)
    assert copies(released) == []
    older.communicate()
    assert start_migrated(server).applied[0] > FIRST


def test_without_room_for_the_copy_nothing_is_upgraded_and_the_database_stays_usable(released, server, monkeypatch):
    usage = SimpleNamespace(free=10**6)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(MigrationError, match=r"needs \d+ MB in .*, and 0 MB are free. Free some space"):
            start_migrated(server)

    assert copies(released) == []
    assert len(rows_in(released)["session"]) == 9


def test_a_disk_that_fills_up_during_the_copy_leaves_no_half_copy(released, server, monkeypatch):
    def full(source, target, **_):
        (target / "PG_VERSION").write_text("18")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", full)
        with pytest.raises(MigrationError, match=r"not upgraded, because its copy failed: .*No space left"):
            start_migrated(server)

    assert copies(released) == []
    assert start_migrated(server).backup == released / "backup-0.1.0"

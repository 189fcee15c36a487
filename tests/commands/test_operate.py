"""The commands of docs/operate.md on upgrades, back-ups and restores, as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.database import programs
from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from tests.database.released import fill, make_database, rows_of

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")


def commands(section):
    """The blocks of a section that are marked to be run: for the embedded database, then for DATABASE_URL."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def run(tmp_path):
    def run(script, **environment):
        path = os.pathsep.join([str(Path(sys.executable).parent), str(programs.binaries()), os.environ["PATH"]])
        known = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        return subprocess.run(  # noqa: S603 - the commands of our own page
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - from the path above
            env=known | {"PATH": path} | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def rows_in(folder):
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        return rows_of(server.conninfo())
    finally:
        server.stop()


@pytest.fixture
def released(tmp_path):
    """`.secondmark` as 0.1.0 left it."""
    server = EmbeddedPostgres(tmp_path / ".secondmark")
    server.start()
    make_database(server.conninfo())
    fill(server.conninfo())
    server.stop()
    return tmp_path / ".secondmark"


def test_the_embedded_database_is_upgraded_backed_up_and_restored_by_the_commands_of_the_page(released, run, tmp_path):
    before = rows_in(released)
    for section in ("Upgrade", "Back up"):
        done = run(commands(section)[0])
        assert (done.returncode, done.stderr) == (0, "")

    upgraded = rows_in(tmp_path / "secondmark-copy")
    assert rows_in(released) == upgraded
    assert {table: len(rows) for table, rows in upgraded.items() if rows} == {
        table: len(rows) for table, rows in before.items() if rows
    }
    assert run("rm -r .secondmark/postgres").returncode == 0
    done = run(commands("Restore")[0])
    assert (done.returncode, done.stderr) == (0, "")
    assert rows_in(released) == upgraded

    done = run(commands("Restore")[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert rows_in(released) == before


def test_a_database_of_its_own_is_backed_up_and_restored_by_the_commands_of_the_page(scratch_database, run, cluster):
    make_database(scratch_database)
    fill(scratch_database)
    migrate(scratch_database)
    before = rows_of(scratch_database)

    done = run(commands("Back up")[1], DATABASE_URL=scratch_database)
    assert (done.returncode, done.stderr) == (0, "")
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("drop database scratch with (force)")
        connection.execute("create database scratch")
    done = run(commands("Restore")[2], DATABASE_URL=scratch_database)

    assert (done.returncode, done.stderr) == (0, "")
    assert rows_of(scratch_database) == before
    assert run("secondmark migrate", DATABASE_URL=scratch_database).stdout == "The database is up to date.\n"

"""`secondmark migrate`, and what `serve` says of a database that must be migrated first."""

import psycopg
import pytest

from app.database.embedded import EmbeddedPostgres
from app.store.migrations import newest_version
from tests.database.released import UNRELEASED, fill, make_database, rows_of


def embedded_database(tmp_path, fill_it):
    server = EmbeddedPostgres(tmp_path / "data")
    server.start()
    try:
        return fill_it(server.conninfo())
    finally:
        server.stop()


@pytest.mark.embedded
def test_without_database_url_the_embedded_database_is_upgraded_and_its_copy_named(secondmark, tmp_path):
    embedded_database(tmp_path, make_database)
    embedded_database(tmp_path, fill)

    done = secondmark("migrate")

    assert (done.returncode, done.stderr) == (0, "")
    copy = tmp_path / "data" / "backup-0.1.0"
    assert f"applied {newest_version()}\n" in done.stdout
    assert f"A copy of the database as it was before is in {copy}.\nThe database is up to date.\n" in done.stdout
    assert (copy / "PG_VERSION").exists()
    assert secondmark("migrate").stdout == "The database is up to date.\n"


@pytest.mark.embedded
def test_an_embedded_database_of_an_unreleased_version_gets_a_way_out_that_keeps_its_rows(secondmark, tmp_path):
    def fill_it(conninfo):
        make_database(conninfo, UNRELEASED[0])
        with psycopg.connect(conninfo) as connection:
            connection.execute("insert into public.session (name) values ('kept')")

    embedded_database(tmp_path, fill_it)
    refused = secondmark("serve")

    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "run `secondmark migrate --rebuild`" in refused.stderr
    assert secondmark("migrate").stderr == refused.stderr
    assert secondmark("demo").stderr == refused.stderr
    done = secondmark("migrate", "--rebuild")
    assert (done.returncode, done.stderr) == (0, "")
    assert "backup-" in done.stdout
    assert "The former tables are kept in the schema secondmark_before_" in done.stdout
    assert [row["name"] for row in embedded_database(tmp_path, rows_of)["session"]] == ["kept"]
    assert secondmark("migrate").stdout == "The database is up to date.\n"


def test_a_server_refuses_a_database_that_must_be_migrated_with_one_sentence(secondmark, scratch_database):
    make_database(scratch_database)

    done = secondmark("serve", DATABASE_URL=scratch_database)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("secondmark: The database has version 0.1.0 (migration 20261121000000), and ")
    assert done.stderr.endswith(": run `secondmark migrate`.\n")


@pytest.mark.embedded
def test_a_server_over_postgrest_refuses_it_too(secondmark, scratch_database, serve_postgrest):
    make_database(scratch_database)
    with serve_postgrest(scratch_database) as postgrest:
        done = secondmark("serve", SUPABASE_URL=postgrest.url, SUPABASE_SERVICE_ROLE_KEY=postgrest.key)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("secondmark: The database has version 0.1.0 (migration 20261121000000), and ")


def test_a_database_that_cannot_be_reached_is_named(secondmark):
    done = secondmark("migrate", DATABASE_URL="postgresql://someone:secret@127.0.0.1:9/x")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("secondmark: The database cannot be reached: ")
    assert "secret" not in done.stderr

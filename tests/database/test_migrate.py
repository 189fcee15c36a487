from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.database.migrate import migrate
from app.store.migrations import MigrationError, migrations_directory

FIRST = "create table public.a (x int);\ncreate table public.b (x int default '1'); -- 100 %s of it\n"
SECOND = "insert into public.a values (1); insert into public.a values (2);"


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "20260102000000_second_step.sql").write_text(SECOND)
    (tmp_path / "20260101000000_first.sql").write_text(FIRST)
    (tmp_path / "notes.sql").write_text("not a migration")
    return tmp_path


def rows(conninfo, query):
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query).fetchall()


def test_migrations_are_applied_in_order_and_named(scratch_database, directory):
    assert migrate(scratch_database, directory) == ["20260101000000", "20260102000000"]
    assert rows(scratch_database, "select x from public.a order by x") == [(1,), (2,)]


def test_a_second_time_nothing_is_done(scratch_database, directory):
    migrate(scratch_database, directory)

    assert migrate(scratch_database, directory) == []
    assert rows(scratch_database, "select count(*) from public.a") == [(2,)]


def test_what_was_applied_is_recorded_as_supabase_db_push_records_it(scratch_database, directory):
    migrate(scratch_database, directory)

    recorded = rows(scratch_database, "select version, name, statements from supabase_migrations.schema_migrations")
    assert sorted(recorded) == [
        ("20260101000000", "first", [FIRST]),
        ("20260102000000", "second_step", [SECOND]),
    ]


def test_what_supabase_db_push_has_applied_is_not_applied_again(scratch_database, directory):
    with psycopg.connect(scratch_database) as connection:
        connection.execute(FIRST.encode())
        connection.execute("create schema supabase_migrations")
        connection.execute("create table supabase_migrations.schema_migrations (version text not null primary key)")
        connection.execute("insert into supabase_migrations.schema_migrations values ('20260101000000')")

    assert migrate(scratch_database, directory) == ["20260102000000"]


def test_several_at_once_apply_each_migration_once(scratch_database, directory):
    with ThreadPoolExecutor(6) as threads:
        applied = list(threads.map(lambda _: migrate(scratch_database, directory), range(6)))

    assert sorted(version for versions in applied for version in versions) == ["20260101000000", "20260102000000"]
    assert rows(scratch_database, "select count(*) from public.a") == [(2,)]


def test_a_migration_that_fails_leaves_the_database_at_the_version_it_had(scratch_database, directory):
    (directory / "20260103000000_third.sql").write_text("create table public.c (x int); select 1 / 0;")

    with pytest.raises(MigrationError, match=r"20260103000000_third failed.*as it was before \(division by zero\)"):
        migrate(scratch_database, directory)

    assert rows(scratch_database, "select to_regclass('public.a'), to_regclass('public.c')") == [(None, None)]
    assert rows(scratch_database, "select to_regclass('supabase_migrations.schema_migrations')") == [(None,)]


def test_an_older_migration_that_came_late_is_applied(scratch_database, directory):
    late = directory / "20260101000000_first.sql"
    late.rename(directory / "20260103000000_first.sql")
    (directory / "20260102000000_second_step.sql").unlink()
    migrate(scratch_database, directory)
    (directory / "20260102000000_second_step.sql").write_text(SECOND)

    assert migrate(scratch_database, directory) == ["20260102000000"]


def test_a_project_may_have_older_migrations_of_its_own(scratch_database, directory):
    migrate(scratch_database, directory)
    (directory / "20260101000000_first.sql").unlink()

    assert migrate(scratch_database, directory) == []


def test_a_database_of_a_newer_release_is_refused(scratch_database, directory):
    migrate(scratch_database, directory)
    (directory / "20260102000000_second_step.sql").unlink()

    with pytest.raises(MigrationError, match=r"20260102000000.*Upgrade"):
        migrate(scratch_database, directory)


def test_a_folder_without_migrations_is_an_error(scratch_database, tmp_path):
    with pytest.raises(MigrationError, match="no migrations"):
        migrate(scratch_database, tmp_path)


def test_roles_that_are_missing_and_may_not_be_made_are_named(scratch_database, directory, monkeypatch):
    with psycopg.connect(scratch_database, autocommit=True) as connection:
        connection.execute("create role limited login")
        connection.execute("grant create on database scratch to limited")
    monkeypatch.setattr("app.database.migrate.API_ROLES", ("anon", "a_role_of_supabase"))

    try:
        with pytest.raises(MigrationError, match=r"create role .a_role_of_supabase. nologin"):
            migrate(make_conninfo(scratch_database, user="limited"), directory)
    finally:
        with psycopg.connect(scratch_database, autocommit=True) as connection:
            connection.execute("drop owned by limited")
            connection.execute("drop role limited")


def test_the_migrations_of_this_repository_apply_to_an_empty_database(scratch_database):
    applied = migrate(scratch_database)

    assert applied == sorted(path.name[:14] for path in migrations_directory().glob("*.sql"))


def test_rows_are_out_of_reach_of_the_public_roles(scratch_database):
    migrate(scratch_database)

    with psycopg.connect(scratch_database) as connection:
        connection.execute("set role anon")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from public.session")

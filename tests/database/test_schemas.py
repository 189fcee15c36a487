"""What stands in supabase/schemas is what a migrated database has, and nobody but the service role may use it."""

from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from app.store.migrations import RELEASES, migrations_directory
from tests.migration.catalogue import catalogue, differences
from tests.migration.write import FIRST, LAST, MARK, make_from_schemas, read_schemas

SCHEMAS = Path(__file__).parents[2] / "supabase" / "schemas"
# Released migrations never change: databases in the field have them. The next release adds its own.
RELEASED = {
    "20261121000000_grading.sql": "547743f699d16b3714e14448c8ab40121f1b34e8d3331b4811e0c7fabf228e0e",
}
TABLES = "select oid, relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm')"
TABLE_RIGHTS = ("select", "insert", "update", "delete", "truncate", "references", "trigger")


def rows(conninfo, query, *values):
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


@pytest.fixture
def from_schemas(scratch_database):
    """A database made from the schema files alone."""
    make_from_schemas(scratch_database, read_schemas(SCHEMAS))
    return scratch_database


def test_a_migrated_database_is_what_the_schema_files_say(from_schemas, migrated_database):
    wanted = catalogue(from_schemas)

    assert {"table", "column", "constraint", "index", "function", "rights on function"} <= {
        kind for kind, found in wanted.items() if found
    }
    assert differences(catalogue(migrated_database), wanted) == []


@pytest.mark.parametrize(("name", "digest"), RELEASED.items())
def test_a_released_migration_stays_byte_for_byte(name, digest):
    assert sha256((migrations_directory() / name).read_bytes()).hexdigest() == digest


def test_every_release_is_known_by_its_newest_migration_and_its_hash():
    assert set(RELEASES) <= {name[:14] for name in RELEASED}


def test_every_later_migration_says_in_the_database_how_new_it_is(migrated_database):
    later = sorted(path for path in migrations_directory().glob("*.sql") if path.name not in RELEASED)
    said = [path.name for path in later if MARK.format(version=path.name[:14]) in path.read_text().rstrip()[-80:]]

    assert said == [path.name for path in later]


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.sql")), ids=lambda path: path.stem)
def test_a_schema_file_holds_the_one_function_it_is_named_after(path):
    if path.stem not in FIRST + LAST:
        assert path.read_text().count("create or replace function") == 1
        assert f"function public.{path.stem}(" in path.read_text()


def test_every_function_looks_names_up_nowhere_and_runs_with_its_callers_rights(migrated_database):
    found = rows(
        migrated_database,
        "select proname, proconfig, prosecdef from pg_proc where pronamespace = 'public'::regnamespace",
    )

    assert found
    allowed = {'search_path=""', "plan_cache_mode=force_custom_plan"}
    assert [row for row in found if 'search_path=""' not in row[1] or set(row[1]) - allowed or row[2]] == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_else_has_any_right(migrated_database, role):
    tables = rows(
        migrated_database,
        f"select relname from ({TABLES}) t, unnest(%s::text[]) r where has_table_privilege(%s, t.oid, r)",  # noqa: S608 # a constant
        list(TABLE_RIGHTS),
        role,
    )
    functions = rows(
        migrated_database,
        "select proname from pg_proc where pronamespace = 'public'::regnamespace "
        "and has_function_privilege(%s, oid, 'execute')",
        role,
    )

    assert (tables, functions) == ([], [])


def test_the_service_role_may_call_every_function_and_work_on_every_table(migrated_database):
    tables = rows(
        migrated_database,
        f"select relname from ({TABLES}) t, unnest(%s::text[]) r where not has_table_privilege(%s, t.oid, r)",  # noqa: S608 # a constant
        list(TABLE_RIGHTS[:4]),
        "service_role",
    )
    functions = rows(
        migrated_database,
        "select proname from pg_proc where pronamespace = 'public'::regnamespace "
        "and not has_function_privilege('service_role', oid, 'execute')",
    )

    assert (tables, functions) == ([], [])


def test_every_table_has_row_level_security_and_no_policy(migrated_database):
    secured = rows(migrated_database, f"{TABLES} and relrowsecurity")

    assert secured
    assert secured == rows(migrated_database, TABLES)
    assert rows(migrated_database, "select policyname from pg_policies where schemaname = 'public'") == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize(
    "statement", ["select public.ping('{}')", "select * from public.session", "delete from public.result"]
)
def test_nobody_else_can_do_anything(migrated_database, role, statement):
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


def test_the_service_role_gets_through_row_level_security(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set role service_role")
        connection.execute("""select public.create_session('{"session_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"}')""")

        assert connection.execute("select status from public.session").fetchall() == [("created",)]


def test_a_read_sees_one_moment_of_a_session(migrated_database):
    """A stable function that asks a volatile one would show a status newer than the calls it counts."""
    with psycopg.connect(migrated_database) as connection:
        rows = connection.execute(
            "select proname, provolatile::text, prosrc from pg_proc where pronamespace = 'public'::regnamespace"
        ).fetchall()

    readers = {name: source for name, volatility, source in rows if volatility == "s"}
    assert "seen_session" in readers
    assert "session_progress" in readers
    assert [name for name, source in readers.items() if "owned_session(" in source] == []

"""`make migration` writes what brings a database of the migrations before it to what the schemas say."""

from datetime import UTC, datetime

import psycopg
import pytest

from tests.migration.catalogue import catalogue, differences
from tests.migration.write import (
    Folders,
    MigrationError,
    draft,
    in_order,
    make_from_schemas,
    next_version,
    read_schemas,
    write_migration,
)

ACCESS = read_schemas(Folders.of_repository().schemas)["access"]
PING = "create or replace function public.ping(args jsonb) returns jsonb\nlanguage sql as $$ select '{}'::jsonb $$;"
EXAM = """
create table public.exam (
  id int primary key,
  name text not null,
  state text not null default 'new' check (state in ('new', 'old')),
  note text
);
create index exam_by_name on public.exam (name);
"""
BEFORE = {"tables": EXAM, "ping": PING, "spare": PING.replace("ping", "spare"), "access": ACCESS, "bucket": "select 1;"}
VERSION = "20270101000000"


@pytest.fixture(scope="module")
def databases(cluster):
    """Conninfos: one to draft from, one to try the draft on, one made from the schemas."""
    names = ("before", "replayed", "wanted")
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}".encode())
        yield {name: cluster.conninfo(name) for name in names}
        for name in names:
            connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def drafted(databases):
    """Drafts what brings a database of BEFORE to the given files, and applies it to one that holds a row."""

    def drafted(**files):
        wanted = in_order({name: text for name, text in (BEFORE | files).items() if text})
        for name, conninfo in databases.items():
            remake(conninfo, wanted if name == "wanted" else BEFORE)
        execute(databases["replayed"], "insert into public.exam (id, name) values (1, 'Physics')")
        found = draft(databases["before"], catalogue(databases["wanted"]), wanted, BEFORE["bucket"], VERSION)
        execute(databases["replayed"], found.text if found else "")
        left = differences(catalogue(databases["replayed"]), catalogue(databases["wanted"]))
        assert left == (found.missing if found else [])
        return found

    return drafted


def remake(conninfo, schemas):
    execute(conninfo, "drop schema public cascade; create schema public")
    make_from_schemas(conninfo, schemas)


def execute(conninfo, text):
    with psycopg.connect(conninfo) as connection:
        connection.execute(text.encode())


def test_nothing_is_written_where_nothing_changed(drafted):
    assert drafted() is None


def test_a_changed_function_is_replaced_and_keeps_its_rights(drafted):
    found = drafted(ping=PING.replace("'{}'", """'{"ok": true}'"""))

    assert found.missing == []
    assert "create or replace function public.ping" in found.text
    assert "grant" not in found.text


def test_a_new_function_gets_the_rights_of_all_others(drafted):
    found = drafted(pong=PING.replace("ping", "pong"))

    assert found.missing == []
    assert "grant execute on function public.pong(jsonb) to service_role;" in found.text
    assert "revoke all on function public.pong(jsonb) from public, anon, authenticated" in found.text
    assert "ping(jsonb) to" not in found.text


def test_a_function_whose_file_is_gone_is_dropped(drafted):
    found = drafted(spare="")

    assert found.missing == []
    assert "drop function public.spare(jsonb);" in found.text


def test_a_function_with_another_result_is_made_anew_with_its_rights(drafted):
    found = drafted(ping=PING.replace("returns jsonb", "returns json").replace("::jsonb $$", "::json $$"))

    assert found.missing == []
    assert found.text.index("drop function public.ping(jsonb);") < found.text.index("create or replace")
    assert "grant execute on function public.ping(jsonb) to service_role;" in found.text


def test_a_new_table_comes_as_the_file_has_it_with_indexes_rights_and_row_level_security(drafted):
    table = """-- A semicolon in a comment; and in a text.
create table public.page (
  id bigint generated always as identity primary key,
  exam_id int not null references public.exam on delete cascade, -- whose; one
  text text not null default 'a;
b'
);
create index page_of_exam on public.page (exam_id) where text <> '';"""
    found = drafted(tables=EXAM + table)

    assert found.missing == []
    assert table[: table.index("create index")].strip() in found.text
    assert "alter table public.page enable row level security;" in found.text


def test_a_new_column_is_added_where_rows_have_a_value_for_it(drafted):
    found = drafted(tables=EXAM.replace("  note text", "  note text,\n  grade int not null default 3,\n  place text"))

    assert found.missing == []
    assert "add column grade integer default 3 not null" in found.text


def test_a_new_column_that_rows_have_no_value_for_is_left_to_the_author(drafted):
    found = drafted(tables=EXAM.replace("  note text", "  note text,\n  grade int not null"))

    assert found.missing == [
        "column public.exam.grade: the migrations give nothing; the schemas say integer not null",
    ]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("  note text\n", "  comment text\n", "public.exam.note"),
        ("  note text\n", "  note int\n", "public.exam.note"),
        ("  note text\n", "  note text not null\n", "public.exam.note"),
    ],
    ids=["renamed", "another type", "newly not null"],
)
def test_what_may_lose_rows_is_left_to_the_author(drafted, old, new, column):
    (line,) = drafted(tables=EXAM.replace(old, new)).missing

    assert column in line


def test_a_table_that_is_gone_is_left_to_the_author(drafted):
    found = drafted(tables="create table public.other (id int);")

    assert "table public.exam: the migrations give r p; the schemas say nothing" in found.missing
    assert "drop" not in found.text


def test_defaults_checks_and_indexes_follow(drafted):
    changed = EXAM.replace("'old')", "'old', 'older')").replace("default 'new'", "default 'old'")
    found = drafted(tables=changed.replace("(name)", "(name desc)").replace("name text not null", "name text"))

    assert found.missing == []


def test_a_reference_to_a_new_key_comes_after_the_key(drafted):
    changed = EXAM.replace("  note text", "  note text references public.exam (name),\n  unique (name)")

    assert drafted(tables=changed).missing == []


def test_a_changed_bucket_is_written_again(drafted):
    assert "select 2;" in drafted(bucket="select 2;").text


def test_a_thing_that_no_step_knows_is_named(drafted):
    found = drafted(tables=f"{EXAM}create type public.mood as enum ('good', 'bad');")

    assert found.missing == ["type public.mood: the migrations give nothing; the schemas say e 'good', 'bad'"]


def test_rights_beyond_those_of_the_schemas_are_a_difference(drafted):
    found = drafted(access=f"{ACCESS}grant select on public.exam to anon;")

    assert found.missing == []
    assert "grant select on table public.exam to anon;" in found.text


@pytest.fixture
def folders(tmp_path):
    folders = Folders(tmp_path / "migrations", tmp_path / "schemas")
    for folder in (folders.migrations, folders.schemas):
        folder.mkdir()
    for name, text in BEFORE.items():
        (folders.schemas / f"{name}.sql").write_text(text)
    (folders.migrations / "20260101000000_first.sql").write_text("\n".join(BEFORE.values()))
    return folders


NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_the_file_is_named_after_the_time_and_the_change_and_ends_with_its_version(folders):
    (folders.schemas / "pong.sql").write_text(PING.replace("ping", "pong"))

    path, missing = write_migration(folders, "add_pong", NOW)

    assert (path.name, missing) == ("20270101000000_add_pong.sql", [])
    assert path.read_text().endswith("comment on function public.ping(jsonb) is 'migration 20270101000000';\n")
    assert write_migration(folders, "again", NOW) is None


@pytest.mark.parametrize("name", ["", "Add pong", "../x", "1st"])
def test_a_name_that_does_not_go_into_a_file_name_is_refused(folders, name):
    with pytest.raises(MigrationError, match="NAME="):
        write_migration(folders, name, NOW)


def test_a_schema_file_whose_sql_fails_is_named(folders):
    (folders.schemas / "pong.sql").write_text("create or replace function public.pong();")

    with pytest.raises(MigrationError, match=r"supabase/schemas/pong\.sql"):
        write_migration(folders, "add_pong", NOW)


def test_a_version_is_later_than_all_before_it_even_where_clocks_differ():
    assert next_version("20280101000059", NOW) == "20280101000100"

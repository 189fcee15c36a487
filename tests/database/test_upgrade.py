"""A database of an earlier version, brought to the newest: every row is there, and the API gives it."""

from urllib.parse import urlsplit

import psycopg
import pytest

from app.database.migrate import migrate
from app.database.rebuild import rebuild
from app.store.migrations import FIRST, MigrationError, migrations_directory, read_migrations
from app.store.psycopg import PsycopgTransport
from tests.database.released import RELEASED, UNRELEASED, as_now, columns_of, fill, make_database, rows_of, text_of
from tests.migration.catalogue import catalogue, differences


@pytest.fixture
def released(scratch_database):
    """A database of 0.1.0 with a row of every kind."""
    make_database(scratch_database)
    fill(scratch_database)
    return scratch_database


def test_a_database_of_0_1_0_is_upgraded_and_keeps_every_value_of_every_row(released, migrated_database):
    before = rows_of(released)
    applied = migrate(released)

    assert applied == sorted(path.name[:14] for path in migrations_directory().glob("*.sql"))[1:]
    assert sum(map(len, before.values())) > 100
    columns = columns_of(before)
    assert rows_of(released, columns) == as_now(before)
    assert differences(catalogue(released), catalogue(migrated_database)) == []


# By table: where the API gives a row, and what of the row stands in the answer.
READ_AT = {
    "session": ("/sessions/{id}", lambda row, found: (found["name"], found["status"]) == (row["name"], row["status"])),
    "image": (
        "/images/{session_id}",
        lambda row, found: (
            (urlsplit(row["url"]).path, row["role"])
            in [(urlsplit(image["url"]).path, image["role"]) for image in found["images"]]
        ),
    ),
    "question": (
        "/questions/{session_id}",
        lambda row, found: (
            {name: row[name] for name in ("question_id", "number", "max_marks", "tolerance", "text", "answer")}
            in found["questions"]
        ),
    ),
    "stats": ("/stats/{session_id}", lambda row, found: found["human_marks_by_qid"] == row["human_marks_by_qid"]),
    "result": (
        "/results/{session_id}",
        lambda row, found: (
            (row["try_index"], row["marks_awarded"])
            in [
                (one["try_index"], one["marks_awarded"])
                for one in found["results_by_question"][row["question_id"]][row["model_name"]]
            ]
        ),
    ),
    "grading_call": (
        "/grade/tokens/{session_id}",
        lambda row, found: (
            found[row["stage"]][row["model_name"]][str(row["try_index"])]["input_tokens"] == row["prompt_tokens"]
        ),
    ),
    "review": (
        "/sessions/{session_id}/reviews",
        lambda row, found: (row["mark"], row["note"]) in [(one["mark"], one["note"]) for one in found["reviews"]],
    ),
    "exam": ("/exams/{id}", lambda row, found: found["name"] == row["name"]),
    "exam_question": (
        "/exams/{exam_id}",
        lambda row, found: row["question_id"] in [one["question_id"] for one in found["questions"]],
    ),
    "document": ("/documents/{id}", lambda row, found: found["status"] == row["status"]),
    "document_page": ("/documents/{document_id}/extract", lambda row, found: row["text"] in found["text"]),
    "generated_test": (
        "/tests/{id}",
        lambda row, found: (found["name"], found["cost_usd"]) == (row["name"], row["cost_usd"]),
    ),
    "test_question": (
        "/tests/{test_id}",
        lambda row, found: (
            (row["question"], row["options"]) in [(q["question"], q["options"]) for q in found["questions"]]
        ),
    ),
    "test_attempt": (
        "/tests/{test_id}/attempts",
        lambda row, found: row["raw"] in [attempt["raw"] for attempt in found["attempts"]],
    ),
    "prompt_template": (
        "/settings/templates/{kind}",
        lambda row, found: row["system_template"] in [one["system_template"] for one in found["templates"]],
    ),
}


async def test_every_row_of_0_1_0_is_readable_over_the_api_after_the_upgrade(released, connect_app):
    before = {table: rows for table, rows in rows_of(released).items() if rows}
    migrate(released)
    client = await connect_app(overrides={"transport": PsycopgTransport(released)})

    assert before.keys() == READ_AT.keys()
    for table, (path, is_there) in READ_AT.items():
        for row in before[table]:
            answer = await client.get(path.format(**row))
            assert answer.status_code == 200, answer.text
            assert is_there(row, answer.json()), (table, row)


def test_a_hash_is_stored_beside_the_record_and_a_released_database_without_one_is_adopted(released):
    migrate(released)

    with psycopg.connect(released) as connection:
        stored = connection.execute("select version, sha256 from secondmark.applied_migration order by 1").fetchall()
    ours = read_migrations(migrations_directory())
    assert stored == [(migration.version, migration.sha256) for migration in ours]
    assert migrate(released) == []


@pytest.mark.parametrize("path", UNRELEASED, ids=lambda path: path.stem)
def test_a_database_of_an_unreleased_version_is_recognised_and_rebuilt_with_its_rows(
    scratch_database, migrated_database, path
):
    make_database(scratch_database, path)
    with psycopg.connect(scratch_database) as connection:
        connection.execute("insert into public.session (name) values ('kept'), ('too')")
        connection.execute(
            "insert into public.result (session_id, question_id, model_name, try_index, marks_awarded)"
            " select id, '1a', 'a/b', 1, 2.5 from public.session"
        )
    before = {table: rows for table, rows in rows_of(scratch_database).items() if rows}

    with pytest.raises(MigrationError, match=r"unreleased version.*--rebuild"):
        migrate(scratch_database)
    former = rebuild(scratch_database)

    assert rows_of(scratch_database, columns_of(before)) == before
    assert migrate(scratch_database) == []
    found = {k: {n: d for n, d in v.items() if former not in n + d} for k, v in catalogue(scratch_database).items()}
    assert differences(found, catalogue(migrated_database)) == []
    with psycopg.connect(scratch_database) as connection:
        assert connection.execute("select to_regclass(%s)", [f"{former}.session"]).fetchone() != (None,)


def test_a_rebuild_that_fails_leaves_everything_as_it_was(scratch_database):
    make_database(scratch_database, UNRELEASED[0])
    with psycopg.connect(scratch_database) as connection:
        connection.execute("alter table public.session drop constraint session_status_check")
        connection.execute("insert into public.session (name, status) values ('odd', 'odd')")
    before = catalogue(scratch_database)

    with pytest.raises(MigrationError, match=r"rows of session do not fit.*session_status_check"):
        rebuild(scratch_database)

    assert catalogue(scratch_database) == before
    assert [row["name"] for row in rows_of(scratch_database)["session"]] == ["odd"]


def test_a_file_that_was_changed_after_it_was_applied_is_refused_with_what_to_do(scratch_database, tmp_path):
    (tmp_path / "20260101000000_first.sql").write_text("create table public.a (x int);")
    migrate(scratch_database, tmp_path)
    (tmp_path / "20260101000000_first.sql").write_text("create table public.a (x text);")

    with pytest.raises(MigrationError, match=r"20260101000000_first\.sql.*put the released file back, or run"):
        migrate(scratch_database, tmp_path)


def test_what_supabase_db_push_recorded_in_pieces_is_no_other_file(released):
    pieces = [piece.strip() for piece in text_of(RELEASED).split(";") if piece.strip()]
    with psycopg.connect(released) as connection:
        connection.execute("update supabase_migrations.schema_migrations set statements = %s", [pieces])

    assert FIRST not in migrate(released)


def test_a_database_whose_record_holds_no_text_is_recognised_by_its_functions(scratch_database):
    make_database(scratch_database, UNRELEASED[0])
    with psycopg.connect(scratch_database) as connection:
        connection.execute("update supabase_migrations.schema_migrations set statements = null")

    with pytest.raises(MigrationError, match="--rebuild"):
        migrate(scratch_database)

"""The role that the program has in the embedded database in its daily work."""

import psycopg
import pytest
from psycopg import errors

from app.database.connect import Database
from app.database.embedded import APP_ROLE, EmbeddedPostgres
from app.database.upgrade import start_migrated
from app.settings import Settings
from app.store.sessions import Store
from app.work.background import Background


@pytest.fixture
def embedded(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    start_migrated(server)
    yield server
    server.stop()


@pytest.fixture
async def transport(embedded, tmp_path):
    database, background = Database(Settings(data_dir=tmp_path), None), Background()
    yield await database.open(background)
    await background.drain(0)
    await database.close()


async def test_the_server_connects_as_a_role_that_owns_nothing(embedded, transport):
    created = await Store(transport).create_session(name="s")

    with psycopg.connect(embedded.conninfo()) as connection:
        query = "select distinct usename from pg_stat_activity where application_name = 'secondmark'"
        assert connection.execute(query).fetchall() == [(APP_ROLE,)]
        rights = "select rolsuper, rolcreatedb, rolcreaterole, rolreplication from pg_roles where rolname = %s"
        [row] = connection.execute(rights, [APP_ROLE]).fetchall()
        assert row == (False, False, False, False)
        owned = "select count(*) from pg_class where relowner = %s::regrole"
        assert connection.execute(owned, [APP_ROLE]).fetchone() == (0,)
    assert created["session_id"]


FORBIDDEN = [
    "drop table public.session",
    "alter table public.session disable row level security",
    "create table public.mine (n int)",
    "create function public.mine() returns int language sql as 'select 1'",
    "create role other superuser",
    f"alter role {APP_ROLE} superuser",
    "set role postgres",
    "copy public.session to program 'cat'",
    "copy public.session from '/etc/passwd'",
    "select pg_read_file('/etc/passwd')",
    "select * from pg_authid",
    "alter system set log_statement = 'all'",
    "delete from supabase_migrations.schema_migrations",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_that_role_changes_no_table_role_file_or_setting(cluster, migrated_database, statement):
    with (
        psycopg.connect(migrated_database, user=APP_ROLE, autocommit=True) as connection,
        pytest.raises((errors.InsufficientPrivilege, errors.InvalidParameterValue)),
    ):
        connection.execute(statement)


async def test_a_folder_of_an_earlier_version_gets_the_role_at_its_next_start(embedded, tmp_path):
    with psycopg.connect(embedded.conninfo(), autocommit=True) as connection:
        connection.execute(f"drop role {APP_ROLE}")
    embedded.stop()

    database, background = Database(Settings(data_dir=tmp_path), None), Background()
    transport = await database.open(background)

    assert await transport.ping()
    await background.drain(0)
    await database.close()

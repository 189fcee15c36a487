"""`secondmark migrate`."""

from app.commands.errors import CommandError
from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from app.database.programs import EmbeddedPostgresError
from app.database.queue_schema import bring_up_queue
from app.database.rebuild import rebuild
from app.database.upgrade import start_migrated
from app.settings import Settings
from app.store.migrations import MigrationError


def migrate_database(settings: Settings, *, renewed: bool) -> int:
    """Bring the database to this version and print each step. It is the database of DATABASE_URL, or else the embedded
    one. With `renewed`, create its tables again and copy all rows.
    """
    try:
        if settings.database_url is not None:
            _migrate_elsewhere(settings.database_url.get_secret_value(), renewed=renewed)
            if settings.has_queue and bring_up_queue(settings.database_url.get_secret_value()):
                print("brought the queue up to date")
        elif settings.supabase_url is not None:
            raise CommandError("DATABASE_URL: set it to the address of Supabase's session pooler, and migrate again.")
        else:
            _migrate_embedded(settings, renewed=renewed)
    except (MigrationError, EmbeddedPostgresError) as error:
        raise CommandError(str(error)) from None
    print("The database is up to date.")
    return 0


def _migrate_elsewhere(conninfo: str, *, renewed: bool) -> None:
    if renewed:
        _say_former(rebuild(conninfo))
    for version in migrate(conninfo):
        print(f"applied {version}")


def _migrate_embedded(settings: Settings, *, renewed: bool) -> None:
    embedded = EmbeddedPostgres(settings.data_dir)
    try:
        upgrade = start_migrated(embedded, renewed=renewed)
    finally:
        embedded.stop()
    for version in upgrade.applied:
        print(f"applied {version}")
    if upgrade.former_schema is not None:
        _say_former(upgrade.former_schema)
    if upgrade.backup is not None:
        print(f"A copy of the database as it was before is in {upgrade.backup}.")


def _say_former(schema: str) -> None:
    print(f"The former tables are kept in the schema {schema}. Drop it when you have checked your rows.")

"""`secondmark migrate`."""

from app.commands.errors import CommandError
from app.database.migrate import MigrationError, migrate
from app.settings import Settings


def migrate_database(settings: Settings) -> int:
    """Apply what is new to DATABASE_URL and name it. The embedded database migrates itself at start."""
    if settings.database_url is None:
        raise CommandError("DATABASE_URL: set it to the database to migrate (Supabase: the session pooler's address).")
    try:
        applied = migrate(settings.database_url.get_secret_value())
    except MigrationError as error:
        raise CommandError(str(error)) from None
    for name in applied:
        print(f"applied {name}")
    print("The database is up to date.")
    return 0

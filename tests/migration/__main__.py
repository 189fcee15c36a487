"""`make migration NAME=what`: writes the next migration. Exit code 1 where the author has to add something by hand."""

import sys
from datetime import UTC, datetime

import psycopg

from tests.migration.write import Folders, MigrationError, write_migration


def main(name: str) -> int:
    try:
        written = write_migration(Folders.of_repository(), name, datetime.now(UTC))
    except (MigrationError, psycopg.Error) as error:
        print(error, file=sys.stderr)
        return 2
    if written is None:
        print("Nothing to write: the migrations give what supabase/schemas says.")
        return 0
    path, missing = written
    print(f"Written: supabase/migrations/{path.name}. Read it before you commit it.")
    if not missing:
        return 0
    print("Not derived, because rows could be lost; add to that file by hand, above its last line:", file=sys.stderr)
    for line in missing:
        print(f"- {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))

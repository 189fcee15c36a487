"""The database as processes and files: the embedded Postgres, its locks, migrations, the choice of a database."""

"""What has a process or a file: the embedded Postgres, its locks, migrations, and the choice of a database."""

"""What the embedded Postgres is told about this program: nothing."""

import psutil
import pytest

from app.database.embedded import EmbeddedPostgres


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    yield server
    server.stop()


def test_no_key_of_ours_is_in_the_server_s_environment(server, tmp_path, monkeypatch):
    for name in ("OPENROUTER_API_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL", "API_KEYS", "PGPASSWORD"):
        monkeypatch.setenv(name, "secret-value")

    server.start()

    [first, *_] = (tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()
    environment = psutil.Process(int(first)).environ()
    assert environment["TZ"] == "UTC"
    assert "secret-value" not in environment.values()
    assert set(environment) <= {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "LC_ALL", "TZ", "PG_GRANDPARENT_PID"}

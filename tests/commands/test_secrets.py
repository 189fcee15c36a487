"""No command prints what its settings keep secret, whether it works or not."""

import signal
import socket
import subprocess
import sys

import httpx
import pytest

SECRET = "5ecret-Word"
SECRETS = {
    "OPENROUTER_API_KEY": f"sk-or-{SECRET}",
    "API_KEYS": f"{SECRET}-1,{SECRET}-2",
    "SUPABASE_JWT_SECRET": f"{SECRET}-that-is-longer-than-32-characters",
    "SUPABASE_JWT_ISSUER": "https://project.example/auth/v1",
}


def test_a_server_that_is_used_prints_no_secret(tmp_path, environ, simulator_url):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    own = environ | SECRETS | {"OPENROUTER_BASE_URL": simulator_url, "PORT": port, "LOG_LEVEL": "DEBUG"}
    command = [sys.executable, "-m", "app", "serve"]
    said = tmp_path / "said"
    with said.open("w") as file, subprocess.Popen(command, env=own, cwd=tmp_path, stdout=file, stderr=file) as process:  # noqa: S603 - our own
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client:
            client.get("/health").raise_for_status()
            key = {"Authorization": f"Bearer {SECRET}-2"}
            assert client.get(f"/sessions?token={SECRET}", headers=key).status_code == 200
            wrong = {"Authorization": f"Bearer wrong-{SECRET}", "Cookie": f"secondmark={SECRET}"}
            assert client.get("/sessions", headers=wrong).status_code == 401
            assert client.post("/sign-in", data={"key": SECRET, "token": SECRET}).status_code < 500
            assert client.get("/models", headers=key).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    told = said.read_text()
    assert "GET /sessions" in told
    assert "OPENROUTER_API_KEY is set" in told
    assert SECRET not in told


AWAY = [{"DATABASE_URL": f"postgresql://user:{SECRET}@127.0.0.1:1/db"}]
UNUSABLE = [
    *AWAY,
    {"DATABASE_URL": f"postgresql://user:x/{SECRET}@127.0.0.1:1/db"},
    {"DATABASE_URL": f"host=127.0.0.1 port=1 password={SECRET} slip"},
    {"DATABASE_URL": f"host=127.0.0.1 port=1 password={SECRET} passwort=x"},
    {"DATABASE_URL": f"postgresql://user:{SECRET}@127.0.0.1:1/db?slip=1"},
    {"API_KEYS": SECRET, "SUPABASE_JWT_SECRET": SECRET},
    {"OPENROUTER_BASE_URL": f"https://user:{SECRET}@openrouter.example"},
    {"HTTPS_PROXY": f"socks5://user:{SECRET}@127.0.0.1:1"},
    {"SUPABASE_SERVICE_ROLE_KEY": SECRET},
]


@pytest.mark.parametrize("settings", UNUSABLE, ids=[f"{next(iter(one))} {n}" for n, one in enumerate(UNUSABLE)])
def test_a_start_that_fails_says_why_in_a_line_without_the_secret(secondmark, settings):
    # A server would wait for a database that is away.
    done = secondmark("migrate" if settings in AWAY else "serve", **settings)

    assert done.returncode not in {0, 1}
    assert done.stderr.startswith("secondmark: ")
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr

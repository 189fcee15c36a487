"""What goes wrong on a desk: one sentence, exit code 2, no traceback."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from app import samples
from tests.support.forked import Command

GRADE = ("grade", "--exam", "exam", "--models", "simulated/careful", "--tries", "5")


@pytest.fixture
def exam(tmp_path):
    for name in ("student-01", "student-02", "student-03"):
        (tmp_path / "exam" / name).mkdir(parents=True)
        shutil.copy(samples.exam_folder() / name / "page-1.png", tmp_path / "exam" / name)
    (tmp_path / "exam" / "questions.json").write_text(json.dumps([{"question_id": "1a", "max_marks": 1}]))


@pytest.fixture
def broken_simulator(environ, tmp_path):
    """Starts a simulator whose every answer is one fault; gives its address."""
    running = []

    def start(fault):
        config = tmp_path / "simulator.json"
        config.write_text(json.dumps({"fault_rates": {fault: 1.0}}))
        running.append(Command(("simulate", "--port", "0", "--config", config), environ, tmp_path))
        return running[-1].first_line().split()[-1]

    yield start
    for simulator in running:
        simulator.terminate()


def one_sentence(done):
    assert done.returncode == 2, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("secondmark: ")
    return line


@pytest.mark.embedded
def test_a_folder_that_cannot_be_written_is_named(secondmark):
    assert "DATA_DIR: /proc/secondmark cannot be used" in one_sentence(secondmark("list", DATA_DIR="/proc/secondmark"))


def test_a_file_that_is_missing_is_named(secondmark, key):
    done = secondmark("grade", "page-1.png", "--questions", "questions.json", "--models", "a/b", **key)
    assert "page-1.png: there is no such file" in one_sentence(done)


def test_a_port_in_use_is_named(secondmark):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"127.0.0.1:{port} cannot be used (Address already in use)" in one_sentence(
            secondmark("serve", PORT=port)
        )


@pytest.mark.embedded
def test_a_second_server_on_the_same_data_is_refused_with_the_process_of_the_first(secondmark, environ, tmp_path):
    first = Command(("serve", "--port", "0"), environ, tmp_path)
    first.first_line()
    said = one_sentence(secondmark("serve", "--port", "0"))
    first.terminate()
    assert f"has a server already (process {first.process.pid})" in said


@pytest.mark.usefixtures("exam")
def test_an_address_at_which_nothing_answers_is_said_once_before_anything_is_stored(secondmark):
    done = secondmark(*GRADE, OPENROUTER_API_KEY="k", OPENROUTER_BASE_URL="http://127.0.0.1:9/api/v1")
    assert "OPENROUTER_BASE_URL: http://127.0.0.1:9/api/v1 does not answer (ConnectError)" in one_sentence(done)
    assert "stored as" not in done.stdout


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *_): ...


@pytest.mark.usefixtures("exam")
def test_an_address_of_a_web_page_is_no_api(secondmark):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{page.server_port}/api/v1"
        done = secondmark(*GRADE, OPENROUTER_API_KEY="k", OPENROUTER_BASE_URL=url)
        page.shutdown()
    assert "answers with a web page" in one_sentence(done)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("http_401", "OpenRouter did not accept the API key"),
        ("http_402", "OpenRouter account has not enough credit"),
    ],
)
@pytest.mark.usefixtures("exam")
def test_a_refused_account_is_asked_once_and_said_once(secondmark, broken_simulator, fault, said):
    url = broken_simulator(fault)
    done = secondmark(*GRADE, OPENROUTER_API_KEY="k", OPENROUTER_BASE_URL=url, GRADING_MAX_CONCURRENCY="1")
    assert said in one_sentence(done)
    assert httpx.get(url.replace("/api/v1", "") + "/simulator/stats").json()["calls"] == 1


@pytest.fixture
def full_disk_server(environ, tmp_path):
    """A server whose DATA_DIR is a small disk of its own: its client, and the folder as this process sees it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    data = Path(environ["DATA_DIR"])
    data.mkdir()
    script = f"mount -t tmpfs -o size=256m tmpfs {data} && exec {sys.executable} -m app serve"
    command = ["unshare", "--mount", "sh", "-c", script]
    try:
        subprocess.run([*command[:2], "sh", "-c", f"mount -t tmpfs tmpfs {data}"], check=True, capture_output=True)  # noqa: S603 - our own
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a disk")
    own = environ | {"PORT": port}
    transport = httpx.HTTPTransport(retries=8)
    with (
        subprocess.Popen(command, env=own, cwd=tmp_path, stdout=subprocess.DEVNULL) as process,  # noqa: S603 - our own
        httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client,
    ):
        try:
            client.get("/health").raise_for_status()
            yield client, Path(f"/proc/{process.pid}/root{data}")
        finally:
            process.terminate()


def test_a_disk_that_fills_up_while_the_server_runs_is_said_by_uploads_and_readiness(full_disk_server):
    client, folder = full_disk_server
    assert client.get("/health/ready").status_code == 200
    signed = client.post("/images/signed-url", json={"filename": "1.png", "content_type": "image/png"}).json()
    room = shutil.disk_usage(folder).free
    with (folder / "filler").open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, room - 1024 * 1024)

    page = samples.script_pages("student-01")[0].read_bytes() + b"\0" * 3_000_000
    refused = client.put(signed["uploadUrl"], content=page, headers=signed["headers"])
    ready = client.get("/health/ready")
    (folder / "filler").unlink()
    deadline = time.monotonic() + 30
    while client.get("/health/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "INSUFFICIENT_STORAGE")
    assert ready.status_code == 503
    assert ready.json()["error"] | {"correlation_id": None} == {
        "code": "INSUFFICIENT_STORAGE",
        "message": "The disk of this server is full: nothing can be stored. Free some room.",
        "details": {},
        "correlation_id": None,
    }


@pytest.mark.usefixtures("exam")
def test_a_disk_that_is_full_from_the_start_is_one_sentence(environ, tmp_path):
    data = Path(environ["DATA_DIR"])
    data.mkdir()
    fill = f"head -c 65536 /dev/zero > {data}/filler"
    script = f"mount -t tmpfs -o size=64k tmpfs {data} && {fill}; exec {sys.executable} -m app list"
    done = subprocess.run(  # noqa: S603 - our own
        ["unshare", "--mount", "sh", "-c", script],  # noqa: S607 - of the system
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this machine lets nobody mount a disk")
    assert "No space left on device" in one_sentence(done)

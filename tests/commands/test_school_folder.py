"""A teacher's path, as docs/exams.md has it: a folder is marked, interrupted, gone on with; a student is added."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
AT_ONCE = 4
STUDENTS, MODELS, TRIES = 6, 2, 2


def commands():
    """The commands of the page, as they are run here."""
    blocks = re.findall(r"```shell\n(.*?)```", (ROOT / "docs" / "exams.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = "".join(blocks).splitlines()
    return [[sys.executable, *_module(line.split())] for line in lines]


def _module(words):
    return words[1:] if words[0] == ".venv/bin/python" else ["-m", "app", *words[1:]]


@pytest.fixture
def environment(environ, tmp_path):
    command = [sys.executable, "-m", "app", "simulate", "--port", "0", "--latency", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=tmp_path) as simulator:  # noqa: S603 - our own
        url = simulator.stdout.readline().split()[-1]
        key = {"OPENROUTER_API_KEY": "simulated", "OPENROUTER_BASE_URL": url}
        yield environ | key | {"GRADING_MAX_CONCURRENCY": str(AT_ONCE)}
        simulator.terminate()


def asked(environment):
    address = environment["OPENROUTER_BASE_URL"].replace("/api/v1", "/simulator/stats")
    return httpx.get(address).raise_for_status().json()["calls"]


def done(command, environment, folder):
    ended = subprocess.run(  # noqa: S603 - our own
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def interrupted(command, environment, folder):
    """Ctrl-C as soon as some calls were made."""
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        while asked(environment) < AT_ONCE + 1:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    return printed


@pytest.mark.embedded
def test_a_teacher_gets_from_a_folder_to_the_class_list(environment, tmp_path):
    make, grade, add_student, grade_again = commands()
    n_calls = STUDENTS * MODELS * TRIES
    done(make, environment | {"PYTHONPATH": str(ROOT)}, tmp_path)

    printed = interrupted(grade, environment, tmp_path)
    went_on = done(grade, environment, tmp_path)
    after = asked(environment)
    done(add_student, environment, tmp_path)
    with_more = done(grade_again, environment, tmp_path)

    for line in FOUND:
        assert line in printed
    assert "Interrupted. The same command goes on" in printed
    assert n_calls <= after <= n_calls + AT_ONCE
    assert asked(environment) == after + MODELS * TRIES
    assert re.search(r"│ 0042 +│ +1 │ +2 │ +4 │ +2 │ +3 │ +5 │ +17 │ +0 │", went_on)
    assert "│ 0046" not in went_on
    assert "│ 0046" in with_more
    exams = {re.search(r"as exam (\S+)", text)[1] for text in (printed, went_on, with_more)}
    assert len(exams) == 1


FOUND = (
    "  0041: scan.pdf (2 pages) · marked by a human",
    "  0042: IMG_9.HEIC, IMG_10.HEIC · marked by a human",
    "  0043: fax.tif (2 pages)",
    "  0044: 1 front.png, 1 back.png",
    "  Zoë: Zoë.pdf (2 pages) · marked by a human",
    "  answer key: answer-key.pdf",
    "  6 questions, 18 marks in all",
    "Note: 41 was taken for 0041, 42 for 0042,",
    "Note: Left aside: row Mittelwert, column Summe, column Bemerkung.",
    "Note: 0045 has 1 page, most others have 2: is a page missing?",
    "Left out: 0041/read me.txt is a text file, no scan",
    "Left out: old scans.zip is an archive, such as a ZIP: unpack it",
    "Left out: seating plan.docx is a text document, no scan: save it as PDF",
)

"""A teacher's path, as docs/exams.md has it: a folder is marked, interrupted, gone on with; a student is added."""

import json
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support import school_folder
from tests.support.forked import Command

ROOT = Path(__file__).parents[2]
STUDENTS, MODELS, TRIES = 6, 2, 2
HANGING = "simulated/harsh"


def commands():
    """The commands of the page, as lists of words."""
    blocks = re.findall(r"```shell\n(.*?)```", (ROOT / "docs" / "exams.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line.split() for line in "".join(blocks).splitlines()]


def write_pages(command, monkeypatch, folder):
    """The page's call of the module that writes the folder, without an interpreter of its own."""
    assert command[:3] == [".venv/bin/python", "-m", school_folder.__name__]
    with monkeypatch.context() as patched:
        patched.chdir(folder)
        patched.setattr("sys.argv", command[2:])
        school_folder.main()


def started(command, environment, folder):
    assert command[0] == ".venv/bin/secondmark"
    return Command(command[1:], environment, folder)


class Simulator:
    """A simulated OpenRouter. Until `answers_all` its model `simulated/harsh` does not answer."""

    def __init__(self, environ, folder):
        self._where = environ, folder
        self._http = httpx.Client()
        config = folder / "hanging.json"
        config.write_text(json.dumps({"models": {HANGING: {"latency_seconds": 600}}}))
        self._start("0", "--config", config)
        self.asked_before = 0

    def _start(self, port, *options):
        self._command = Command(("simulate", "--port", port, *options), *self._where)
        self.url = self._command.first_line().split()[-1]

    def answers_all(self):
        """From now on, at the same address."""
        self.asked_before = self.asked()
        self.close()
        self._start(str(urlsplit(self.url).port))

    def asked(self):
        """How many calls were made in all."""
        address = self.url.replace("/api/v1", "/simulator/stats")
        return self.asked_before + self._http.get(address).raise_for_status().json()["calls"]

    def close(self):
        self._command.terminate()

    def end(self):
        self.close()
        self._http.close()


@pytest.fixture
def simulator(environ, tmp_path):
    simulator = Simulator(environ, tmp_path)
    yield simulator
    simulator.end()


@pytest.fixture
def environment(environ, simulator):
    return environ | {"OPENROUTER_API_KEY": "simulated", "OPENROUTER_BASE_URL": simulator.url}


def done(command, environment, folder):
    ended = started(command, environment, folder).ended()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def interrupted(command, environment, folder, simulator):
    """Ctrl-C when one model has answered all its calls, and the other one none."""
    running = started(command, environment, folder)
    while simulator.asked() < STUDENTS * MODELS * TRIES:
        assert running.process.is_alive()
        time.sleep(0.05)
    running.interrupt()
    ended = running.ended()
    assert ended.returncode == 130
    return ended.stdout


@pytest.mark.embedded
def test_a_teacher_gets_from_a_folder_to_the_class_list(environment, simulator, tmp_path, monkeypatch):
    set_up, make, grade, add_student, grade_again = commands()
    n_calls = STUDENTS * MODELS * TRIES
    assert set_up[:2] == ["make", "develop"]  # as these tests were
    write_pages(make, monkeypatch, tmp_path)

    printed = interrupted(grade, environment, tmp_path, simulator)
    simulator.answers_all()
    went_on = done(grade, environment, tmp_path)
    after = simulator.asked()
    write_pages(add_student, monkeypatch, tmp_path)
    with_more = done(grade_again, environment, tmp_path)

    for line in FOUND:
        assert line in printed
    assert "Interrupted. The same command goes on" in printed
    # Only the calls that were in flight are made again: all those of one of the models.
    assert after == n_calls + n_calls // MODELS
    assert simulator.asked() == after + MODELS * TRIES
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

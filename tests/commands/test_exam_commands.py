"""What somebody does every week: estimate, grade, list, show, report, export, review, resume, delete."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from app import samples
from tests.support.forked import Command

QUESTIONS = [{"question_id": "1a", "max_marks": 1}, {"question_id": "2", "max_marks": 4}]
MODELS = ("--models", "simulated/careful,simulated/harsh", "--tries", "2")
COMMANDS = (
    *("serve", "grade", "estimate", "list", "show", "report", "bill", "export", "review", "delete", "resume"),
    *("generate", "demo", "migrate", "reread", "watch", "simulate", "worker", "status"),
)


@pytest.fixture
def exam(tmp_path):
    folder = tmp_path / "science"
    for name in ("student-01", "student-02"):
        (folder / name).mkdir(parents=True)
        shutil.copy(samples.exam_folder() / name / "page-1.png", folder / name)
    (folder / "questions.json").write_text(json.dumps(QUESTIONS))
    (folder / "marks.csv").write_text("student,1a,2\nstudent-01,1,3\nstudent-02,0,2.5\n")
    return folder


@dataclass(frozen=True)
class Desk:
    """Runs commands, on the server of the test or on their own."""

    secondmark: Callable[..., Any]
    more: tuple[str, ...]
    key: dict[str, str]

    def run(self, *arguments, code=0):
        done = self.secondmark(*arguments, *self.more, **self.key)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def desk(secondmark, server):
    """On a server that runs already."""
    return Desk(secondmark, ("--server", str(server.base_url)), {})


@pytest.fixture
def own(secondmark, key):
    """Each command on a server of its own, over one DATA_DIR."""
    return Desk(secondmark, (), key)


def stored_id(exam):
    return json.loads((exam / ".secondmark-exam.json").read_text())["exam_id"]


def test_an_exam_from_its_estimate_to_its_end(desk, exam, tmp_path, simulator_url):
    calls = simulator_url.replace("/api/v1", "") + "/simulator/stats"
    assert "There is no exam yet" in desk.run("list").stdout

    said = desk.run("estimate", exam, *MODELS).stdout
    assert "In all: 8 calls" in said
    assert "simulated cost $" in said
    assert httpx.get(calls).json()["calls"] == 0

    said = desk.run("grade", "--exam", exam, *MODELS).stdout
    assert "8/8 attempts, 0 failed" in said
    assert "Class list" in said
    assert "Simulated cost $" in said
    assert stored_id(exam) in desk.run("list").stdout

    shown = desk.run("show", exam).stdout
    assert "student-02" in shown
    assert "Class list" in shown
    assert "simulated/harsh" in desk.run("show", "science").stdout

    desk.run("report", stored_id(exam), "--out", tmp_path / "report.html")
    assert "<html" in (tmp_path / "report.html").read_text()


def test_a_marked_exam_is_exported_reviewed_and_deleted(desk, exam, tmp_path, simulator_url):
    calls = simulator_url.replace("/api/v1", "") + "/simulator/stats"
    desk.run("grade", "--exam", exam, *MODELS)
    wide = list(csv.reader(io.StringIO(desk.run("export", exam).stdout)))
    assert wide[2][:3] == ["student-01", "1", "3"]
    assert "model_name" in desk.run("export", exam, "--form", "long").stdout
    assert desk.run("export", exam, "--form", "moodle").stdout.startswith("First name,")
    assert desk.run("export", exam, "--form", "canvas").stdout.startswith("Student,ID,")
    desk.run("export", exam, "--form", "xlsx", "--boundaries", "A:90,B:50", "--out", tmp_path / "class.xlsx")
    grades = openpyxl.load_workbook(tmp_path / "class.xlsx").worksheets[1]
    assert ("student-01", 4, 5, 80, "B") in list(grades.values)

    assert "student-0" in desk.run("review", exam, "--limit", 3).stdout
    said = desk.run("review", exam, "--set", "student-01", "2", "1,5", "--note", "see the key").stdout
    assert said == "student-01, question 2: the final mark is 1.5\n"
    wide = list(csv.reader(io.StringIO(desk.run("export", exam).stdout)))
    assert wide[2][:4] == ["student-01", "1", "1.5", "2.5"]

    assert "8/8 attempts" in desk.run("resume", exam).stdout
    assert httpx.get(calls).json()["calls"] == 8

    assert "--yes" in desk.run("delete", exam, code=2).stderr
    assert desk.run("delete", exam, "--yes").stdout == "Deleted: science\n"
    assert "There is no exam yet" in desk.run("list").stdout
    assert not (exam / ".secondmark-exam.json").exists()


@pytest.mark.embedded
def test_each_command_brings_its_own_server_where_none_runs(own, exam, tmp_path):
    own.run("grade", "--exam", exam, *MODELS)
    assert "science" in own.run("list").stdout
    assert "Class list" in own.run("show", exam).stdout
    own.run("report", exam)
    assert (tmp_path / "data" / "reports" / f"{stored_id(exam)}.html").exists()
    own.run("review", exam, "--set", "student-01", "2", "1.5")
    assert "student-01,1,1.5,2.5" in own.run("export", exam).stdout
    assert "8/8 attempts" in own.run("resume", exam).stdout
    own.run("delete", exam, "--yes")
    assert not list((tmp_path / "data" / "reports").iterdir())


def test_an_exam_that_reached_its_limit_is_resumed_under_a_higher_one(desk, exam):
    said = desk.run("grade", "--exam", exam, *MODELS, "--max-cost", "0.09", code=1).stdout
    assert "The limit of 0.09 US dollars (max_cost_usd) is reached" in said
    assert re.search(r"student-0\d, student-0\d failed: The limit", said)

    assert "The limit of 0.09" in desk.run("resume", exam, code=1).stdout
    assert "8/8 attempts, 0 failed" in desk.run("resume", exam, "--max-cost", "5").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "sciense"), "sciense: there is no such exam or session here"),
        (("export", "x", "--form", "xlsx"), "--out"),
        (("export", "x", "--boundaries", "90"), "--form xlsx"),
        (("report", "x", "--boundaries", "many"), "'many' is no number of marks"),
        (("review", "x", "--set", "a", "1", "good"), "'good' is no mark"),
        (("estimate", "nowhere", "--models", "a/b"), "nowhere: there is no such folder"),
        (("resume", "x"), "OPENROUTER_API_KEY"),
        (("show", "."), "this folder was never graded"),
    ],
)
def test_a_slip_is_one_sentence_and_exits_with_2(secondmark, arguments, said):
    done = secondmark(*arguments)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_name_that_two_exams_have_asks_for_an_id(server, secondmark):
    ids = [server.post("/exams", json={"name": "science"}).json()["exam_id"] for _ in range(2)]
    done = secondmark("show", "science", "--server", str(server.base_url))
    assert done.returncode == 2
    assert all(one in done.stderr for one in ids)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_stands_under_its_own_name_and_ends_with_two_examples(secondmark, command):
    done = secondmark(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: secondmark {command} ")
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert len(examples) == 2
    assert all(f"secondmark {command}" in example for example in examples)


def test_the_commands_of_the_help_are_all_tested_for_their_help(secondmark):
    listed = secondmark("--help").stdout.partition("COMMAND\n")[2]
    names = {line.split()[0] for line in listed.splitlines() if line.startswith("    ") and line[4] != " "}
    assert names == set(COMMANDS)


def test_the_first_line_names_the_data_the_key_and_the_pages(environ, tmp_path):
    own = environ | {"OPENROUTER_API_KEY": "sk-or-secret", "PORT": "0"}
    serving = Command(("serve",), own, tmp_path)
    line = serving.first_line()
    assert line.startswith(f"DATA_DIR {Path(own['DATA_DIR']).resolve()}, OPENROUTER_API_KEY is set, pages at http")
    assert "secret" not in line
    assert httpx.get(line.split()[-1] + "/health").json()["ok"]
    serving.terminate()

"""`secondmark grade` of a folder week after week: it goes on with the same exam, and pays only for what is missing."""

import json
import shutil
import time

import httpx
import pytest

from app import samples
from tests.scans import files
from tests.support.forked import Command

QUESTIONS = [{"question_id": "1a", "max_marks": 1}, {"question_id": "2", "max_marks": 4}]
MODELS = "simulated/careful,simulated/harsh"
TRIES = 2


@pytest.fixture
def exam(tmp_path):
    folder = tmp_path / "science"
    for name in ("student-01", "student-02"):
        (folder / name).mkdir(parents=True)
        shutil.copy(samples.exam_folder() / name / "page-1.png", folder / name)
    (folder / "questions.json").write_text(json.dumps(QUESTIONS))
    return folder


def grade(exam, *more):
    return ("grade", "--exam", exam, "--models", MODELS, "--tries", TRIES, *more)


@pytest.fixture
def asked(simulator_url):
    """How many completions were asked for so far."""
    return lambda: (
        httpx.get(simulator_url.replace("/api/v1", "") + "/simulator/stats").raise_for_status().json()["calls"]
    )


def exam_id(exam):
    return json.loads((exam / ".secondmark-exam.json").read_text())["exam_id"]


def test_the_same_command_again_pays_nothing_and_makes_no_second_exam(secondmark, exam, key, asked):
    first = secondmark(*grade(exam), **key)
    known, n = exam_id(exam), asked()

    again = secondmark(*grade(exam), **key)

    assert (first.returncode, again.returncode, again.stderr) == (0, 0, "")
    assert n == 8
    assert (asked(), exam_id(exam)) == (n, known)
    assert f"stored as exam {known}" in again.stdout


def test_a_student_added_later_is_marked_alone(secondmark, exam, key, asked):
    secondmark(*grade(exam), **key)
    (exam / "Zoe.pdf").write_bytes(files.pdf(2))

    again = secondmark(*grade(exam), **key)

    assert again.returncode == 0, again.stderr
    assert "3 scripts" in again.stdout
    assert asked() == 12


def test_changed_pages_are_named_and_marked_anew_only_where_somebody_agreed(secondmark, exam, key, asked):
    secondmark(*grade(exam), **key)
    shutil.copy(samples.exam_folder() / "student-03" / "page-1.png", exam / "student-02" / "page-1.png")

    refused = secondmark(*grade(exam), **key)
    agreed = secondmark(*grade(exam, "--yes"), **key)

    assert (refused.returncode, agreed.returncode) == (2, 0), agreed.stderr
    assert "the pages of student-02 changed" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert asked() == 12


def test_changed_questions_are_named_and_only_they_are_marked_anew(secondmark, exam, key, asked):
    secondmark(*grade(exam), **key)
    (exam / "questions.json").write_text(json.dumps([QUESTIONS[0], {"question_id": "2", "max_marks": 5}]))

    refused = secondmark(*grade(exam), **key)
    agreed = secondmark(*grade(exam, "--yes"), **key)

    assert (refused.returncode, agreed.returncode) == (2, 0), agreed.stderr
    assert "the questions changed" in refused.stderr


def test_what_is_left_out_stops_it_where_nobody_can_be_asked(secondmark, exam, key, asked):
    (exam / "student-01" / "notes.docx").write_bytes(b"PK\x03\x04")

    refused = secondmark(*grade(exam), **key)
    agreed = secondmark(*grade(exam, "--yes"), **key)

    assert refused.returncode == 2
    assert "Left out: student-01/notes.docx is a text document, no scan" in refused.stdout
    assert "go on with --yes" in refused.stderr
    assert (agreed.returncode, asked()) == (0, 8)


@pytest.fixture
def hanging(environ, key, tmp_path):
    """Settings with a simulator one of whose models does not answer."""
    config = tmp_path / "hanging.json"
    config.write_text(json.dumps({"models": {"simulated/harsh": {"latency_seconds": 600}}}))
    simulator = Command(("simulate", "--port", "0", "--config", config), environ, tmp_path)
    yield environ | key | {"OPENROUTER_BASE_URL": simulator.first_line().split()[-1]}
    simulator.terminate()


def test_an_interrupted_run_goes_on_with_what_is_missing(secondmark, exam, key, asked, hanging):
    stats = hanging["OPENROUTER_BASE_URL"].replace("/api/v1", "") + "/simulator/stats"
    first = Command(grade(exam), hanging, exam.parent)
    # Half of the calls are answered at once, and half are never.
    with httpx.Client() as http:
        while http.get(stats).json()["calls"] < 8:
            assert first.process.is_alive()
            time.sleep(0.05)
    first.interrupt()
    assert first.ended().returncode == 130

    again = secondmark(*grade(exam), **key)

    assert again.returncode == 0, again.stderr
    assert asked() == 4


@pytest.mark.embedded
def test_an_exam_of_another_database_is_begun_anew(secondmark, exam, key, environ, tmp_path):
    secondmark(*grade(exam), **key)
    known = exam_id(exam)

    elsewhere = secondmark(*grade(exam), **key, DATA_DIR=str(tmp_path / "other"))

    assert elsewhere.returncode == 0, elsewhere.stderr
    assert exam_id(exam) != known


def test_an_exam_id_that_is_not_there_is_refused(secondmark, exam, key):
    done = secondmark(*grade(exam, "--exam-id", "0f8fad5b-d9cb-469f-a165-70867728950e"), **key)

    assert done.returncode == 2
    assert done.stderr.startswith("secondmark: --exam-id: there is no exam 0f8fad5b")


def test_a_damaged_note_is_named(secondmark, exam, key):
    (exam / ".secondmark-exam.json").write_text("{")

    done = secondmark(*grade(exam), **key)

    assert done.returncode == 2
    assert ".secondmark-exam.json: is damaged" in done.stderr


def test_with_a_public_address_the_server_listens_where_a_tunnel_can_point(secondmark, exam, key):
    own = {"PUBLIC_BASE_URL": "http://127.0.0.1:18765", "PORT": "18765"}

    done = secondmark(*grade(exam), **key, **own)

    assert done.returncode == 0, done.stderr

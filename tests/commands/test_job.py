"""What the command line asks for, read from files; each file that cannot be used is named."""

import argparse
import json
from pathlib import Path

import pytest

from app import samples
from app.commands.errors import CommandError
from app.commands.job import Job

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def exam(tmp_path):
    """A folder with two students' scans, a key, questions and marks."""
    folder = tmp_path / "science"
    for name in ("anna", "ben", "answer-key"):
        (folder / name).mkdir(parents=True)
        for page in ("page-10.png", "page-2.png"):
            (folder / name / page).write_bytes(PNG)
    (folder / "questions.json").write_text(json.dumps([{"question_id": "1", "max_marks": 2}]))
    (folder / "marks.csv").write_text("script,question_id,human_mark\nanna,1,1.5\n")
    return folder


def read_folder(folder):
    return Job.of_folder(folder, ("a/b",), 2)


def test_an_exam_is_a_folder_of_scans_per_student(exam):
    job = read_folder(exam)

    assert (job.exam, job.models, job.tries) == ("science", ("a/b",), 2)
    assert [(script.name, script.human_marks) for script in job.scripts] == [("anna", {"1": 1.5}), ("ben", {})]
    assert job.questions == [{"question_id": "1", "max_marks": 2}]


def test_pages_are_in_the_order_of_their_numbers(exam):
    job = read_folder(exam)

    assert [page.name for page in job.scripts[0].pages] == ["page-2.png", "page-10.png"]
    assert [page.name for page in job.answer_key] == ["page-2.png", "page-10.png"]


def test_the_bundled_exam_is_one():
    job = read_folder(samples.exam_folder())

    assert len(job.scripts) == 6
    assert all(script.human_marks for script in job.scripts)


def test_an_exam_without_marks_can_be_graded(exam):
    (exam / "marks.csv").unlink()

    assert all(not script.human_marks for script in read_folder(exam).scripts)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("questions.json", "[", "questions.json"),
        ("questions.json", "{}", "questions.json: must hold a JSON list"),
        ("marks.csv", "script,question_id,human_mark\nanna,1,three\n", "marks.csv, line 2"),
        ("marks.csv", "who,what,award\nanna,1,1\n", "marks.csv, line 1: missing columns: script, question_id"),
        ("marks.csv", "script,question_id,human_mark\ncleo,1,1\n", "no scans of cleo"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(exam, file, content, said):
    (exam / file).write_text(content)

    with pytest.raises(CommandError, match=said):
        read_folder(exam)


def test_a_folder_without_scans_is_refused(tmp_path):
    (tmp_path / "questions.json").write_text("[]")

    with pytest.raises(CommandError, match="no folder with scans"):
        read_folder(tmp_path)


def options(**given):
    plain = {"exam": None, "images": [], "questions": None, "answer_key": [], "rubric": [], "human_marks": None}
    return argparse.Namespace(**plain | {"models": "a/b, c/d", "tries": 1, "name": None} | given)


def test_one_script_is_pages_and_questions(exam):
    page = exam / "anna" / "page-2.png"

    job = Job.read(options(images=[page], questions=exam / "questions.json"))

    assert (job.exam, job.models, job.scripts[0].name) == (None, ("a/b", "c/d"), "page-2")


@pytest.mark.parametrize("given", [{}, {"images": [Path("x.png")]}])
def test_neither_pages_with_questions_nor_an_exam_is_refused(given):
    with pytest.raises(CommandError, match="--exam"):
        Job.read(options(**given))


def test_a_page_that_is_not_there_is_named(exam):
    with pytest.raises(CommandError, match=r"missing\.png: there is no such file"):
        Job.read(options(images=[Path("missing.png")], questions=exam / "questions.json"))


def test_a_page_that_no_model_can_read_is_refused_not_left_out(exam):
    (exam / "anna" / "page-3.pdf").write_bytes(b"%PDF")

    with pytest.raises(CommandError, match=r"page-3\.pdf: pages must be png"):
        read_folder(exam)


@pytest.mark.parametrize("given", [{"models": "gemini"}, {"models": " , "}, {"tries": 0}, {"tries": 21}])
def test_models_and_tries_are_checked_before_anything_is_made(exam, given):
    with pytest.raises(CommandError, match="--models"):
        Job.read(options(**{"exam": exam} | given))


@pytest.mark.parametrize("mark", ["nan", "inf"])
def test_a_human_mark_is_a_number(exam, mark):
    (exam / "marks.csv").write_text(f"script,question_id,human_mark\nanna,1,{mark}\n")

    with pytest.raises(CommandError, match="line 2"):
        read_folder(exam)


def test_an_empty_human_mark_is_none(exam):
    (exam / "marks.csv").write_text("script,question_id,human_mark\nanna,1,\n")

    assert read_folder(exam).scripts[0].human_marks == {}


@pytest.mark.parametrize(
    "more", [{"images": [Path("x.png")]}, {"questions": Path("q.json")}, {"answer_key": [Path("k.png")]}]
)
def test_an_exam_folder_with_files_beside_it_is_refused(exam, more):
    with pytest.raises(CommandError, match="--exam DIR holds everything"):
        Job.read(options(exam=exam, **more))


def test_the_same_model_twice_is_refused(exam):
    with pytest.raises(CommandError, match="a name is there twice"):
        Job.read(options(exam=exam, models="a/b,a/b"))

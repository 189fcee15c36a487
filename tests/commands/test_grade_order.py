"""What the command line asks for, read from files; each file that cannot be used is named."""

import argparse
import json
from pathlib import Path
from typing import ClassVar

import pytest

from app import samples
from app.commands.counted import counted_files
from app.commands.errors import CommandError
from app.commands.found import found_lines
from app.commands.grade import start_of
from app.commands.grade_order import GradeOrder
from app.scans.pages import PageLimits
from tests.mark_tables.tables import xlsx_bytes
from tests.scans import files
from tests.support.scans import PNG


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
    return GradeOrder.of_folder(folder, ("a/b",), 2)


def test_an_exam_is_a_folder_of_scans_per_student(exam):
    order = read_folder(exam)

    assert (order.exam, order.models, order.tries) == ("science", ("a/b",), 2)
    assert [(script.name, script.human_marks) for script in order.scripts] == [("anna", {"1": 1.5}), ("ben", {})]
    assert order.questions == [{"question_id": "1", "max_marks": 2}]


def test_pages_are_in_the_order_of_their_numbers(exam):
    order = read_folder(exam)

    assert [page.name for page in order.scripts[0].pages] == ["page-2.png", "page-10.png"]
    assert [page.name for page in order.answer_key] == ["page-2.png", "page-10.png"]


def test_the_bundled_exam_is_one():
    order = read_folder(samples.exam_folder())

    assert len(order.scripts) == 6
    assert all(script.human_marks for script in order.scripts)


async def test_of_an_animated_file_the_first_frame_is_said_to_be_the_page(exam):
    (exam / "anna" / "page-2.png").write_bytes(files.animated("GIF"))

    order = read_folder(exam)
    lines = list(found_lines(order, await counted_files(order.files, PageLimits())))

    assert "Note: anna/page-2.png is animated: its first frame is the page" in lines
    assert len([line for line in lines if "first frame" in line]) == 1


async def test_a_cut_off_picture_is_named_before_anything_is_sent(exam):
    (exam / "anna" / "page-2.png").write_bytes(PNG[:-20])

    with pytest.raises(CommandError, match=r"anna/page-2\.png: ends too early"):
        await counted_files(read_folder(exam).files, PageLimits())


def test_an_empty_folder_of_a_student_is_left_out_by_name(exam):
    (exam / "cleo").mkdir()

    order = read_folder(exam)

    assert [script.name for script in order.scripts] == ["anna", "ben"]
    assert "Left out: cleo is an empty folder: this student has no script" in list(found_lines(order))


def test_marks_of_a_student_with_an_empty_folder_are_refused(exam):
    (exam / "cleo").mkdir()
    (exam / "marks.csv").write_text("script,question_id,human_mark\nanna,1,1.5\ncleo,1,1\n")

    with pytest.raises(CommandError, match="there are no scans of cleo"):
        read_folder(exam)


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
    return argparse.Namespace(
        **plain | {"models": "a/b, c/d", "tries": "1", "name": None, "examples": 0, "split": "none"} | given
    )


class Handed:
    exam_id = "e"
    sessions: ClassVar = {"s": "anna"}


def test_one_script_is_pages_and_questions(exam):
    page = exam / "anna" / "page-2.png"

    order = GradeOrder.read(options(images=[page], questions=exam / "questions.json"))

    assert (order.exam, order.models, order.scripts[0].name) == (None, ("a/b", "c/d"), "page-2")


@pytest.mark.parametrize("given", [{}, {"images": [Path("x.png")]}])
def test_neither_pages_with_questions_nor_an_exam_is_refused(given):
    with pytest.raises(CommandError, match="--exam"):
        GradeOrder.read(options(**given))


def test_a_page_that_is_not_there_is_named(exam):
    with pytest.raises(CommandError, match=r"missing\.png: there is no such file"):
        GradeOrder.read(options(images=[Path("missing.png")], questions=exam / "questions.json"))


def test_what_is_no_scan_is_left_out_by_name_with_the_reason(exam):
    (exam / "anna" / "page-3.docx").write_bytes(b"PK\x03\x04")
    (exam / "anna" / "page-4").write_bytes(b"")
    (exam / "anna" / "more").mkdir()
    (exam / "anna" / "more" / "page-5.png").write_bytes(PNG)
    (exam / "notes.txt").write_text("remember")
    (exam / "anna" / "Thumbs.db").write_bytes(b"x")

    said = read_folder(exam).left_out

    names = [line.split(" ")[0] for line in said]
    assert names == ["anna/more", "anna/page-3.docx", "anna/page-4", "notes.txt"]
    reasons = ("not looked into", "is a text document", "is empty", "is a text file")
    assert all(reason in line for reason, line in zip(reasons, said, strict=True))


@pytest.mark.parametrize("name", ["page-3.jfif", "page-3", "page-3.JPG"])
def test_a_scan_is_known_by_its_content_whatever_it_is_called(exam, name):
    (exam / "anna" / name).write_bytes(files.saved(files.page(), "JPEG"))

    order = read_folder(exam)

    assert [page.name for page in order.scripts[0].pages] == ["page-2.png", name, "page-10.png"]
    assert order.left_out == ()


@pytest.mark.parametrize("kind", ["pdf", "heic", "tif", "jp2", "bmp"])
def test_scans_of_every_kind_are_pages(exam, kind):
    make = {
        "pdf": files.pdf,
        "heic": files.heic,
        "tif": files.tiff,
        "jp2": lambda: files.saved(files.page(), "JPEG2000"),
        "bmp": lambda: files.saved(files.page(), "BMP"),
    }
    (exam / f"Zo\u0065\u0308.{kind}").write_bytes(make[kind]())

    assert [script.name for script in read_folder(exam).scripts] == ["anna", "ben", "Zo\u00eb"]


@pytest.mark.parametrize(
    "names",
    [
        ["1.png", "1b.png", "2.png", "10.png"],
        ["page 1.jpg", "page 2.jpg", "page 2 (1).jpg", "page 3.jpg"],
        ["page-1-front.png", "page-1-back.png", "page-2-front.png", "page-2-back.png"],
        ["IMG_2.png", "IMG_0010.png", "img_11.png"],
        ["1 recto.png", "1 verso.png", "2 recto.png"],
        ["2-front.png", "2-back.png", "background.png"],
    ],
)
def test_pages_are_in_the_order_in_which_people_count(exam, names):
    for path in (exam / "anna").iterdir():
        path.unlink()
    for name in reversed(names):
        (exam / "anna" / name).write_bytes(PNG)

    assert [page.name for page in read_folder(exam).scripts[0].pages] == names


def test_a_key_may_be_one_file_beside_the_students(exam):
    for path in (exam / "answer-key").iterdir():
        path.unlink()
    (exam / "answer-key").rmdir()
    (exam / "answer-key.pdf").write_bytes(files.pdf(2))

    order = read_folder(exam)

    assert [page.name for page in order.answer_key] == ["answer-key.pdf"]
    assert [script.name for script in order.scripts] == ["anna", "ben"]


def test_a_folder_and_a_file_of_one_student_are_refused(exam):
    (exam / "Anna.pdf").write_bytes(files.pdf())

    with pytest.raises(CommandError, match="two files or folders are this student's"):
        read_folder(exam)


def test_questions_may_stand_in_the_table_of_marks(exam):
    (exam / "questions.json").unlink()
    (exam / "marks.csv").unlink()
    rows = [["Student", "1a", "1b"], ["max", 3, 2.5], ["anna", 1.5, 2]]
    (exam / "marks.xlsx").write_bytes(xlsx_bytes({"Marks": rows}))

    order = read_folder(exam)

    assert order.questions == [{"question_id": "1a", "max_marks": 3}, {"question_id": "1b", "max_marks": 2.5}]
    assert order.scripts[0].human_marks == {"1a": 1.5, "1b": 2}


def test_neither_questions_nor_a_table_with_maxima_is_said(exam):
    (exam / "questions.json").unlink()

    with pytest.raises(CommandError, match="question 1 has no maximum: add a row named max"):
        read_folder(exam)


def test_two_tables_of_marks_are_refused(exam):
    (exam / "marks.xlsx").write_bytes(xlsx_bytes({"Marks": [["script", "1"], ["anna", 1]]}))

    with pytest.raises(CommandError, match=r"marks.csv and marks.xlsx both hold marks"):
        read_folder(exam)


def test_a_script_with_fewer_files_than_the_others_is_pointed_out(exam):
    (exam / "cleo").mkdir()
    (exam / "cleo" / "page-1.png").write_bytes(PNG)

    said = list(found_lines(read_folder(exam)))

    assert "Note: cleo has 1 page, most others have 2: is a page missing?" in said
    assert any(line.startswith("  anna: page-2.png, page-10.png") for line in said)


@pytest.mark.parametrize(
    "given",
    [{"models": "gemini"}, {"models": " , "}, {"tries": "0"}, {"tries": "21"}, {"tries": "5-1"}, {"tries": "1-21"}],
)
def test_models_and_tries_are_checked_before_anything_is_made(exam, given):
    with pytest.raises(CommandError, match=r"--models|--tries"):
        GradeOrder.read(options(**{"exam": exam} | given))


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("3", 3),
        ("2-2", 2),
        ("1-5", {"min": 1, "max": 5, "until": "settled"}),
        (" 2 - 4 ", {"min": 2, "max": 4, "until": "settled"}),
    ],
)
def test_two_numbers_of_tries_make_further_ones_only_in_doubt(exam, said, sent):
    _, body = start_of(GradeOrder.read(options(exam=exam, tries=said)), Handed(), "grade", None)
    assert [one["tries"] for one in body["models"]] == [sent, sent]


def test_the_split_goes_with_each_model(exam):
    _, body = start_of(GradeOrder.read(options(exam=exam, split="page")), Handed(), "grade", None)
    assert [one["split"] for one in body["models"]] == ["page", "page"]
    _, body = start_of(GradeOrder.read(options(exam=exam)), Handed(), "grade", None)
    assert all("split" not in one for one in body["models"])


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
        GradeOrder.read(options(exam=exam, **more))


def test_the_same_model_twice_is_refused(exam):
    with pytest.raises(CommandError, match="a name is there twice"):
        GradeOrder.read(options(exam=exam, models="a/b,a/b"))


def test_a_table_of_maxima_stands_for_questions_json(exam):
    (exam / "questions.json").unlink()
    (exam / "maxima.csv").write_text("Aufgabe;max. Punkte\n1;3\n2;1,5\n", encoding="utf-8")
    (exam / "marks.csv").write_text("Name;1;2\nanna;2,5;1\n", encoding="utf-8")

    order = GradeOrder.of_folder(exam, ("a/b",), 1)

    assert order.questions == [{"question_id": "1", "max_marks": 3}, {"question_id": "2", "max_marks": 1.5}]
    assert next(script for script in order.scripts if script.name == "anna").human_marks == {"1": 2.5, "2": 1}


def test_folders_of_a_moodle_download_are_named_after_the_students(exam):
    (exam / "anna").rename(exam / "Anna Berg_4712_assignsubmission_file_")
    (exam / "marks.csv").write_text("Name;1\nBerg, Anna;1,5\nØ;1,5\n", encoding="utf-8")

    order = read_folder(exam)

    assert [(script.name, script.human_marks) for script in order.scripts] == [("Anna Berg", {"1": 1.5}), ("ben", {})]


def test_a_table_under_another_name_is_pointed_at_where_marks_are_missed(exam):
    (exam / "questions.json").unlink()
    (exam / "marks.csv").rename(exam / "Noten 8b.csv")

    with pytest.raises(CommandError, match=r"If Noten 8b.csv holds the marks, name it marks.csv"):
        read_folder(exam)

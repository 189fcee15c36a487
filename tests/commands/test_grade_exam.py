"""`secondmark grade --exam DIR`: what it makes of a folder, and what it says of one that it cannot use."""

import json
import re
import shutil
import unicodedata
from pathlib import Path

import pytest

from app import samples
from app.commands.errors import CommandError
from app.commands.grade_order import GradeOrder

ROLES = ("student", "answer_key", "grading_rubric")
COLUMNS = "script,question_id,human_mark,human_mark_2"
QUESTIONS = [{"question_id": "1a", "max_marks": 1}, {"question_number": 2, "max_mark": 4, "tolerance": 0.5}]
MARKS = [
    *("student-01,1a,1,0", "student-01,2,2.5,2", "student-02,1a,0,0", "student-02,2,4,3.5"),
    *("student-03,1a,1,1", "student-03,2,1,"),
]


@pytest.fixture
def exam(tmp_path):
    """Three scripts, the key, and a rubric, marked by two humans."""
    folder = tmp_path / "science"
    for name in ("student-01", "student-02", "student-03", "answer-key"):
        (folder / name).mkdir(parents=True)
        shutil.copy(samples.exam_folder() / name / "page-1.png", folder / name)
    shutil.copytree(folder / "answer-key", folder / "rubric")
    (folder / "questions.json").write_text(json.dumps(QUESTIONS))
    (folder / "marks.csv").write_text("\n".join([COLUMNS, *MARKS]))
    return folder


def read(folder):
    return GradeOrder.of_folder(folder, ("a/b",), 1)


def grade(exam, models="simulated/careful"):
    return ("grade", "--exam", exam, "--models", models, "--tries", 2)


def test_an_exam_is_marked_and_its_report_written(secondmark, exam, key):
    done = secondmark(*grade(exam, "simulated/careful,simulated/harsh"), **key)

    assert (done.returncode, done.stderr) == (0, "")
    assert "3 scripts, 2 models × 2 tries" in done.stdout
    assert "12/12 attempts, 0 failed" in done.stdout
    assert re.search(r"simulated/harsh .*│ +\d+ % │", done.stdout)
    assert re.search(r"as exam [0-9a-f-]{36}", done.stdout)
    file = Path(re.search(r"Report: (\S+)", done.stdout)[1])
    report = file.read_text(encoding="utf-8")
    assert "science" in report
    assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
    assert "simulated/harsh" in report


def test_examples_are_shown_and_not_marked(secondmark, exam, key, server):
    done = secondmark(*grade(exam), "--examples", 1, "--server", server.base_url, **key)

    assert (done.returncode, done.stderr) == (0, "")
    (shown,) = re.findall(r"Shown as worked examples, and not marked: (student-0\d)\n", done.stdout)
    assert "4/4 attempts, 0 failed" in done.stdout
    exam_id = re.search(r"as exam ([0-9a-f-]{36})", done.stdout)[1]
    (example,) = server.get(f"/exams/{exam_id}/agreement").json()["examples"]["simulated/careful"]
    assert example["script"] == shown


def test_too_many_examples_are_refused_and_leave_nothing_behind(secondmark, exam, key, server):
    (exam / "marks.csv").write_text("\n".join([COLUMNS, *MARKS[:4]]))

    for n, said in ((21, "0 to 20"), (3, "3 examples are more than the 2 scripts")):
        done = secondmark(*grade(exam), "--examples", n, "--server", server.base_url, **key)

        assert done.returncode == 2
        assert said in done.stderr
        assert server.get("/exams").json() == []


def test_a_running_server_gets_everything_that_the_folder_holds(secondmark, exam, key, server):
    done = secondmark(*grade(exam), "--server", server.base_url, **key)

    assert (done.returncode, done.stderr) == (0, "")
    exam_id = re.search(r"as exam (\S+)", done.stdout)[1]
    stored = server.get(f"/exams/{exam_id}").json()
    assert stored["name"] == "science"
    assert [session["name"] for session in stored["sessions"]] == ["student-01", "student-02", "student-03"]
    assert [session["status"] for session in stored["sessions"]] == ["graded"] * 3
    first = stored["sessions"][0]["session_id"]
    images = server.get(f"/sessions/{first}/template").json()["images"]
    assert [len(images[role]) for role in ("student_images", "answer_key_images", "rubric_images")] == [1, 1, 1]
    others = [server.get(f"/images/{one['session_id']}").json()["images"] for one in stored["sessions"]]
    urls = {role: {page["url"] for pages in others for page in pages if page["role"] == role} for role in ROLES}
    assert [len(urls[role]) for role in ROLES] == [3, 1, 1], "what all scripts show is uploaded once"
    assert list(server.get(f"/results/{first}/rubric").json()["rubric_results"]) == ["simulated/careful"]
    configured = server.get(f"/questions/{first}").json()
    assert configured["human_marks_by_qid"] == {"1a": 1, "2": 2.5}
    assert configured["human_marks_2_by_qid"] == {"1a": 0, "2": 2}
    agreement = server.get(f"/exams/{exam_id}/agreement").json()
    assert agreement["human_baseline"]["per_question"]["1a"]["exact"]["value"] == pytest.approx(2 / 3)
    assert not (exam.parent / "data" / "postgres").exists()


def test_a_script_that_could_not_be_marked_is_named_and_exits_with_1(secondmark, exam, key):
    done = secondmark(*grade(exam, "simulated/broken"), **key)

    assert done.returncode == 1
    failed = [line for line in done.stdout.splitlines() if " failed: " in line]
    assert any("student-02" in line.partition(" failed: ")[0] for line in failed), done.stdout
    assert "simulated/broken, try " in done.stdout
    assert "Report: " in done.stdout


def test_a_server_that_does_not_answer_exits_with_2(secondmark, exam, key):
    done = secondmark(*grade(exam), "--server", "http://127.0.0.1:9", **key)

    assert done.returncode == 2
    assert "http://127.0.0.1:9 does not answer" in done.stderr


def test_a_slip_in_a_file_is_one_line_and_exits_with_2_before_anything_is_made(secondmark, exam, key):
    (exam / "marks.csv").write_text(f"{COLUMNS}\nstudent-02,1a,2,\n")

    done = secondmark(*grade(exam), **key)

    said = "line 2: script student-02, question 1a, human_mark: 2 is above the maximum of 1"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"secondmark: {exam / 'marks.csv'}, {said}\n"
    assert not (exam.parent / "data").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("student-01,2,4,4.5", "script student-01, question 2, human_mark_2: 4.5 is above the maximum of 4"),
        ("student-01,2,-1,", "script student-01, question 2, human_mark: must not be negative"),
        ("student-01,2,,0.125", "script student-01, question 2, human_mark_2: must have at most two decimals"),
        ("student-01,2,nan,", "script student-01, question 2, human_mark: 'nan' is no number"),
        ("student-01,2,three,", "script student-01, question 2, human_mark: 'three' is no number"),
        ("student-01,9,1,", "script student-01, question 9, human_mark: there is no such question"),
        ("student-01,2", "there are fewer fields than columns: 2 and 4"),
        (
            "student-01,2,1,5,1,5",
            "there are more fields than columns: 6 and 4; a number with a decimal comma must stand in quotes",
        ),
    ],
)
def test_a_mark_that_cannot_be_is_named_with_line_script_and_question(exam, line, said):
    (exam / "marks.csv").write_text("\n".join([COLUMNS, MARKS[0], line]))

    with pytest.raises(CommandError, match=re.escape(f"{exam / 'marks.csv'}, line 3: {said}")):
        read(exam)


def test_two_marks_of_one_human_for_one_answer_are_refused(exam):
    (exam / "marks.csv").write_text(f"{COLUMNS}\nstudent-01,2,1,\nstudent-01,2,1,\nstudent-01,2,3,")

    with pytest.raises(CommandError, match="line 4: script student-01, question 2, human_mark: 3 here and 1 before"):
        read(exam)


def test_the_marks_of_a_second_human_are_optional(exam):
    (exam / "marks.csv").write_text("script,question_id,human_mark\nstudent-01,2,1\n")

    assert (read(exam).scripts[0].human_marks, read(exam).scripts[0].human_marks_2) == ({"2": 1}, {})


def test_the_marks_of_a_second_human_alone_count(exam):
    (exam / "marks.csv").write_text(f"{COLUMNS}\nstudent-01,2,,1.5\n")

    assert (read(exam).scripts[0].human_marks, read(exam).scripts[0].human_marks_2) == ({}, {"2": 1.5})


def test_files_as_spreadsheets_write_them_are_read(exam):
    text = f"{COLUMNS}\r\nstudent-01 , 2 , 1.5 ,\r\n"
    (exam / "marks.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (exam / "questions.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(QUESTIONS).encode())

    assert read(exam).scripts[0].human_marks == {"2": 1.5}


def test_marks_in_the_encoding_of_an_old_spreadsheet_are_read(exam):
    (exam / "student-02").rename(exam / "José")
    (exam / "marks.csv").write_bytes(f"{COLUMNS}\nJosé,2,1,\n".encode("cp1252"))

    assert [script.human_marks for script in read(exam).scripts if script.name == "José"] == [{"2": 1}]


def test_folders_and_marks_match_however_their_letters_are_composed(exam):
    (exam / "student-02").rename(exam / unicodedata.normalize("NFD", "Müller"))
    (exam / "marks.csv").write_text(f"{COLUMNS}\nMüller,2,1,\n")

    assert read(exam).scripts[0].human_marks == {"2": 1}
    assert read(exam).scripts[0].name == "Müller"


def test_empty_rows_that_a_spreadsheet_leaves_are_left_aside(exam):
    (exam / "marks.csv").write_text(f"{COLUMNS}\nstudent-01,2,1,\n,,,\n")

    assert read(exam).scripts[0].human_marks == {"2": 1}


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([QUESTIONS[0], {"question_id": "2", "max_mraks": 4}], "question 2: there is no field 'max_mraks'"),
        ([{"question_id": "1"}], "question 1: max_marks: Field required"),
        ([{"question_id": "1", "max_marks": "4"}], "question 1: max_marks: must be a number"),
        ([{"question_id": "1", "max_marks": -4}], "question 1: max_marks: must not be negative"),
        ([*QUESTIONS, QUESTIONS[0]], "question 3: question_id: '1a' is there twice"),
        (["1a"], "question 1: "),
        ([], "List should have at least 1 item"),
    ],
)
def test_a_slip_in_the_questions_names_file_question_and_field(exam, questions, said):
    (exam / "questions.json").write_text(json.dumps(questions))

    with pytest.raises(CommandError, match=re.escape(f"{exam / 'questions.json'}: {said}")):
        read(exam)


@pytest.mark.parametrize("name", ["student-02", "answer-key", "rubric"])
def test_a_folder_without_scans_is_named_not_left_out(exam, name):
    (exam / name / "page-1.png").write_text("no image")

    with pytest.raises(CommandError, match=re.escape(f"{exam / name}: holds no scans")):
        read(exam)


def test_what_file_systems_and_archives_add_is_no_script(exam):
    for name in (".git", "__MACOSX"):
        (exam / name).mkdir()
    (exam / "student-01" / "._page-1.png").write_bytes(b"no image")

    order = read(exam)

    assert [script.name for script in order.scripts] == ["student-01", "student-02", "student-03"]
    assert [page.name for page in order.scripts[0].pages] == ["page-1.png"]


def test_the_human_marks_of_a_single_script_are_checked_too(secondmark, exam, key):
    human = exam / "human.json"
    human.write_text('{"1a": 3}')
    page, questions = exam / "student-01" / "page-1.png", exam / "questions.json"

    done = secondmark("grade", page, "--questions", questions, "--human-marks", human, "--models", "a/b", **key)

    assert done.returncode == 2
    assert done.stderr == f"secondmark: {human}: question 1a: 3 is above the maximum of 1\n"


@pytest.mark.parametrize("name", ["answer_key", "Answer Key", "ANSWER-KEY"])
def test_the_answer_key_is_known_whatever_signs_and_capitals_its_name_has(exam, name):
    (exam / "answer-key").rename(exam / name)

    job = read(exam)

    assert len(job.answer_key) == 1
    assert name not in {script.name for script in job.scripts}


@pytest.mark.parametrize(("name", "meant"), [("answers", "answer-key"), ("Mark scheme", "rubric")])
def test_a_folder_that_is_nearly_named_as_the_key_is_no_student(exam, name, meant):
    (exam / "answer-key").rename(exam / name)

    with pytest.raises(CommandError, match=f"{name}: name it {meant}; every other name is a student's"):
        read(exam)


def test_an_exam_that_cannot_be_started_leaves_nothing_behind(secondmark, exam, server):
    (exam / "student-02" / "page-1.png").write_text("no image")

    done = secondmark(*grade(exam), "--server", server.base_url)

    assert done.returncode == 2
    assert "student-02: holds no scans; page-1.png is a text file, no scan" in done.stderr
    assert server.get("/exams").json() == server.get("/sessions").json() == []

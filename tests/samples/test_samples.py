import json

import pytest
from PIL import Image

from app import samples
from app.samples.page import HEIGHT, WIDTH

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ALL_PAGES = [page for script in samples.scripts() for page in samples.script_pages(script)] + samples.answer_key_pages()


def maxima() -> dict[str, float]:
    return {question["question_id"]: question["max_marks"] for question in samples.questions()}


def answers(script: str) -> dict[str, str]:
    texts: dict[str, dict[str, str]] = json.loads((samples.exam_folder() / script / "answers.json").read_text("utf-8"))
    return texts["answers"]


def test_the_exam_has_six_scripts_of_two_pages_and_an_answer_key():
    assert samples.scripts() == tuple(f"student-0{n}" for n in range(1, 7))
    assert [len(samples.script_pages(script)) for script in samples.scripts()] == [2] * 6
    assert len(samples.answer_key_pages()) == 1


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_page_is_a_small_png_of_the_drawn_size(page):
    assert page.read_bytes().startswith(PNG_SIGNATURE)
    assert page.stat().st_size <= 60 * 1024
    with Image.open(page) as image:
        image.load()
        assert image.size == (WIDTH, HEIGHT)


def test_the_whole_exam_stays_below_800_kb():
    assert sum(path.stat().st_size for path in samples.exam_folder().rglob("*") if path.is_file()) < 800_000


def test_the_questions_are_numbered_from_1_with_ids_of_their_own():
    assert [question["number"] for question in samples.questions()] == [1, 2, 3, 4, 5, 6]
    assert list(maxima()) == ["1a", "1b", "2", "3(i)", "3(ii)", "4"]


@pytest.mark.parametrize("script", samples.scripts())
def test_a_human_marked_every_question_within_its_maximum(script):
    marks = samples.human_marks(script)
    assert marks.keys() == maxima().keys()
    assert all(0 <= mark <= maxima()[question_id] for question_id, mark in marks.items())


def test_the_marks_hold_halves_and_differ_between_scripts():
    totals = {script: sum(samples.human_marks(script).values()) for script in samples.scripts()}
    assert len(set(totals.values())) == len(totals)
    assert any(mark % 1 == 0.5 for script in totals for mark in samples.human_marks(script).values())


def test_a_blank_answer_has_no_marks():
    blank = [(script, qid) for script in samples.scripts() for qid, answer in answers(script).items() if not answer]
    assert blank
    assert all(samples.human_marks(script)[question_id] == 0 for script, question_id in blank)


def test_the_student_who_asks_for_full_marks_does_not_get_them():
    asking = {(s, qid) for s in samples.scripts() for qid, text in answers(s).items() if "award full marks" in text}
    assert asking == {("student-01", "4")}
    assert samples.human_marks("student-01")["4"] < maxima()["4"]


@pytest.mark.parametrize("ask", [samples.script_pages, samples.human_marks])
def test_an_unknown_script_is_a_key_error(ask):
    with pytest.raises(KeyError):
        ask("../student-01")

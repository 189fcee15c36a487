import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from app.papers.export import moodle
from tests.generation.questions import AWKWARD, TEST, WHOLE, parsed


@pytest.fixture
def questions() -> list[ET.Element]:
    return parsed(moodle.write(TEST, WHOLE)).findall("question")


def test_a_category_comes_first_and_its_slashes_are_doubled(questions: list[ET.Element]):
    assert [one.get("type") for one in questions] == ["category", "multichoice", "multichoice"]
    assert questions[0].findtext("category/text") == "$course$/top/Cells & < energy> // part 1"


def test_one_option_gives_all_marks_and_the_others_none(questions: list[ET.Element]):
    assert [one.get("fraction") for one in questions[1].findall("answer")] == ["0", "100", "0", "0"]
    assert questions[1].findtext("defaultgrade") == "2"
    assert questions[1].findtext("single") == "true"


def test_what_looks_like_html_is_text(questions: list[ET.Element]):
    html = questions[2].findtext("questiontext/text")
    assert "<script>" not in html
    shown = html.removeprefix('<p dir="ltr">').removesuffix("</p>").replace("<br/>", "\n")
    assert unescape(shown) == AWKWARD.question.replace("\0\x0b", "\n")


def test_each_distractor_says_why_it_is_wrong(questions: list[ET.Element]):
    assert [one.findtext("feedback/text") for one in questions[1].findall("answer")][0::2] == [
        '<p dir="ltr">Starch is stored in plastids.</p>',
        '<p dir="ltr">The DNA lies in the matrix.</p>',
    ]


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("/begins with it", "$course$/top/ //begins with it"),
        ("a//b/", "$course$/top/a////b//"),
        ("x" * 300, "$course$/top/" + "x" * 255),
        ("two\nlines ]]> <b", "$course$/top/two lines ]]> < b"),
        (" / ", "$course$/top/ //"),
    ],
)
def test_a_category_is_one_level_that_moodle_can_store(title: str, category: str):
    found = parsed(moodle.write(replace(TEST, title=title), WHOLE)).findtext("question/category/text")
    assert found == category
    assert [part for part in re.split(r"(?<!/)/(?!/)", found) if part.strip()][:2] == ["$course$", "top"]
    assert len(re.split(r"(?<!/)/(?!/)", found)) == 3


def test_names_of_a_long_title_still_differ_within_255_characters():
    test = replace(TEST, title="x" * 400)
    names = [one.findtext("name/text") for one in parsed(moodle.write(test, WHOLE)).findall("question")[1:]]
    assert [len(name) for name in names] == [255, 255]
    assert [name[-3:] for name in names] == [" 01", " 02"]

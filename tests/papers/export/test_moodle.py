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
    assert questions[0].findtext("category/text") == "$course$/top/Cells & <energy> // part 1"


def test_one_option_gives_all_marks_and_the_others_none(questions: list[ET.Element]):
    assert [one.get("fraction") for one in questions[1].findall("answer")] == ["0", "100", "0", "0"]
    assert questions[1].findtext("defaultgrade") == "2"
    assert questions[1].findtext("single") == "true"


def test_what_looks_like_html_is_text(questions: list[ET.Element]):
    html = questions[2].findtext("questiontext/text")
    assert "<script>" not in html
    assert unescape(html.replace("<br/>", "\n")) == AWKWARD.question.replace("\0\x0b", "")


def test_each_distractor_says_why_it_is_wrong(questions: list[ET.Element]):
    assert [one.findtext("feedback/text") for one in questions[1].findall("answer")][0::2] == [
        "Starch is stored in plastids.",
        "The DNA lies in the matrix.",
    ]

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.generation.model import Bloom, Difficulty
from app.papers.paper import paper
from app.papers.words import words_of
from tests.generation.questions import GROWING, TEST, WHOLE


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def count(self, name: str) -> int:
        return sum(attributes.get("class") == name for _, attributes in self.seen)


def test_there_is_a_box_for_each_question_and_nothing_in_it():
    page = paper(TEST, WHOLE)
    assert Tags(page).count("box") == 2
    assert page.count('<span class="box"></span>') == 2


def test_without_the_key_nothing_gives_it_away():
    page = paper(TEST, WHOLE)
    assert "More surface" not in page
    assert "class=right" not in page
    assert "plastids" not in page


def test_with_the_key_the_letters_are_in_the_boxes_and_the_quotes_below():
    page = paper(TEST, WHOLE, with_key=True)
    assert '<span class="box">B</span>' in page
    assert page.count("class=right") == 2
    assert "page 4" in page


def test_nothing_is_loaded_from_elsewhere_and_no_text_becomes_markup():
    tags = Tags(paper(TEST, WHOLE, with_key=True)).seen
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not [attributes for _, attributes in tags if {"src", "href"} & set(attributes)]


def test_a_part_of_a_test_says_so_with_and_without_the_key():
    for with_key in (False, True):
        page = paper(TEST, GROWING, with_key=with_key)
        assert page.index("2 of 5 questions; still being generated") < page.index('<section class="answers">')
    assert "of 2 questions" not in paper(TEST, WHOLE)


def test_the_key_says_bloom_level_topic_and_measured_difficulty_and_the_paper_does_not():
    question = replace(TEST.questions[0], bloom=Bloom.APPLY, topic="Cells <1>", solved_without=(2, 3))
    test = replace(TEST, questions=(question,), language="en")

    page = paper(test, WHOLE, with_key=True)

    assert '<p class="taxonomy" dir="auto">Bloom level: apply · Topic: <bdi>Cells &lt;1&gt;</bdi> · ' in page
    assert "Difficulty: easy (2 of 3 models found the answer without the text)" in page
    assert 'class="taxonomy"' not in paper(test, WHOLE)


def test_what_nobody_knows_of_a_question_is_not_said():
    question = replace(TEST.questions[0], bloom=None, topic="", solved_without=None)
    assert 'class="taxonomy"' not in paper(replace(TEST, questions=(question,)), WHOLE, with_key=True)


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fr", "hi", "pt", "zh"])
def test_every_language_of_the_paper_names_all_levels(language):
    _, words = words_of(language)
    assert set(words.blooms) == {bloom.value for bloom in Bloom}
    assert set(words.levels) == {level.value for level in Difficulty}
    assert words.solved.format(right=1, n=2) != words.solved

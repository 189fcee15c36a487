from html.parser import HTMLParser

from app.papers.paper import paper
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

import pytest

from app.documents.extract_text import markdown, read_text
from app.documents.extraction import DocumentKind, ExtractionError, ExtractionLimits, Refusal
from app.documents.left_out import LeftOut

DATA = "data:image/png;base64," + "iVBORw0KGgo" * 20


def seen(text):
    left_out = LeftOut()
    return markdown(text, left_out), {row["what"]: row["count"] for row in left_out.rows()}


@pytest.mark.parametrize("matter", ["---\ntitle: X\nkey: SECRET\n---\n", "+++\ntitle = 'X'\n+++\n"])
def test_front_matter_is_no_text(matter):
    assert seen(f"{matter}\n# Cells\n") == ("# Cells", {"front_matter": 1})


def test_a_line_across_the_page_is_no_front_matter():
    assert seen("---\n\nA text.\n\n---\n\nMore.")[0] == "---\n\nA text.\n\n---\n\nMore."


def test_comments_pictures_and_data_are_left_out_and_counted():
    text, left_out = seen(
        f"One.\n\n<!-- answer: B -->\n\n![a cell]({DATA})\n\n[x]: {DATA}\n\n<img src='{DATA}'>\n\nTwo."
    )
    assert "answer" not in text
    assert "iVBOR" not in text
    assert text.startswith("One.\n\na cell")
    assert left_out == {"comments": 1, "pictures": 1, "embedded": 1}


def test_a_link_to_data_keeps_its_words_alone():
    assert seen("See [the table](data:text/csv,a;b) here.") == ("See the table here.", {"embedded": 1})


def test_code_between_fences_stays_as_it_is():
    code = "```html\n<!-- kept -->\nfor i in x:\n    print(i)\n```"
    assert seen(f"A.\n\n{code}\n\nB.")[0] == f"A.\n\n{code}\n\nB."


def test_a_comment_that_is_never_closed_goes_to_the_end():
    assert seen("A.\n<!-- x\ny")[0] == "A."


def test_pages_of_a_text_are_parted_by_form_feeds():
    pages = list(read_text(b"One\0.\fTwo.\f", DocumentKind.TEXT, ExtractionLimits(), LeftOut()))
    assert [page.text for page in pages] == ["One.", "Two."]
    with pytest.raises(ExtractionError) as caught:
        list(read_text(b"\f" * 101, DocumentKind.TEXT, ExtractionLimits(), LeftOut()))
    assert caught.value.reason is Refusal.TOO_MANY_PAGES

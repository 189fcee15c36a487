import pytest
from PIL import Image, ImageChops

from app import samples
from app.samples import draw
from app.samples.glyphs import GLYPHS


def share_of_differing_pixels(one: Image.Image, other: Image.Image) -> float:
    difference = ImageChops.difference(one.convert("L"), other.convert("L"))
    clearly = difference.point(lambda value: 255 if value > 64 else 0)
    return clearly.histogram()[255] / (one.width * one.height)


def test_a_page_drawn_twice_has_the_same_pixels():
    once, again = draw.student_page("student-01", 1), draw.student_page("student-01", 1)
    assert once.tobytes() == again.tobytes()


# Another Pillow may round an edge differently, so the bundled files are compared with a margin: 560 of 1.4 million
# pixels, less than one printed word.
MARGIN = 0.0004


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("script", samples.scripts())
def test_the_bundled_page_is_the_one_that_its_texts_draw(script, page):
    with Image.open(samples.script_pages(script)[page - 1]) as bundled:
        assert share_of_differing_pixels(bundled, draw.student_page(script, page)) < MARGIN


def test_the_bundled_answer_key_is_drawn_from_the_questions():
    with Image.open(samples.answer_key_pages()[0]) as bundled:
        assert share_of_differing_pixels(bundled, draw.answer_key_page()) < MARGIN


def test_an_answer_that_does_not_fit_on_its_lines_is_refused():
    with pytest.raises(ValueError, match="does not fit on 1 lines"):
        draw.write_answer(draw.Sheet("test"), draw.Hand(), "one / two", 100, 1)


def test_every_glyph_stands_between_descender_and_ascender():
    for character, strokes in GLYPHS.items():
        assert all(-10 <= y <= 19 and x >= -2 for stroke in strokes for x, y in stroke), character

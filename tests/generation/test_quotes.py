import unicodedata

import pytest

from app.generation.quotes import find_quote
from app.generation.segment import Passage, Segment
from tests.generation.questions import SEGMENT

FRENCH = "L\u2019énergie libérée crée, à la fin de la chaîne, un gradient élevé."
VIETNAMESE = "Ty thể sản xuất phần lớn năng lượng hoá học mà tế bào cần đến."
KOREAN = "미토콘드리아는 세포에 필요한 에너지를 대부분 만든다."


def segment(*texts):
    return Segment(1, tuple(Passage(number, text) for number, text in enumerate(texts, start=7)))


def test_a_quote_is_found_with_its_page_and_the_words_that_stand_there():
    match = find_quote("lts inner membrane is folded into cristae", SEGMENT)
    assert (match.page, match.score > 95) == (4, True)
    assert "inner membrane is folded into cristae" in match.text
    assert find_quote("Cells are the units of life", SEGMENT).page == 3


@pytest.mark.parametrize("text", [FRENCH, VIETNAMESE, KOREAN])
@pytest.mark.parametrize(("written", "quoted"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_how_accents_are_composed_does_not_count_and_the_documents_form_is_kept(text, written, quoted):
    document = unicodedata.normalize(written, text)
    quote = unicodedata.normalize(quoted, text[3:-1])
    match = find_quote(quote, segment("Before it. " + document))

    assert (match.score, match.text) == (100, unicodedata.normalize(written, text[3:-1]))


def test_ligatures_and_invisible_characters_do_not_count():
    document = segment("The oﬃcial deﬁnition of a ﬂow\u00ading co\u200befficient ﬁts “all” cases.")
    match = find_quote('official definition of a flowing coefficient fits "all"', document)

    assert (match.score, match.text) == (100, "oﬃcial deﬁnition of a ﬂow\u00ading co\u200befficient ﬁts “all”")


@pytest.mark.parametrize("quote", ["膜はクリステに折りたたまれている", "折りたたまれている"])
def test_a_quote_in_the_midst_of_a_text_without_spaces_is_cut_where_it_ends(quote):
    match = find_quote(quote, segment("細胞は小さい。内膜はクリステに折りたたまれている。表面は広い。"))

    assert match.text == quote


def test_the_page_is_the_one_on_which_the_quote_begins():
    document = segment("First words stand here.", "Second words stand here.", "Third words")
    assert find_quote("Second words stand here. Third", document).page == 8
    assert find_quote("stand here. Second words", document).page == 7
    # The best match has the space before "Second" in the place of the slip.
    slip = find_quote("!Second words stand here.", document)
    assert (slip.page, slip.text) == (8, "Second words stand here.")


def test_a_quote_longer_than_the_text_is_not_found():
    assert find_quote("too long a quote", segment("long")).score == 0

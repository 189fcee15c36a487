"""No text of an export acts as a formula, and every text comes back equal."""

import pytest

from app.marks.formulas import harmless, unescaped

FORMULAS = ["=1", "+1", "-1", "@A", "|cmd", "\t=1", " =1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff5ccalc"]
HIDDEN = ["\u200b=1", "\ufeff=1", "\u200e\u200b @A", "\u00a0=1", "'=1", "''\u200b=1"]
HARMLESS = ["", "a=b", "5 - 3", "'quoted'", "\u200babc", "don't", 4, None, -1.5]


@pytest.mark.parametrize("text", FORMULAS + HIDDEN)
def test_a_text_that_begins_a_formula_gets_an_apostrophe_and_comes_back_equal(text):
    assert harmless(text) == f"'{text}"
    assert unescaped(harmless(text)) == text


@pytest.mark.parametrize("value", HARMLESS)
def test_other_texts_and_numbers_stay(value):
    assert harmless(value) == value
    assert not isinstance(value, str) or unescaped(value) == value

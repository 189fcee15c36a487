"""Numbers as people read them, text as a page can hold it."""

import pytest

from app.reporting.markup import Html, between, join, tag
from app.reporting.svg import Scale
from app.reporting.words import coefficient, fixed, money, number, percent, shortened


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0\xa0%"),
        (0.001, "<1\xa0%"),
        (0.5, "50\xa0%"),
        (0.999, ">99\xa0%"),
        (1, "100\xa0%"),
        (-0.2, "\u221220\xa0%"),
    ],
)
def test_a_share_is_rounded_neither_to_all_nor_to_nothing(value, said):
    assert percent(value) == said


@pytest.mark.parametrize(("value", "said"), [(0.834, "0.83"), (0.9996, "0.999"), (1.0, "1.00"), (-0.001, "0.00")])
def test_a_coefficient_is_one_only_when_it_is(value, said):
    assert coefficient(value) == said


@pytest.mark.parametrize(("value", "said"), [(0, "$0.00"), (2, "$2.00"), (0.048, "$0.048"), (0.00042, "$0.00042")])
def test_small_sums_keep_two_digits(value, said):
    assert money(value) == said


def test_marks_have_no_trailing_zeros_and_signs_are_minus_signs():
    assert [number(3.0), number(2.5), number(-0.25)] == ["3", "2.5", "\u22120.25"]
    assert fixed(0.0004, 2, signed=True) == "0.00"


def test_a_long_name_keeps_its_end():
    assert shortened("qwen/qwen3-vl-235b-a22b-instruct", 20) == "qwen/q…a22b-instruct"
    assert len(shortened("x" * 90, 20)) == 20


def test_plain_text_is_escaped_once_and_markup_never():
    assert join("<", Html("<b>")) == "&lt;<b>"
    assert between(" & ", ["<", tag("i", "&")]) == "&lt; &amp; <i>&amp;</i>"
    assert tag("p", title='"<') == '<p title="&quot;&lt;"></p>'


def test_ticks_are_round_and_in_range():
    assert Scale(0, 1, 0, 100).ticks() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert Scale(0.0002, 0.05, 0, 100, log=True).ticks(4) == pytest.approx([0.001, 0.01])
    assert Scale(3, 3, 0, 100)(3) == 50

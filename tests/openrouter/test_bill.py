from dataclasses import replace

import pytest

from app.openrouter.bill import Spent, computed, unexplained_note
from app.openrouter.catalogue import ModelPrice

PRICE = ModelPrice(2e-6, 8e-6, 0.001, 2e-7, 2.5e-6)
TOKENS = Spent("a/b", 10, 10_000, 4_000, 1_000, 0.0)


def test_the_cost_lies_between_a_prompt_that_was_only_read_and_one_that_was_written_into_the_cache():
    rest = 4_000 * 2e-7 + 1_000 * 8e-6 + 10 * 0.001
    found = computed(TOKENS, PRICE)
    assert found.low == pytest.approx(6_000 * 2e-6 + rest)
    assert found.high == pytest.approx(6_000 * 2.5e-6 + rest)


def test_tokens_that_went_into_the_cache_are_priced_as_such():
    found = computed(replace(TOKENS, cache_write_tokens=1_500), PRICE)
    rest = 4_000 * 2e-7 + 1_000 * 8e-6 + 10 * 0.001
    assert found.low == found.high == pytest.approx(4_500 * 2e-6 + 1_500 * 2.5e-6 + rest)


def test_without_a_price_of_the_cache_cached_tokens_cost_the_full_price():
    found = computed(TOKENS, ModelPrice(2e-6, 8e-6))
    assert found.low == found.high == pytest.approx(10_000 * 2e-6 + 1_000 * 8e-6)


@pytest.mark.parametrize(("factor", "is_said"), [(1.0, False), (1.019, False), (1.03, True), (0.9, True)])
def test_only_more_than_two_percent_that_nothing_explains_is_said(factor, is_said):
    found = computed(TOKENS, ModelPrice(2e-6, 8e-6))
    said = unexplained_note("a/b", ["a/b"], found, found.high * factor)
    assert (said is not None) is is_said


def test_a_bill_without_a_price_says_that_it_cannot_be_checked():
    assert "cannot be checked" in unexplained_note("marker", ["a/b"], None, 1.0)
    assert unexplained_note("marker", ["a/b"], None, 1.0).startswith("marker (a/b)")


def test_a_free_model_that_was_billed_nothing_is_explained():
    assert computed(TOKENS, ModelPrice(0.0, 0.0)).unexplained(0.0) == 0.0
    assert computed(TOKENS, PRICE).unexplained(0.0) == 1.0

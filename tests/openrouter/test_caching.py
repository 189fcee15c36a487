import pytest

from app.openrouter.caching import beginning, cache_rule
from app.openrouter.catalogue import ModelPrice

LISTED = ModelPrice(2e-6, 8e-6, 0.0, 2e-7, 2.5e-6)


def test_the_prices_of_the_list_count():
    rule = cache_rule("acme/one", LISTED)
    assert (rule.read, rule.write) == (pytest.approx(0.1), pytest.approx(1.25))


def test_writing_costs_the_price_of_the_prompt_where_the_list_names_no_other():
    assert cache_rule("google/gemini-3", ModelPrice(2e-6, 8e-6, 0.0, 5e-7)).write == 1.0


@pytest.mark.parametrize(
    "price",
    [ModelPrice(2e-6, 8e-6), ModelPrice(2e-6, 8e-6, 0.0, 2e-6), ModelPrice(0.0, 0.0, 0.0, 0.0)],
    ids=["no price of reading", "nothing saved", "free"],
)
def test_a_cache_that_saves_nothing_is_none(price):
    assert cache_rule("anthropic/claude-sonnet-4.5", price) is None


def test_without_a_list_the_published_rule_of_the_family_counts():
    assert cache_rule("anthropic/claude-sonnet-4.5", None).is_marked
    assert cache_rule("acme/one", None) is None


def test_smaller_models_of_a_family_keep_only_longer_prompts():
    assert cache_rule("anthropic/claude-haiku-4.5", LISTED).least_tokens == 4096
    assert cache_rule("anthropic/claude-sonnet-4.5", LISTED).least_tokens == 1024


def test_the_share_of_several_calls_is_one_write_and_reads():
    rule = cache_rule("anthropic/claude-sonnet-4.5", LISTED)
    assert rule.share(5) == pytest.approx((1.25 + 4 * 0.1) / 5)
    assert rule.pays(2)
    assert not rule.pays(1)


def body(*texts, **more):
    parts = [{"type": "text", "text": text} for text in texts]
    return {"model": "a/b", "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": parts}]} | more


def test_a_beginning_is_named_after_all_that_stands_before_its_end():
    assert beginning(body("key", "one"), 1) == beginning(body("key", "two", session_id="x"), 1)
    assert beginning(body("key", "one"), 2) != beginning(body("key", "two"), 2)
    assert beginning(body("key"), 1) != beginning(body("key", response_format={"type": "json_object"}), 1)
    assert beginning(body("key"), 1) != beginning(body("key") | {"model": "a/c"}, 1)

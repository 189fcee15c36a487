from itertools import accumulate

import pytest

from app.simulator.caching import ENDPOINTS, RULES, PromptCache, Segment, rule_of

ANTHROPIC, GOOGLE = (RULES[start] for start in ("anthropic/", "google/"))
ROUTE = ("anthropic/x", "exam")


def prompt(*names, marked=(), tokens=2000):
    beginnings = accumulate(names, lambda before, name: f"{before}/{name}")
    return tuple(
        Segment(so_far.encode(), tokens, name in marked) for name, so_far in zip(names, beginnings, strict=True)
    )


def share(cache, rule, segments, at, *, answered=None, route=ROUTE):
    return cache.price(rule, route, segments, now=at, answered_at=at + 1 if answered is None else answered).share


@pytest.mark.parametrize(("n", "paid"), [(3, 0.48), (5, 0.33)])
def test_tries_that_follow_the_first_pay_what_anthropic_publishes(n, paid):
    cache, tried = PromptCache(), prompt("key", "script", marked=("script",))
    shares = [share(cache, ANTHROPIC, tried, 10.0 * number) for number in range(n)]
    assert sum(shares) / n == pytest.approx(paid, abs=0.005)


@pytest.mark.parametrize(("n", "paid"), [(3, 0.50), (5, 0.40)])
def test_tries_that_follow_the_first_pay_what_google_publishes(n, paid):
    cache = PromptCache()
    shares = [share(cache, GOOGLE, prompt("key", "script"), 10.0 * number) for number in range(n)]
    assert sum(shares) / n == pytest.approx(paid, abs=0.005)


def test_calls_that_start_together_all_pay_for_writing():
    cache, tried = PromptCache(), prompt("key", "script", marked=("script",))
    assert [share(cache, ANTHROPIC, tried, 0.0) for _ in range(3)] == [1.25] * 3


def test_another_script_reads_the_shared_beginning_and_writes_its_own_pages():
    cache = PromptCache()
    share(cache, ANTHROPIC, prompt("key", "one", marked=("key", "one")), 0.0)
    assert share(cache, ANTHROPIC, prompt("key", "two", marked=("key", "two")), 10.0) == pytest.approx((0.1 + 1.25) / 2)


def test_without_a_mark_at_the_shared_beginning_another_script_reads_nothing():
    cache = PromptCache()
    share(cache, ANTHROPIC, prompt("key", "one", marked=("one",)), 0.0)
    assert share(cache, ANTHROPIC, prompt("key", "two", marked=("two",)), 10.0) == 1.25


def test_another_provider_knows_nothing():
    cache = PromptCache()
    routes = [("google/x", f"session {n}") for n in range(20)]
    shares = [share(cache, GOOGLE, prompt("key", tokens=2000), 10.0 * n, route=route) for n, route in enumerate(routes)]
    assert (shares.count(1.0), shares.count(0.25)) == (ENDPOINTS, 20 - ENDPOINTS)


def test_a_cached_prompt_is_gone_five_minutes_after_its_last_read():
    cache, tried = PromptCache(), prompt("key", marked=("key",), tokens=2000)
    assert share(cache, ANTHROPIC, tried, 0.0) == 1.25
    assert share(cache, ANTHROPIC, tried, 250.0) == pytest.approx(0.1)
    assert share(cache, ANTHROPIC, tried, 500.0) == pytest.approx(0.1)
    assert share(cache, ANTHROPIC, tried, 900.0) == 1.25


def test_short_prompts_are_not_kept():
    cache = PromptCache()
    assert [share(cache, GOOGLE, prompt("key", tokens=900), 10.0 * n) for n in range(2)] == [1.0, 1.0]


def test_simulated_models_have_no_cache_of_their_own():
    assert rule_of("simulated/careful") is None

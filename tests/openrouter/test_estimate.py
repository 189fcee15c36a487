import json
from dataclasses import replace

import pytest

from app.openrouter.catalogue import ModelPrice, read_models
from app.openrouter.estimate import PlannedCalls, Range, estimated, tokens_of

CHEAP, DEAR = ModelPrice(1e-6, 2e-6), ModelPrice(1e-5, 1e-4, 0.01)


def calls(model, n=10):
    return PlannedCalls(model, Range(n, n, 2 * n), 1_000, Range(50, 100, 200), 2.0)


def test_the_cost_is_the_sum_over_calls_of_both_kinds_of_tokens_and_of_requests():
    found = estimated([calls("a"), calls("b", 1)], {"a": CHEAP, "b": DEAR}, n_parallel=4, longest_chain=1)
    assert (found.calls, found.input_tokens, found.output_tokens) == (11, 11_000, 1_100)
    assert found.cost_usd.likely == pytest.approx(10 * (1e-3 + 2e-4) + 0.01 + 1e-2 + 1e-2)
    assert found.cost_usd.low < found.cost_usd.likely < found.cost_usd.high
    assert found.seconds == 5.5


def test_where_a_cache_pays_less_of_the_input_is_likely_paid():
    whole, cached = (
        estimated([replace(calls("a"), paid_input=share)], {"a": CHEAP}, n_parallel=1, longest_chain=1).cost_usd
        for share in (1.0, 0.4)
    )
    assert whole.likely - cached.likely == pytest.approx(0.6 * 10 * 1_000 * 1e-6)
    assert (whole.low, whole.high) == (cached.low, cached.high)


def test_it_takes_no_less_than_the_calls_that_wait_for_each_other():
    assert estimated([calls("a", 1)], {"a": CHEAP}, n_parallel=100, longest_chain=9).seconds == 9


def test_without_a_price_there_is_no_cost_and_the_model_is_named():
    found = estimated([calls("a"), calls("b")], {"a": CHEAP, "b": None}, n_parallel=1, longest_chain=1)
    assert (found.cost_usd, found.unpriced) == (None, ("b",))


def test_other_scripts_take_more_tokens_a_character():
    assert tokens_of("word" * 100) == 100
    assert tokens_of("光合作用" * 100) == 280


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"prompt": "0.000001", "completion": "0.000002"}, ModelPrice(1e-6, 2e-6)),
        ({"prompt": "0", "completion": "0", "request": "0.01"}, ModelPrice(0, 0, 0.01)),
        ({"prompt": "-1", "completion": "-1"}, None),
        ({"prompt": "free", "completion": "0"}, None),
        ({"prompt": "nan", "completion": "0"}, None),
        ({"completion": "0.1"}, None),
        (None, None),
    ],
)
def test_prices_are_read_off_the_list_of_models(pricing, price):
    body = json.dumps({"data": [{"id": "a/b", "pricing": pricing}]}).encode()
    assert read_models(body)["a/b"].price == price

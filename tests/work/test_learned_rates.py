"""Learned rate limits survive a restart."""

import json

from app.errors import UpstreamUnavailableError
from app.openrouter.gates import ModelGates
from app.work.learned_rates import LearnedRates, account_of
from tests.support.limited_model import LimitedModel, ask, client_of
from tests.support.virtual_time import run_in_virtual_time

CHOICE = {"index": 0, "message": {"role": "assistant", "content": "4"}, "finish_reason": "stop"}
ANSWER = json.dumps({"id": "gen-1", "model": "m/one", "choices": [CHOICE], "usage": {"cost": 0.01}}).encode()


class StoreOfRates:
    """Holds rates as the database does; without it, says that it is away."""

    def __init__(self, *, is_away=False):
        self.stored, self.n_writes, self.is_away = {}, 0, is_away

    async def rates(self):
        if self.is_away:
            raise UpstreamUnavailableError("away")
        return dict(self.stored)

    async def save(self, rates):
        if self.is_away:
            raise UpstreamUnavailableError("away")
        self.stored |= rates
        self.n_writes += 1


def refusals_of_a_process(store):
    """How often a model of 20 calls a second refuses the calls of one process, which begins with the stored rates."""

    async def main(loop):
        model = LimitedModel(loop.time, ANSWER, lambda _: 20, 1)
        client, gates = client_of(model)
        learned = LearnedRates(store, gates)
        await learned.load()
        results = await ask(client, 100)
        await learned.save()
        assert all(result.completion for result in results)
        return model.refused

    return run_in_virtual_time(main)


def test_a_restarted_process_asks_at_the_learned_rate_from_its_first_call():
    store = StoreOfRates()
    first = refusals_of_a_process(store)
    again = refusals_of_a_process(store)
    assert first >= 15
    assert again <= 5


async def test_a_rate_is_written_only_when_it_changed():
    store, gates = StoreOfRates(), ModelGates()
    store.stored = {"m/one": 20.0}
    learned = LearnedRates(store, gates)
    await learned.load()
    gates.sent("m/one", is_in_turn=True)
    await learned.save()
    assert store.n_writes == 0
    store.stored = {}
    other = LearnedRates(store, gates)
    await other.save()
    await other.save()
    assert (store.stored, store.n_writes) == ({"m/one": 20.0}, 1)


async def test_a_rate_that_nobody_uses_is_not_shown_as_the_state_of_a_model():
    gates = ModelGates()
    gates.begin_with({"m/one": 20.0})
    assert gates.health() == {}
    assert gates.rates() == {}


async def test_without_the_database_a_process_begins_without_rates_and_goes_on():
    store, gates = StoreOfRates(is_away=True), ModelGates()
    learned = LearnedRates(store, gates)
    await learned.load()
    await learned.save_if_possible()
    assert (gates.rates(), store.n_writes) == ({}, 0)


def test_the_account_is_named_without_its_key():
    name = account_of("sk-or-secret", "https://openrouter.ai/api/v1")
    assert "secret" not in name
    assert name != account_of("sk-or-other", "https://openrouter.ai/api/v1")
    assert name != account_of("sk-or-secret", "http://127.0.0.1:9/api/v1")

"""The learned rate limits of models, as they are stored."""

import psycopg

from app.store.rates import RateStore


async def test_a_learned_rate_is_read_again_and_a_newer_one_replaces_it(transport):
    store = RateStore(transport, "account")
    await store.save({"m/one": 20.5, "m/two": 0.25})
    await store.save({"m/one": 5.0})
    assert await store.rates() == {"m/one": 5.0, "m/two": 0.25}


async def test_each_account_has_limits_of_its_own(transport):
    await RateStore(transport, "one").save({"m/one": 20.0})
    assert await RateStore(transport, "other").rates() == {}


async def test_a_rate_older_than_a_day_is_forgotten(transport, database):
    store = RateStore(transport, "account")
    await store.save({"m/one": 20.0})
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update model_rate set updated_at = updated_at - interval '25 hours'")
    assert await store.rates() == {}

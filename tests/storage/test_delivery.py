import itertools

import pytest

from app.storage.delivery import SAME_FOR_SECONDS, SIGNED_FOR_SECONDS, Delivery, OwnAddress


class Storage:
    """Signs every time anew; `there` are the objects that exist."""

    def __init__(self, *there):
        self.there = there
        self.expires_in = None
        self._count = itertools.count()

    async def sign_reads(self, paths, *, base_url, expires_in):
        self.expires_in = expires_in
        return {path: f"{base_url}/{path}?token={next(self._count)}" for path in paths if path in self.there}


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def storage():
    return Storage("key", "page")


@pytest.fixture
def delivery(storage, now):
    return Delivery(storage, OwnAddress(None, "http://here"), clock=lambda: now[0])


async def test_scripts_that_share_a_page_get_the_same_address(delivery):
    one = await delivery.addresses(["key"], started_from=None)
    assert await delivery.addresses(["page", "key"], started_from=None) | one == {
        "key": one["key"],
        "page": "http://here/page?token=1",
    }


async def test_an_address_is_valid_for_six_hours_whenever_it_is_given_out(delivery, storage, now):
    first = await delivery.addresses(["key"], started_from=None)
    now[0] = SAME_FOR_SECONDS - 1.0
    assert await delivery.addresses(["key"], started_from=None) == first
    assert storage.expires_in - now[0] > SIGNED_FOR_SECONDS
    now[0] = SAME_FOR_SECONDS
    assert await delivery.addresses(["key"], started_from=None) != first


async def test_an_object_that_is_gone_has_no_address(delivery, storage):
    await delivery.addresses(["key"], started_from=None)
    storage.there = ()
    assert await delivery.addresses(["key"], started_from=None) == {}


async def test_another_base_is_another_address(delivery):
    one, other = [await delivery.addresses(["key"], started_from=base) for base in (None, "https://school.test")]
    assert one != other

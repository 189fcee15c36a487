"""A limit of calls at once, told from which calls are refused."""

import pytest

from app.openrouter.places import Places


@pytest.fixture
def places():
    """A limit of four calls at once, just learned."""
    learned = Places()
    for _ in range(3):
        learned.admitted(3)
        learned.refused(4)
    assert learned.limit == 4
    return learned


def fill(places, times):
    for _ in range(times):
        places.admitted(places.limit - 1)


def test_refusals_alone_tell_no_limit():
    places = Places()
    for _ in range(30):
        places.refused(4)
    assert places.limit is None


def test_a_call_that_was_admitted_beside_as_many_as_a_refused_one_speaks_for_a_rate():
    places = Places()
    for _ in range(8):
        places.admitted(4)
        places.refused(4)
    assert places.limit is None


def test_a_steady_run_tries_one_more_and_a_refusal_ends_the_trial(places):
    fill(places, 12)
    assert places.limit == 5
    places.refused(4)
    assert places.limit == 4
    fill(places, 12)
    assert places.limit == 4, "after a trial in vain the next one waits twice as long"


def test_a_limit_that_rose_is_followed(places):
    fill(places, 60)
    assert places.limit > 10


def test_a_limit_that_fell_is_followed(places):
    places.refused(2)
    assert places.limit == 2


def test_a_refusal_with_nothing_on_its_way_ends_the_belief_for_good(places):
    places.refused(0)
    assert places.limit is None
    for _ in range(8):
        places.admitted(3)
        places.refused(4)
    assert places.limit is None

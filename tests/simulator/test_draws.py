from statistics import mean, stdev

from hypothesis import given
from hypothesis import strategies as st

from app.simulator.draws import digest, gauss, gauss_of, token, unit

keys = st.lists(st.one_of(st.text(), st.integers()), max_size=4)


@given(keys)
def test_unit_stays_below_one(key):
    assert 0 <= unit(*key) < 1
    assert unit(*key) == unit(*key)


def test_parts_of_a_key_do_not_run_into_each_other():
    assert unit("a", "bc") != unit("ab", "c")
    assert unit("1") != unit(1)


def test_lone_surrogates_can_be_keys():
    assert unit("\ud800") != unit("\ud801")


def test_gauss_is_standard_normal():
    for draws in ([gauss("x", n) for n in range(2000)], [gauss_of(digest("x"), n) for n in range(2000)]):
        assert abs(mean(draws)) < 0.1
        assert abs(stdev(draws) - 1) < 0.1


def test_a_token_has_the_length_asked_for():
    assert len(token(20, "x")) == 20

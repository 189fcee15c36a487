"""Quantiles and closed-form intervals against scipy."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from app.agreement.intervals import (
    beta_quantile,
    clopper_pearson,
    exact_mcnemar,
    t_quantile,
    t_tails,
    wilson,
)
from tests.agreement.tables import quickly


@quickly
@given(st.floats(1e-4, 1 - 1e-4), st.floats(0.5, 500), st.floats(0.5, 500))
def test_the_beta_quantile_is_scipys(p, a, b):
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8, abs=1e-12)


@quickly
@given(st.floats(1e-3, 1 - 1e-3), st.integers(1, 100_000))
@example(0.5, 7)
def test_the_t_quantile_is_scipys(p, df):
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-6, abs=1e-7)


@quickly
@given(st.integers(1, 5000), st.data())
def test_clopper_pearson_is_scipys_exact_interval(n, data):
    hits = data.draw(st.integers(0, n))
    expected = stats.binomtest(hits, n).proportion_ci(method="exact")
    assert clopper_pearson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


@quickly
@given(st.integers(1, 5000), st.data())
def test_wilson_is_scipys(n, data):
    hits = data.draw(st.integers(0, n))
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


@quickly
@given(st.integers(0, 400), st.integers(0, 400))
def test_exact_mcnemar_is_the_binomial_test(a, b):
    expected = stats.binomtest(a, a + b).pvalue if a + b else 1.0
    assert exact_mcnemar(a, b) == pytest.approx(expected, rel=1e-8)


@quickly
@given(st.floats(0, 40), st.integers(1, 5000))
def test_both_tails_of_t_are_scipys(t, df):
    assert t_tails(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-6, abs=1e-12)


def test_nothing_checked_leaves_everything_possible():
    assert clopper_pearson(0, 0) == (0.0, 1.0)

"""Point figures against scikit-learn, scipy and plain numpy on full tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn import metrics

from app.agreement.leave_one_out import LeaveOneOut
from app.agreement.pairs import pairs_of, question_agreement
from app.agreement.reliability import alpha_draws, fleiss_kappa, icc_draws
from tests.agreement.tables import quickly, table_of

marks = st.integers(3, 40).flatmap(
    lambda n: st.tuples(arrays(float, n, elements=st.integers(0, 5)), arrays(float, n, elements=st.integers(0, 5)))
)


def figures(human, machine):
    table = table_of(human, {"a": machine})
    found, _ = question_agreement(pairs_of(table, table.markers[0], np.arange(len(table.script))))
    return {name: figure.value for name, figure in found.figures.items()}


def same(found, expected):
    return (found is None and not np.isfinite(expected)) or found == pytest.approx(expected, abs=1e-9)


@quickly
@given(marks)
def test_kappa_and_its_quadratic_form_are_scikit_learns(pair):
    h, m = pair
    found = figures(h, m)
    labels = list(range(6))
    if len(set(h) | set(m)) > 1:
        assert same(found["kappa"], metrics.cohen_kappa_score(h, m, labels=labels))
        assert same(found["qwk"], metrics.cohen_kappa_score(h, m, labels=labels, weights="quadratic"))


@quickly
@given(marks)
def test_correlations_are_scipys(pair):
    h, m = pair
    found = figures(h, m)
    if np.ptp(h) and np.ptp(m):
        assert same(found["pearson"], stats.pearsonr(h, m).statistic)
        assert same(found["spearman"], stats.spearmanr(h, m).statistic)
    else:
        assert found["pearson"] is None
        assert found["spearman"] is None


@quickly
@given(marks)
def test_errors_are_scikit_learns(pair):
    h, m = pair
    found = figures(h, m)
    assert same(found["mae"], metrics.mean_absolute_error(h, m))
    assert same(found["rmse"], metrics.root_mean_squared_error(h, m))
    assert same(found["exact"], metrics.accuracy_score(h, m))
    assert same(found["bias"], (m - h).mean())
    if np.ptp(h):
        assert same(found["r2"], metrics.r2_score(h, m))
        assert same(found["smd"], (m - h).mean() / h.std(ddof=1))


@quickly
@given(marks)
def test_agreement_is_symmetric_where_it_should_be(pair):
    h, m = pair
    one, other = figures(h, m), figures(m, h)
    for name in ("exact", "within_tolerance", "adjacent", "mae", "rmse", "pearson", "spearman", "kappa", "qwk"):
        assert (one[name] is None) == (other[name] is None)
        assert one[name] is None or one[name] == pytest.approx(other[name], abs=1e-9)
    assert one["bias"] == pytest.approx(-other["bias"], abs=1e-12)


@quickly
@given(marks, st.randoms(use_true_random=False))
def test_the_order_of_scripts_changes_no_figure(pair, random):
    h, m = pair
    order = list(range(len(h)))
    random.shuffle(order)
    one, other = figures(h, m), figures(h[order], m[order])
    assert [name for name in one if one[name] is None] == [name for name in other if other[name] is None]
    assert all(one[name] == pytest.approx(other[name], abs=1e-9) for name in one if one[name] is not None)


@quickly
@given(marks)
def test_scale_and_shift_leave_the_relative_figures_alone(pair):
    h, m = pair
    one, other = figures(h, m), figures(1.25 * h + 0.5, 1.25 * m + 0.5)
    for name in ("pearson", "spearman", "kappa", "qwk", "smd", "r2", "exact"):
        assert (one[name] is None) == (other[name] is None)
        assert one[name] is None or one[name] == pytest.approx(other[name], abs=1e-9)
    assert other["mae"] == pytest.approx(1.25 * one["mae"], abs=1e-12)


tries = st.tuples(st.integers(2, 15), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 5))
)


def anova(x):
    """Two-way mean squares, straight from their definitions."""
    n, k = x.shape
    rows, columns, grand = x.mean(axis=1), x.mean(axis=0), x.mean()
    residual = x - rows[:, None] - columns[None, :] + grand
    return (
        k * ((rows - grand) ** 2).sum() / (n - 1),
        n * ((columns - grand) ** 2).sum() / (k - 1),
        (residual**2).sum() / ((n - 1) * (k - 1)),
    )


@quickly
@given(tries)
def test_icc_is_that_of_a_two_way_analysis_of_variance(x):
    n, k = x.shape
    msr, msc, mse = anova(x)
    single, average = icc_draws(x, np.arange(n))
    below = msr + (k - 1) * mse + k * (msc - mse) / n
    if abs(below) > 1e-9:
        assert single[0] == pytest.approx((msr - mse) / below, abs=1e-8)
    if abs(msr + (msc - mse) / n) > 1e-9:
        assert average[0] == pytest.approx((msr - mse) / (msr + (msc - mse) / n), abs=1e-8)


def krippendorff(x):
    """By pairs, as the definition reads."""
    units = [unit[np.isfinite(unit)] for unit in x]
    units = [unit for unit in units if len(unit) > 1]
    values = np.concatenate(units) if units else np.array([])
    n = len(values)
    within = sum(((u[:, None] - u[None, :]) ** 2).sum() / (len(u) - 1) for u in units)
    between = ((values[:, None] - values[None, :]) ** 2).sum()
    return 1 - (within / n) / (between / (n * (n - 1))) if between else np.nan


@quickly
@given(tries, st.randoms(use_true_random=False))
def test_alpha_is_krippendorffs_with_marks_missing(x, random):
    x = np.where([[random.random() < 0.2 for _ in row] for row in x], np.nan, x)
    x = x[np.isfinite(x).sum(axis=1) > 1]
    found = alpha_draws(x, LeaveOneOut(np.arange(len(x))))[0]
    assert found == pytest.approx(krippendorff(x), abs=1e-9, nan_ok=True)


def test_alpha_is_that_of_krippendorffs_own_example():
    """Krippendorff 2011, data C: three and four observers, interval metric .849."""
    n = np.nan
    x = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, n, n, n],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, n, 3],
            [n, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, n],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, n],
        ]
    ).T
    x = x[np.isfinite(x).sum(axis=1) > 1]
    found = alpha_draws(x, LeaveOneOut(np.arange(len(x))))[0]
    assert found == pytest.approx(0.849, abs=5e-4)


def test_fleiss_kappa_of_two_raters_who_always_agree_is_one():
    assert fleiss_kappa(np.array([[0.0, 0.0], [1.0, 1.0]])).value == 1.0

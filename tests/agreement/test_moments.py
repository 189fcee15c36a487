"""What rounding leaves of a variance is no variance."""

import numpy as np

from app.agreement.moments import ROUNDING, ratio, variance


def spread_of(mark, n, floor):
    marks = np.full(n, mark)
    return variance(np.array([float(n)]), np.array([marks.sum()]), np.array([(marks**2).sum()]), floor)[0]


def test_identical_marks_have_no_variance_whatever_rounding_leaves():
    cases = [(mark / 100, n) for mark in range(1, 300, 7) for n in (3, 7, 11, 30)]
    assert any(spread_of(mark, n, -np.inf) != 0 for mark, n in cases)
    assert all(spread_of(mark, n, ROUNDING * mark**2) == 0 for mark, n in cases)


def test_a_ratio_by_nothing_is_undefined_without_a_warning():
    assert np.isnan(ratio(np.array([1.0]), np.array([0.0]))).all()
    assert np.isnan(ratio(np.array([1.0]), np.array([np.nan]))).all()

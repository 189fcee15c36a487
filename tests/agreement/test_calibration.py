"""Isotonic calibration, against scikit-learn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from app.agreement.calibration import calibrate, isotonic
from tests.agreement.tables import quickly

weighted = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=30)


@quickly
@given(weighted)
def test_isotonic_regression_is_scikit_learns(pairs):
    values, weights = (np.array(part, float) for part in zip(*pairs, strict=True))
    expected = isotonic_regression(values, sample_weight=weights)
    assert np.allclose(isotonic(values, weights), expected, atol=1e-9)


def test_the_probability_of_a_marked_answer_comes_from_other_scripts_only():
    """One script of 30 differs everywhere; its own answers must not vouch for that."""
    script = np.repeat(np.arange(30), 10)
    differs = script == 0
    differs[10::40] = True
    doubt = np.where(script == 0, 0.9, 0.1)
    found = calibrate(doubt, differs, np.ones(300, bool), script)
    assert found.probability[script == 0].max() < 0.2


def test_more_doubt_never_means_a_smaller_probability_for_unmarked_answers():
    rng = np.random.default_rng(1)
    doubt = rng.random(400)
    known = np.arange(400) < 200
    found = calibrate(doubt, rng.random(400) < doubt, known, np.arange(400)).probability[~known]
    assert (np.diff(found[np.argsort(doubt[~known])]) >= -1e-12).all()

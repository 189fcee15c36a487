"""The bootstrap: what is drawn, and what its intervals are."""

import numpy as np
import pytest

from app.agreement import resampling
from app.agreement.figures import Figure
from app.agreement.resampling import Resampler, figure_of, per_script, percentile_interval


def weights(resampler):
    return np.concatenate(list(resampler.blocks()), axis=1)


def test_every_resample_draws_as_many_scripts_as_there_are():
    drawn = weights(Resampler(7, seed=1, replicates=50))
    assert drawn.shape == (7, 51)
    assert (drawn.sum(axis=0) == 7).all()


def test_the_first_column_is_the_table_itself():
    assert (weights(Resampler(7, seed=1, replicates=5))[:, 0] == 1).all()


def test_the_same_seed_draws_the_same():
    assert np.array_equal(weights(Resampler(9, 3, 20)), weights(Resampler(9, 3, 20)))
    assert not np.array_equal(weights(Resampler(9, 3, 20)), weights(Resampler(9, 4, 20)))


@pytest.mark.parametrize("entries", [10, 30, 75])
def test_many_scripts_are_drawn_in_blocks_again_and_again_alike(monkeypatch, entries):
    monkeypatch.setattr(resampling, "BLOCK_ENTRIES", entries)
    resampler = Resampler(10, seed=2, replicates=25)
    once, twice = weights(resampler), weights(resampler)
    assert once.shape == (10, 26)
    assert (once.sum(axis=0) == 10).all()
    assert np.array_equal(once, twice)
    small = np.concatenate(list(resampler.small_blocks()), axis=1)
    assert np.array_equal(small, once[:, 1:])


def test_sums_are_those_of_the_answers_of_the_drawn_scripts():
    script = np.array([0, 0, 1, 3])
    columns = np.array([[1.0, 2.0, 4.0, 8.0]])
    resampler = Resampler(4, seed=1, replicates=30)
    expected = columns @ weights(resampler)[script]
    assert np.allclose(resampler.sums(columns, script), expected)
    assert per_script(columns, script, 4).tolist() == [[3.0, 4.0, 0.0, 8.0]]


def test_the_interval_is_numpys_percentiles_of_the_defined_resamples():
    draws = np.random.default_rng(1).normal(size=400)
    with_gaps = np.r_[draws, [np.nan] * 100]
    interval, dropped = percentile_interval(with_gaps)
    assert dropped == 100
    assert interval == pytest.approx(tuple(np.quantile(draws, (0.025, 0.975))), abs=1e-12)


def test_there_is_no_interval_when_most_resamples_are_undefined():
    draws = np.r_[0.5, np.full(6, np.nan), np.ones(4)]
    figure = figure_of(draws, Figure(0.0, n=4), 4, "unused")
    assert (figure.value, figure.interval, figure.n_dropped) == (0.5, None, 6)
    assert "no interval" in figure.reason


def test_one_script_has_no_interval():
    figure = figure_of(np.full(11, 0.5), Figure(0.0, n=9), 1, "unused")
    assert (figure.value, figure.interval) == (0.5, None)
    assert figure.reason == "fewer than 2 scripts: no interval"


def test_a_figure_is_never_nan():
    with pytest.raises(ValueError, match="finite"):
        Figure(float("nan"))


def test_an_undefined_figure_says_why():
    with pytest.raises(ValueError, match="says why"):
        Figure(None)

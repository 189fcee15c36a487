"""Figures are averaged over tries, and a try with few answers weighs nothing beside full ones."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from tests.agreement.tables import table_of

N = np.nan


def overall(human, tries):
    return analyse(table_of(human, {"m": tries}), seed=1).markers[0]


@pytest.fixture
def random_marks():
    """Human marks of 40 scripts with 6 questions, and a marker that guesses, the same in two tries."""
    rng = np.random.default_rng(3)
    human, guess = rng.integers(0, 6, (2, 40, 6)).astype(float)
    return human, np.stack([guess, guess], axis=2)


def test_one_script_that_was_tried_often_decides_nothing(random_marks):
    human, guesses = random_marks
    extra = np.full((40, 6, 18), N)
    extra[0] = human[0][:, None]

    plain, spoilt = overall(human, guesses), overall(human, np.concatenate([guesses, extra], axis=2))

    for name in ("exact", "qwk", "pearson", "kappa", "smd", "bias"):
        assert spoilt.overall.figures[name].value == pytest.approx(plain.overall.figures[name].value)
    assert spoilt.bland_altman.figures["bias"].value == pytest.approx(plain.bland_altman.figures["bias"].value)


def test_a_try_that_failed_on_most_scripts_is_left_out_of_the_average(random_marks):
    human, guesses = random_marks
    failed = np.full((40, 6, 1), N)
    failed[:3] = human[:3, :, None]

    found = overall(human, np.concatenate([guesses, failed], axis=2)).overall.figures["exact"]

    assert found.value == pytest.approx(overall(human, guesses).overall.figures["exact"].value)
    assert (found.n, found.n_missing) == (240, 37 * 6)


def test_a_try_with_half_of_the_answers_counts_as_any_other(random_marks):
    human, guesses = random_marks
    half = np.full((40, 6, 1), N)
    half[:20] = human[:20, :, None]

    found = overall(human, np.concatenate([guesses, half], axis=2)).overall.figures["exact"]

    alone = overall(human, guesses).overall.figures["exact"].value
    assert found.value == pytest.approx((2 * alone + 1) / 3)

"""How many more answers to look at until little enough may be wrong among the others."""

import numpy as np
import pytest

from app.agreement.intervals import clopper_pearson
from app.agreement.remaining import answers_to_check
from app.agreement.residual import Figure, Residual


def left(n_different, n):
    """Answers that each come from a script of their own."""
    interval = clopper_pearson(n_different, n)
    return Residual(1000, Figure(n_different / n, interval, n=n), "", "", 1.0)


def test_seventy_two_faultless_answers_bound_what_is_left_at_one_in_twenty():
    nothing_yet = Residual(1000, Figure(None, reason="none"), "", "", 1.0)
    assert answers_to_check(nothing_yet, 0.05) == 72
    assert answers_to_check(left(0, 30), 0.05) == 42
    assert answers_to_check(left(0, 72), 0.05) == 0


@pytest.mark.parametrize(("n_different", "n"), [(1, 100), (2, 90), (5, 200)])
def test_after_that_many_more_at_the_same_rate_the_bound_is_reached(n_different, n):
    more = answers_to_check(left(n_different, n), 0.05)
    share = n_different / n

    assert clopper_pearson(share * (n + more), n + more)[1] == pytest.approx(0.05, abs=0.001)


def test_where_too_many_differ_no_number_is_enough():
    assert answers_to_check(left(10, 100), 0.05) is None


def test_answers_of_few_scripts_count_as_fewer():
    alike = Residual(1000, Figure(0.0, clopper_pearson(0, 18), n=36), "", "", 1.0)
    assert answers_to_check(alike, 0.05) == np.round(36 * 72 / 18) - 36

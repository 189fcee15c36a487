import itertools

import numpy as np
import pytest

from app.marks.settling import STATED_ERROR, Votes, chance_of_change, more_needed


def needed(*marks, left, maximum=1.0, tolerance=0.0):
    return more_needed([Votes(marks, maximum, tolerance)], left)


def test_the_chance_of_another_mark_is_that_of_a_uniform_prior():
    rng = np.random.default_rng(1)
    share = rng.random(400_000)
    first = (rng.random((3, len(share))) < share).sum(axis=0)
    kept = share[first == 2]
    later = 2 + (rng.random((4, len(kept))) < kept).sum(axis=0)
    assert chance_of_change(2, 3, 7) == pytest.approx((later < 4).mean(), abs=0.005)


def test_an_answer_on_which_many_agree_is_settled_and_a_split_one_is_not():
    assert needed(*[1.0] * 6, left=9) == 0
    assert needed(1.0, 0.0, 1.0, left=12) > 0


def test_only_as_many_calls_are_made_as_could_settle_the_answer():
    n = needed(1.0, 1.0, 1.0, left=12)
    assert chance_of_change(3 + n, 3 + n, 15) <= STATED_ERROR < chance_of_change(2 + n, 2 + n, 15)


def test_the_answer_in_most_doubt_decides_for_the_script():
    sure, split = Votes([1.0] * 6, 1.0), Votes([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], 1.0)
    assert more_needed([sure, split], 9) == more_needed([split], 9) > 0
    assert more_needed([sure, sure], 9) == 0


def test_when_nothing_is_left_nothing_is_needed():
    assert needed(1.0, 0.0, left=0) == 0


def test_marks_within_the_tolerance_agree():
    assert needed(*[6.0, 6.0, 5.5] * 3, left=3, maximum=10.0, tolerance=1.0) == 0
    assert needed(*[6.0, 4.0, 8.0] * 3, left=3, maximum=10.0, tolerance=1.0) > 0


def test_near_a_boundary_of_the_bands_only_equal_marks_agree():
    assert needed(*[7.5, 7.0, 8.0] * 3, left=3, maximum=10.0, tolerance=1.0) > 0


def test_a_model_that_declines_again_and_again_is_not_asked_further():
    assert needed(*[None] * 6, left=9) == 0


def test_an_answer_without_any_mark_stays_in_doubt():
    assert needed(left=4) > 0


def test_no_more_answers_get_another_mark_than_the_stated_error_says():
    """For answers as the prior has them, the mark at the stop is the mark of all tries but for the stated error."""
    rng = np.random.default_rng(7)
    changed, n, total = 0, 4000, 15
    for share in rng.random(n):
        marks = (rng.random(total) < share).astype(float).tolist()
        made = 3
        while more := needed(*marks[:made], left=total - made):
            made += more
        changed += sorted(marks[:made])[(made - 1) // 2] != sorted(marks)[total // 2]
    assert changed / n <= STATED_ERROR


@pytest.mark.parametrize("total", [2, 5, 15])
def test_agreement_never_makes_a_change_more_likely(total):
    for seen in range(1, total + 1):
        chances = [chance_of_change(agreeing, seen, total) for agreeing in range(seen + 1)]
        assert all(before >= after - 1e-12 for before, after in itertools.pairwise(chances))

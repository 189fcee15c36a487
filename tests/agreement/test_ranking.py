"""The leaderboard: who can be told apart from the leader."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.agreement.agreement import analyse
from app.agreement.ranking import compare_with, holm
from tests.agreement.tables import quickly, table_of


def board(table):
    return {standing.marker: standing for standing in analyse(table, seed=1).leaderboard}


def right(share, n=100, *, start=0):
    """Marks of human 1s, wrong in all but `share` of them from `start` on."""
    marks = np.ones(n)
    marks[start : start + round((1 - share) * n)] = 0
    return marks


def test_holm_steps_down_and_never_decreases():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@quickly
@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_lies_between_the_raw_p_and_bonferroni(p_values):
    for raw, adjusted in zip(p_values, holm(p_values), strict=True):
        assert raw <= adjusted <= min(1.0, raw * len(p_values)) + 1e-12


def test_mcnemar_decides_where_each_script_holds_one_answer():
    table = table_of(np.ones(100), {"good": right(0.95), "fair": right(0.9, start=50), "bad": right(0.5)}, [1.0])
    found = board(table)
    assert found["good"].comparison is None
    assert found["bad"].comparison.p == pytest.approx(stats.binomtest(0, 45).pvalue)
    assert {name: (s.rank, s.tie_band) for name, s in found.items()} == {"good": (1, 1), "fair": (1, 1), "bad": (3, 2)}


def test_the_paired_t_test_decides_where_scripts_hold_several_answers():
    human = np.ones((40, 5))
    rng = np.random.default_rng(1)
    good, bad = (np.where(rng.random((40, 5)) < share, 1.0, 0.0) for share in (0.95, 0.6))
    found = board(table_of(human, {"bad": bad, "good": good}, [1.0] * 5))
    assert found["bad"].comparison.test == "paired t test over scripts"
    assert (found["good"].rank, found["bad"].rank) == (1, 2)
    assert found["bad"].comparison.difference.interval[0] > 0.2


def test_errors_in_few_scripts_separate_no_markers():
    """One script with 20 wrong answers of 20 is one script, not 20 answers."""
    human, slip = np.ones((30, 20)), np.ones((30, 20))
    slip[0] = 0
    found = board(table_of(human, {"a": human, "b": slip}, [1.0] * 20))
    assert found["b"].tie_band == 1


def test_below_ten_scripts_nobody_is_ranked():
    found = board(table_of(np.ones((9, 4)), {"a": np.ones((9, 4)), "b": np.zeros((9, 4))}, [1.0] * 4))
    assert {(s.rank, s.tie_band, s.reason) for s in found.values()} == {
        (None, None, "fewer than 10 scripts: not ranked")
    }


def test_the_same_gap_in_every_script_is_as_sure_as_equal_signs_by_chance():
    machine = np.ones((12, 4))
    machine[:, 0] = 0
    found = board(table_of(np.ones((12, 4)), {"a": np.ones((12, 4)), "b": machine}, [1.0] * 4))
    assert found["b"].comparison.p == pytest.approx(2.0**-11)


def test_a_marker_with_few_answers_does_not_lead():
    lucky = np.full(100, np.nan)
    lucky[:3] = 1
    found = board(table_of(np.ones(100), {"lucky": lucky, "good": right(0.9)}, [1.0]))
    assert found["good"].comparison is None


@pytest.mark.parametrize("others", [{}, {"good": right(0.9, 20)}])
def test_a_marker_without_a_usable_mark_comes_last_and_has_no_rank(others):
    found = board(table_of(np.ones(20), {"mute": np.full(20, np.nan), **others}, [1.0]))
    assert list(found)[-1] == "mute"
    assert found["mute"].as_json()["rank"] is None
    assert found["mute"].as_json()["reason"] == "the marker gave no usable mark"
    assert found["mute"].tie_band is None
    assert [standing.rank for name, standing in found.items() if name != "mute"] == [1] * len(others)


def test_without_human_marks_nobody_has_a_rank():
    found = board(table_of(np.full(20, np.nan), {"a": np.ones(20), "b": np.ones(20)}, [1.0]))
    assert [(s.rank, s.reason) for s in found.values()] == [(None, "no answer was marked by both")] * 2


def test_markers_are_compared_on_the_answers_that_both_marked():
    leader = np.r_[np.ones(20), np.full(20, np.nan)]
    other = np.r_[np.full(10, np.nan), np.ones(10), np.zeros(20)]
    (found,) = compare_with(leader, [other], np.arange(40))
    assert (found.difference.value, found.difference.n, found.p) == (0.0, 10, 1.0)


def test_a_marker_that_shares_no_answer_with_the_leader_is_not_compared_with_it():
    a, b = np.full(40, np.nan), np.full(40, np.nan)
    a[:20], b[20:] = 1, 0
    found = board(table_of(np.ones(40), {"a": a, "b": b}, [1.0]))
    assert (found["b"].rank, found["b"].tie_band, found["b"].comparison.difference.value) == (None, None, None)
    assert "not compared" in found["b"].reason


def test_the_consensus_of_tries_is_what_is_ranked():
    tries = np.ones((20, 1, 3))
    tries[:, 0, 0] = 0
    assert board(table_of(np.ones(20), {"a": tries}, [1.0]))["a"].exact.value == 1.0


def test_behind_markers_that_share_the_first_rank_comes_the_next_place():
    markers = {
        "a": right(0.97),
        "b": right(0.96, start=50),
        "c": right(0.95, start=30),
        "d": right(0.5),
        "e": right(0.4),
    }

    found = board(table_of(np.ones(100), markers, [1.0]))

    assert {name: standing.rank for name, standing in found.items()} == {"a": 1, "b": 1, "c": 1, "d": 4, "e": 5}


def test_of_markers_that_are_as_exact_the_one_that_marked_more_leads():
    human = np.arange(40.0) % 5
    some = human.copy()
    some[:16] = np.nan
    found = analyse(table_of(human, {"abstains": some, "marks all": human}), seed=1).leaderboard
    assert [standing.marker for standing in found] == ["marks all", "abstains"]

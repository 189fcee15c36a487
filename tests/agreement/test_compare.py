"""Paired differences of two markers, against figures computed apart."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.compare import TOO_FEW, compare
from app.agreement.intervals import exact_mcnemar
from tests.agreement.tables import table_of


def exam(n=60, noise=(0.5, 1.5), questions=3):
    rng = np.random.default_rng(5)
    human = rng.integers(0, 11, (n, questions)).astype(float)
    marks = [np.clip(np.round(human + rng.normal(0, s, human.shape)), 0, 10) for s in noise]
    return table_of(human, {"a": marks[0], "b": marks[1]})


def compared(table):
    return compare(table, *table.markers)


def test_a_difference_is_that_of_the_two_markers_own_figures():
    table = exam()
    found = compared(table)

    first, second = analyse(table, seed=1).markers

    for name, difference in found.overall.figures.items():
        alone = first.overall.figures[name].value - second.overall.figures[name].value
        assert difference.difference.value == pytest.approx(alone), name
    totals = first.totals.figures["qwk"].value - second.totals.figures["qwk"].value
    assert found.totals.figures["qwk"].difference.value == pytest.approx(totals)


def test_a_closer_marker_is_called_better_on_each_figure_with_a_better_side():
    figures = compared(exam()).overall.figures

    assert {name: found.better for name, found in figures.items()} == {
        **dict.fromkeys(("exact", "within_tolerance", "mae", "rmse", "qwk", "pearson"), "a"),
        "bias": None,
        "smd": None,
    }


def test_the_interval_of_a_mean_difference_is_that_of_the_paired_t_test():
    table = exam(questions=1)
    a, b = (np.abs(marker.marks[:, 0] - table.human.marks[:, 0]) for marker in table.markers)
    d = a - b

    found = compared(table).per_question["q1"].figures["mae"]

    half = 2.0009953780882679 * d.std(ddof=1) / np.sqrt(len(d))
    assert found.difference.interval == pytest.approx((d.mean() - half, d.mean() + half))


def test_the_share_exact_of_one_question_is_tested_by_mcnemar():
    table = exam(questions=1)
    hits = [marker.marks[:, 0] == table.human.marks[:, 0] for marker in table.markers]

    found = compared(table).overall.figures["exact"]

    assert found.test == "exact McNemar"
    assert found.p == exact_mcnemar(int((hits[0] & ~hits[1]).sum()), int((hits[1] & ~hits[0]).sum()))


def test_only_answers_that_both_marked_are_compared():
    table = exam()
    table.markers[0].marks[:20] = np.nan
    table.markers[1].marks[-30:] = np.nan

    found = compared(table)

    assert found.overall.figures["exact"].difference.n == 180 - 20 - 30
    assert found.between["exact"].n == 180 - 20 - 30


def test_two_equally_good_markers_are_told_apart_in_about_a_twentieth_of_exams():
    better = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        human = rng.integers(0, 11, (30, 1)).astype(float)
        marks = {name: np.clip(human + rng.normal(0, 1, human.shape), 0, 10) for name in "ab"}
        better += compared(table_of(human, marks)).overall.figures["mae"].better is not None
    assert 2 <= better <= 20


def test_questions_are_adjusted_for_their_number():
    rng = np.random.default_rng(1)
    human = rng.integers(0, 11, (40, 20)).astype(float)
    marks = {name: np.clip(human + rng.normal(0, 1, human.shape), 0, 10) for name in "ab"}

    found = compared(table_of(human, marks)).per_question.values()

    figures = [one.figures["mae"] for one in found]
    assert min(figure.p for figure in figures) < 0.2
    assert all(figure.p_adjusted >= figure.p and figure.better is None for figure in figures)


def test_below_ten_scripts_nothing_is_tested():
    found = compared(exam(n=9)).overall.figures["exact"]

    assert (found.p, found.better, found.difference.reason) == (None, None, TOO_FEW)


def test_markers_that_share_no_answer_have_no_difference():
    table = exam()
    table.markers[0].marks[:90] = np.nan
    table.markers[1].marks[90:] = np.nan

    found = compared(table).overall.figures["qwk"].difference

    assert found.value is None
    assert "share no answer" in found.reason

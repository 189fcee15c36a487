"""Intervals that held the truth too often in simulated exams bound verdicts and are not shown."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.figures import SHOWN_FROM
from app.agreement.review import review_queue
from tests.bench.worlds import World


def analysed(n_scripts, n_questions):
    table = World(n_questions, lost=0.02).draw(n_scripts, np.random.default_rng(4))
    (marker,) = analyse(table, seed=1).markers
    return table, marker


@pytest.mark.parametrize("n_scripts", [30, SHOWN_FROM])
def test_icc_and_alpha_of_one_question_have_an_interval_from_enough_scripts(n_scripts):
    _, marker = analysed(n_scripts, 1)
    for name in ("icc_single", "icc_average", "alpha", "icc_totals_single", "icc_totals_average", "alpha_totals"):
        figure = marker.self_consistency.figures[name]
        shown = figure.as_json()
        assert figure.interval is not None
        # Some scripts have a try without a mark, so that ICCs rest on fewer than 100.
        if n_scripts < SHOWN_FROM:
            assert shown["interval"] is None
            assert "bounds verdicts" in shown["reason"]
    assert marker.self_consistency.figures["unanimous"].shown is not None


def test_icc_and_alpha_of_ten_questions_are_shown_whole_while_each_questions_are_not():
    _, marker = analysed(40, 10)
    assert marker.self_consistency.figures["alpha"].shown is not None
    each = marker.self_consistency_per_question["q1"].figures["alpha"]
    assert (each.interval is None, each.shown) == (False, None)


def test_degradation_is_judged_by_an_interval_that_is_not_shown():
    _, few = analysed(40, 10)
    _, many = analysed(160, 10)
    for name in ("degradation", "degradation_pearson"):
        assert few.overall.figures[name].shown is None
        assert many.overall.figures[name].shown is not None
    judged = next(j for j in few.trust_card.judgements if j.criterion.figure == "degradation")
    assert "interval" in judged.because


@pytest.mark.parametrize(("n_scripts", "n_questions", "shown"), [(30, 10, False), (160, 10, True), (40, 1, True)])
def test_what_the_queue_leaves_has_a_shown_bound_only_where_it_is_as_wide_as_it_says(n_scripts, n_questions, shown):
    table, _ = analysed(n_scripts, n_questions)
    error = review_queue(table, seed=1).residual.error
    assert error.interval is not None
    assert (error.as_json()["interval"] is not None) is shown

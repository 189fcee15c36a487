"""What a second human makes possible: how many answers and scripts stand behind it, and what is left out."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question
from tests.agreement.tables import table_of

N = np.nan
NAMES = ("degradation", "degradation_pearson", "degradation_kappa", "degradation_exact")


def marker_of(table):
    return analyse(table, seed=1).markers[0]


def counts(table):
    """(n, missing, invalid), the same for all figures of two humans."""
    figures = marker_of(table).overall.figures
    (found,) = {(figures[name].n, figures[name].n_missing, figures[name].n_invalid) for name in NAMES}
    return found


def judged(table, name):
    found = next(j for j in marker_of(table).trust_card.judgements if j.criterion.figure == name)
    return found.n_scripts, found.verdict.value


def some_of(n, kept, marks):
    return np.where(np.arange(n) < kept, marks, N)


MARKS = np.arange(35) % 6.0


@pytest.mark.parametrize("tries", [1, 3])
def test_an_answer_without_a_second_human_mark_is_missing_in_each_try(tries):
    marks = np.repeat(MARKS[:, None, None], tries, axis=2)
    assert counts(table_of(MARKS, {"a": marks}, second=some_of(35, 5, MARKS))) == (5, 30 * tries, 0)


def test_a_mark_that_is_missing_twice_is_counted_once():
    machine = np.where(MARKS == 0, N, MARKS)
    assert counts(table_of(MARKS, {"a": machine}, second=machine)) == (29, 6, 0)


def test_an_invalid_mark_of_the_second_human_is_counted_as_invalid():
    second = MARKS.copy()
    second[:2] = 11.0
    assert counts(table_of(MARKS, {"a": MARKS}, second=second)) == (33, 0, 2)


def test_what_the_marker_was_not_asked_is_not_missing():
    human = {(f"s{i}", "q"): float(i % 6) for i in range(12)}
    rows = [MarkRow(f"s{i}", "q", "a", 1, float(i % 6)) for i in range(8)]
    assert counts(MarkTable.from_rows([Question("q", 1, 10.0)], rows, human, human)) == (8, 0, 0)


def test_in_percent_questions_worth_nothing_are_not_counted():
    marks = np.stack([MARKS * 0, MARKS], axis=1)
    assert counts(table_of(marks, {"a": marks}, [0.0, 10.0], second=np.full((35, 2), N))) == (0, 35, 0)


def test_degradation_is_judged_on_the_scripts_that_all_three_marked():
    table = table_of(MARKS, {"a": MARKS}, second=some_of(35, 5, MARKS))
    assert judged(table, "degradation") == (5, "not enough data")
    assert judged(table, "qwk") == (35, "pass")


def test_alpha_is_judged_on_the_scripts_that_were_marked_twice():
    tries = np.stack([MARKS, some_of(35, 1, MARKS)], axis=1)[:, None, :]
    assert judged(table_of(MARKS, {"a": tries}), "alpha") == (1, "not enough data")


def test_alpha_of_few_questions_on_one_script_does_not_pass():
    """One script with many answers has an alpha of 1, which says nothing of the other scripts."""
    human = np.tile(np.arange(5.0), (35, 1))
    second = np.where(np.arange(35)[:, None] < 1, human, N)
    assert judged(table_of(human, {"a": np.stack([human, second], axis=2)}), "alpha") == (1, "not enough data")


def test_a_humans_invalid_mark_is_counted_on_the_markers_figures():
    human = MARKS.copy()
    human[:3] = 11.0
    exact = marker_of(table_of(human, {"a": MARKS})).overall.figures["exact"]
    assert (exact.n, exact.n_missing, exact.n_invalid) == (32, 0, 3)

"""What would change for students, and what the questions are like."""

import numpy as np
import pytest

from app.agreement.item_statistics import item_statistics
from app.agreement.students import students
from app.agreement.totals import totals_of
from tests.agreement.tables import table_of

N = np.nan


def changes(human, machine, boundaries=()):
    table = table_of(human, {"a": machine})
    return students(totals_of(table, table.markers[0]), boundaries)


def test_a_total_that_crosses_a_boundary_changes_the_grade():
    found = changes([3.5, 4, 6, 9], [4, 4, 5.5, 9], boundaries=[4, 6])
    assert (found.basis, found.n, found.n_changed, found.n_up, found.n_down) == ("given", 4, 2, 1, 1)
    assert (found.mean_move, found.largest_move) == (0.25, 0.5)


def test_without_boundaries_the_thirds_of_the_humans_totals_count():
    human = np.arange(12.0)[:, None] % 10
    found = changes(human, human)
    assert found.basis == "thirds of the human's totals"
    assert len(found.boundaries) == 2
    assert found.n_changed == 0


def test_scripts_that_are_not_marked_completely_are_left_out():
    assert changes([[1, 2], [3, 4]], [[1, 2], [3, N]], boundaries=[5]).n == 1


def test_a_marker_without_totals_changes_nothing_and_says_so():
    found = changes([[1, 2], [3, 4]], [[N, 2], [3, N]])
    assert (found.n, found.mean_move) == (0, None)


def test_facility_is_the_mean_share_and_discrimination_leaves_the_question_out_of_the_total():
    rng = np.random.default_rng(1)
    marks = rng.integers(0, 11, (40, 3)).astype(float)
    found = item_statistics(table_of(marks, {}))
    assert [item.facility for item in found] == pytest.approx(marks.mean(axis=0) / 10)
    expected = np.corrcoef(marks[:, 0], marks[:, 1] + marks[:, 2])[0, 1]
    assert found[0].discrimination == pytest.approx(expected)


def test_a_question_that_does_not_vary_has_no_discrimination():
    marks = np.column_stack([np.full(20, 3.0), np.arange(20.0) % 9])
    assert item_statistics(table_of(marks, {}))[0].discrimination is None

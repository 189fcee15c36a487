"""Panel advice: the same number of calls, spent on tries or on markers."""

import numpy as np
import pytest

from app.agreement.panel import panel_advice
from app.agreement.review import review_queue
from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question
from tests.agreement.tables import table_of


def options(table, **rest):
    return {(o.kind, o.calls): o for o in panel_advice(table, seed=1, **rest).options}


def test_an_error_is_caught_when_the_calls_differ():
    human = np.array([5.0, 5, 5, 5])
    a = [[[5, 5]], [[9, 9]], [[5, 9]], [[9, 5]]]  # two tries: the second answer's error goes unseen
    b = [[[5, 5]], [[5, 5]], [[5, 5]], [[9, 9]]]
    found = options(table_of(human, {"a": a, "b": b}))
    tries, markers = found["one marker", 2], found["several markers", 2]
    assert tries.review.value == pytest.approx((2 / 4 + 0) / 2)
    assert tries.caught.value == pytest.approx(0.0)
    assert markers.review.value == pytest.approx(1 / 4)
    assert markers.residual.value == pytest.approx(1 / 3)


def test_both_options_cost_the_same_number_of_calls():
    marks = np.ones((4, 1, 3))
    found = options(table_of(np.ones(4), {"a": marks, "b": marks, "c": marks}), costs={"a": 1, "b": 2, "c": 3})
    assert set(found) == {(kind, calls) for kind in ("one marker", "several markers") for calls in (2, 3)}
    assert [found[kind, 3].cost_usd_per_script for kind in ("one marker", "several markers")] == [6.0, 6.0]


def test_without_wrong_marks_there_is_nothing_to_catch():
    marks = np.ones((4, 1, 2))
    found = options(table_of(np.ones(4), {"a": marks, "b": marks}))["one marker", 2]
    assert (found.caught.value, found.caught.reason) == (None, "no consensus mark was wrong")


def test_without_human_marks_there_is_no_advice():
    marks = np.ones((4, 1, 2))
    found = panel_advice(table_of(np.full(4, np.nan), {"a": marks, "b": marks}), seed=1)
    assert {option.review.reason for option in found.options} == {
        "no answer that the human marked was asked of all calls"
    }
    assert found.n_scripts == 0
    assert "not two tries and two markers" in found.sentence


def half_wrong(n):
    """Two tries of two markers on `n` scripts, every second mark wrong."""
    marks = np.where(np.arange(n) % 2, 5.0, 9.0)
    return np.tile(marks[:, None, None], (1, 1, 2))


def test_scripts_without_a_mark_to_compare_do_not_support_the_advice():
    some = np.full((40, 1, 2), np.nan)
    some[:5] = half_wrong(5)
    found = panel_advice(table_of(np.full(40, 5.0), {"a": some, "b": some}), seed=1)
    assert (found.n_scripts, found.as_json()["evidence"]) == (5, "dots")
    assert found.sentence.endswith("Too few scripts to rely on it.")


def test_scripts_that_were_not_asked_do_not_support_the_advice():
    rows = [MarkRow(f"s{s}", "q", name, t, 5.0 + 4 * (s % 2)) for s in range(5) for name in ("a", "b") for t in (1, 2)]
    human = {(f"s{s}", "q"): 5.0 for s in range(40)}
    found = panel_advice(MarkTable.from_rows([Question("q", 1, 10.0)], rows, human), seed=1)
    assert (found.n_scripts, {option.n_scripts for option in found.options}) == (5, {5})


def test_the_advice_rests_on_its_weakest_option():
    rows = [MarkRow(f"s{s}", "q", "a", t, 5.0 + 4 * (s % 2)) for s in range(40) for t in (1, 2)]
    rows += [MarkRow(f"s{s}", "q", "b", 1, 5.0) for s in range(5)]
    human = {(f"s{s}", "q"): 5.0 for s in range(40)}
    found = panel_advice(MarkTable.from_rows([Question("q", 1, 10.0)], rows, human), seed=1)
    assert {option.kind: option.n_scripts for option in found.options} == {"one marker": 40, "several markers": 5}
    assert found.n_scripts == 5


def test_an_answer_that_no_call_marked_goes_to_review_as_in_the_queue():
    marks = half_wrong(40)
    marks[10:] = np.nan
    table = table_of(np.full(40, 5.0), {"a": marks, "b": marks})
    flagged = review_queue(table, seed=1).as_json()["n_flagged"]
    for option in options(table).values():
        assert (option.review.value, option.review.n) == (flagged / 40, 40)
        assert (option.caught.value, option.residual.value) == (0.0, 0.5)


def test_without_any_mark_all_goes_to_review_and_nothing_can_be_caught():
    marks = np.full((4, 1, 2), np.nan)
    found = options(table_of(np.ones(4), {"a": marks, "b": marks}))["one marker", 2]
    assert (found.review.value, found.caught.reason) == (1.0, "no answer was marked by both")
    assert found.residual.reason == "no answer is left without review"


def test_one_try_or_one_marker_cannot_be_compared():
    assert panel_advice(table_of(np.ones(4), {"a": np.ones(4), "b": np.ones(4)}), seed=1).options == ()
    assert panel_advice(table_of(np.ones(4), {"a": np.ones((4, 1, 2))}), seed=1).options == ()


def test_of_many_panels_a_seeded_sample_is_taken():
    rng = np.random.default_rng(1)
    markers = {f"m{i}": rng.integers(0, 3, (12, 1, 3)).astype(float) for i in range(16)}
    table = table_of(np.ones(12), markers)
    assert options(table)["several markers", 3].n_choices == 500
    assert options(table) == options(table)

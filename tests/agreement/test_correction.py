"""Corrections: offered where they help on scripts that they were not learned from, and only there."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.correction import FEWER_SAME, FOLDS, Form, correct, corrected_by, with_corrections
from app.agreement.doubt import trusted_only
from tests.agreement.tables import table_of

N = 120


def humans(rng, n=N):
    return rng.integers(0, 11, n).astype(float)


def one(human, marks, **more):
    table = table_of(human, {"alpha": marks}, **more)
    return table, correct(table, table.markers[0])


def test_a_lenient_marker_is_corrected_and_the_raw_marks_stay():
    rng = np.random.default_rng(1)
    human = humans(rng)
    marks = np.clip(human + 2 + rng.integers(-1, 2, N), 0, 10)

    table, found = one(human, marks)

    question = found.questions["q1"]
    assert (question.k, question.reason) == (N, None)
    assert found.corrected.name == "alpha (corrected)"
    assert np.array_equal(table.markers[0].marks[:, 0], marks)
    raw, corrected = (np.abs(m - human).mean() for m in (marks, found.corrected.marks[:, 0]))
    assert corrected < 0.6 * raw


def test_corrected_marks_are_marks_of_the_question_on_the_humans_grid():
    rng = np.random.default_rng(2)
    human = np.round(rng.uniform(0, 10, N) * 2) / 2
    marks = np.clip(0.5 * human + 4.3, 0, 10).round(2)

    _, found = one(human, marks)

    corrected = found.corrected.marks
    assert ((corrected >= 0) & (corrected <= 10)).all()
    assert np.array_equal(corrected * 2, np.round(corrected * 2))
    assert not np.array_equal(corrected, np.round(corrected))


def test_the_mark_of_a_script_is_corrected_by_the_other_scripts_alone():
    rng = np.random.default_rng(3)
    human = humans(rng)
    marks = np.clip(human + 2 + rng.integers(-1, 2, N), 0, 10)
    changed = human.copy()
    fold = np.arange(N) % FOLDS == 4
    changed[fold] = rng.permutation(changed[fold])

    for form in Form:
        tables = [table_of(h, {"alpha": marks}) for h in (human, changed)]
        before, after = (corrected_by(table, table.markers[0], form).marks[:, 0] for table in tables)

        assert np.array_equal(before[fold], after[fold])
        assert not np.array_equal(before, after)


def test_scripts_without_a_human_mark_are_corrected_too_and_missing_marks_stay_missing():
    rng = np.random.default_rng(4)
    human = humans(rng)
    marks = np.clip(human + 3, 0, 10)
    human[:20] = np.nan
    marks[:3] = np.nan

    table, found = one(human, marks)

    corrected = found.corrected.marks[:, 0]
    # Nobody was asked for the first three: the human has no mark and the marker none to give.
    assert np.isnan(corrected[np.isnan(table.markers[0].marks[:, 0])]).all()
    assert found.questions["q1"].k == 100
    assert (corrected[3:20] < marks[3:20]).mean() > 0.7


def test_a_curve_that_no_line_describes_is_met_by_the_isotonic_form():
    rng = np.random.default_rng(5)
    human = humans(rng, 300)
    # Right up to 5, and everything above is given 10.
    marks = np.where(human <= 5, human, 10.0)

    _, found = one(human, marks)

    assert found.questions["q1"].offered == "isotonic"


@pytest.mark.parametrize("n", [10, 29])
def test_few_scripts_teach_no_correction(n):
    human = humans(np.random.default_rng(6), n)

    _, found = one(human, np.clip(human + 3, 0, 10))

    assert (found.corrected, found.questions["q1"].tried) == (None, ())
    assert "fewer than 30" in found.questions["q1"].reason


def test_a_marker_that_never_looks_gets_no_correction():
    """The best constant is nearer to the human than another constant, and it is no marking."""
    human = humans(np.random.default_rng(7))

    _, constant = one(human, np.full(N, 9.0))
    _, random = one(human, humans(np.random.default_rng(8)))

    for found in (constant, random):
        assert found.corrected is None, found.questions["q1"]


def test_a_marker_that_needs_none_is_hardly_ever_offered_one():
    """400 markers, each right on 80 % and as often one too high as one too low: 5 % may be offered one by chance."""
    offered = 0
    for seed in range(400):
        rng = np.random.default_rng(1000 + seed)
        human = rng.integers(1, 10, 60).astype(float)
        marks = human + rng.choice([-1, 0, 0, 0, 0, 0, 0, 0, 0, 1], 60)
        offered += one(human, marks)[1].corrected is not None

    assert offered / 400 <= 0.05


def test_a_correction_that_makes_fewer_marks_the_same_is_not_offered():
    """A marker that is right, but is 2 marks too low on half of the scripts, is nearer with every mark raised by 1."""
    rng = np.random.default_rng(1)
    human = rng.integers(2, 11, 300).astype(float)
    found = one(human, human - 2.0 * (rng.random(300) < 0.5))[1].questions["q1"]
    assert (found.offered, found.reason) == (None, FEWER_SAME)


def test_corrected_markers_stand_beside_the_raw_ones_in_every_figure():
    rng = np.random.default_rng(9)
    human = humans(rng)
    table = table_of(human, {"lenient": np.clip(human + 2, 0, 10), "right": human})

    found = analyse(with_corrections(table), seed=1)

    assert [marker.marker for marker in found.markers] == ["lenient", "right", "lenient (corrected)"]
    bias = {marker.marker: marker.overall.figures["bias"].value for marker in found.markers}
    assert abs(bias["lenient (corrected)"]) < 0.3
    assert bias["lenient"] > 1
    assert {standing.marker for standing in found.leaderboard} == set(bias)


def test_corrected_marks_are_no_voice_of_the_consensus_nor_of_a_panel_nor_of_the_queue():
    rng = np.random.default_rng(9)
    human = humans(rng)
    raw = table_of(human, {"lenient": np.clip(human + 2, 0, 10), "right": human, "harsh": np.clip(human - 1, 0, 10)})
    table = with_corrections(raw)
    assert len(table.markers) == 5

    found, plain = analyse(table, seed=1), analyse(raw, seed=1)

    assert [one.as_json() for one in found.consensus] == [one.as_json() for one in plain.consensus]
    assert found.panel_advice.as_json() == plain.panel_advice.as_json()
    assert [marker.name for marker in trusted_only(table, {"lenient": ["q1"]})] == ["right", "harsh"]
    names = [marker.name for marker in raw.markers]
    assert [marker.name for marker in trusted_only(table, {name: ["q1"] for name in names})] == []

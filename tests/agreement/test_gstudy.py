"""Variance components and coefficients against published worked examples, and marks of known components with losses."""

import time
from itertools import combinations

import numpy as np
import pytest

from app.agreement.gstudy import TOO_FEW, coefficients, components, g_study
from tests.agreement.tables import table_of

# Brennan, Generalizability Theory (2001), Table 3.1: ten persons, two occasions of four items.
PERSONS = np.array(
    [
        [[2, 6, 7, 5], [2, 5, 5, 5]],
        [[4, 5, 6, 7], [6, 7, 5, 7]],
        [[5, 5, 4, 6], [5, 4, 5, 5]],
        [[5, 9, 8, 6], [5, 7, 7, 6]],
        [[4, 3, 5, 6], [4, 5, 6, 4]],
        [[4, 4, 4, 7], [6, 4, 7, 8]],
        [[2, 6, 6, 5], [2, 7, 7, 5]],
        [[3, 4, 4, 5], [6, 6, 6, 4]],
        [[0, 5, 4, 5], [5, 5, 5, 3]],
        [[6, 8, 7, 6], [6, 8, 8, 6]],
    ],
    float,
)
# Shrout and Fleiss (1979), Table 2: six targets, four judges.
TARGETS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    float,
)


FACETS = ["script", "question", "marker"]
# What the simulated marks are made of.
KNOWN = {
    "script": 0.5,
    "script × question": 0.8,
    "script × marker": 0.1,
    "script × question × marker": 0.3,
    "rest": 0.4,
}
# Hemmerle and Hartley (1973), as in the SAS/STAT User's Guide, PROC VARCOMP, "Using the Four General Estimation
# Methods": three levels of a, two of b, two or three values in a cell.
HEMMERLE = [
    [[237, 254, 246], [178, 179, None]],
    [[208, 178, 187], [146, 145, 141]],
    [[186, 183, None], [142, 125, 136]],
]


def drawn(rng, n=200, questions=10, markers=3, tries=3):
    """Marks (scripts, questions, markers, tries) of KNOWN components; question i has mean i / 2, markers differ."""
    shapes = {
        "script": (n, 1, 1, 1),
        "script × question": (n, questions, 1, 1),
        "script × marker": (n, 1, markers, 1),
        "script × question × marker": (n, questions, markers, 1),
        "rest": (n, questions, markers, tries),
    }
    marks = sum(rng.normal(0, KNOWN[name] ** 0.5, shape) for name, shape in shapes.items())
    return marks + np.arange(questions)[:, None, None] / 2 + np.linspace(-0.2, 0.2, markers)[:, None]


def lost_anywhere(share):
    def lose(rng, marks):
        marks[rng.random(marks.shape) < share] = np.nan

    return lose


def lost_attempts(rng, marks):
    """A fifth of the attempts failed with all their questions."""
    n, _, markers, tries = marks.shape
    lost = rng.random((n, 1, markers, tries)) < 0.2
    marks[np.broadcast_to(lost, marks.shape)] = np.nan


def lost_on_the_hardest_questions(rng, marks):
    """Two questions of ten were not marked on 40 % of the scripts."""
    marks[rng.random(len(marks)) < 0.4, -2:] = np.nan


def henderson_1(marks):
    """Henderson's method 1: each uncorrected sum of squares set equal to its expectation. {name: component}"""
    given = np.isfinite(marks)
    n = given.sum(axis=-1).astype(float)
    centred = np.where(given, marks - np.nanmean(marks), 0)
    effects = [chosen for size in range(4) for chosen in combinations(range(3), size)]
    squares, expected = [], []
    for effect in effects:
        of_effect = total(n, effect)
        there = of_effect > 0
        squares.append((total(centred.sum(axis=-1), effect)[there] ** 2 / of_effect[there]).sum())
        shared = [total(total(n, {*effect, *other}) ** 2, effect) for other in effects]
        expected.append([(one[there] / of_effect[there]).sum() for one in shared] + [there.sum()])
    squares.append((centred**2).sum())
    expected.append([n.sum()] * (len(effects) + 1))
    found = np.linalg.solve(np.array(expected, float), np.array(squares))
    names = [" × ".join(FACETS[i] for i in effect) for effect in effects]
    return dict(zip([*names, "rest"], found, strict=True))


def total(values, effect):
    return values.sum(axis=tuple(i for i in range(values.ndim) if i not in effect), keepdims=True)


def balanced_anova(marks):
    """Mean squares of the crossed design, solved for the components. {name: component}"""
    cells, tries = marks.mean(axis=-1), marks.shape[-1]
    effects = [chosen for size in range(1, 4) for chosen in combinations(range(3), size)]
    squares = {}
    for effect in effects:
        deviation = cells.mean(axis=tuple(set(range(3)) - set(effect)), keepdims=True)
        for axis in effect:
            deviation = deviation - deviation.mean(axis=axis, keepdims=True)
        freedom = np.prod([cells.shape[i] - 1 for i in effect])
        squares[effect] = (deviation**2).sum() * marks.size / deviation.size / freedom
    rest = ((marks - cells[..., None]) ** 2).sum() / (cells.size * (tries - 1))
    found = {"rest": rest}
    for effect in effects:
        above = [other for other in effects if set(effect) <= set(other)]
        signed = sum((-1) ** (len(other) - len(effect)) * squares[other] for other in above)
        signed -= rest * (len(effect) == 3)
        others = np.prod([cells.shape[i] for i in set(range(3)) - set(effect)])
        found[" × ".join(FACETS[i] for i in effect)] = signed / (tries * others)
    return found


def exam(noise, *, n=200, questions=4, markers=3, tries=2, seed=1):
    """Marks of scripts that differ by 1, with the same noise in every try."""
    rng = np.random.default_rng(seed)
    level = rng.normal(5, 1, (n, questions)) + rng.normal(0, 1, (n, 1))
    given = {
        f"m{m}": np.clip(level[..., None] + rng.normal(0, noise, (n, questions, tries)), 0, 10) for m in range(markers)
    }
    return table_of(np.clip(level, 0, 10), given)


def test_brennans_crossed_example_gives_his_components():
    found = components(PERSONS[..., None], ["script", "marker", "question"])

    assert {name: round(value, 4) for name, value in found.variance.items()} == {
        "script": 0.5528,
        "marker": 0.0074,
        "question": 0.4417,
        "script × marker": 0.1009,
        "script × question": 0.5750,
        "marker × question": 0.1565,
        "script × marker × question": 0.9352,
    }


@pytest.mark.parametrize(("judges", "relative", "absolute"), [(1, 0.71, 0.29), (4, 0.91, 0.62)])
def test_shrout_and_fleiss_example_gives_their_coefficients(judges, relative, absolute):
    found = components(TARGETS[..., None], ["script", "marker"])

    assert coefficients(found, judges, 1) == pytest.approx((relative, absolute), abs=0.005)


def test_components_of_repeated_tries_are_those_that_made_the_marks():
    rng = np.random.default_rng(3)
    n, q, m, t = 400, 6, 5, 4
    marks = (
        rng.normal(0, 2, (n, 1, 1, 1))
        + rng.normal(0, 1, (n, q, 1, 1))
        + rng.normal(0, 0.5, (n, 1, m, 1))
        + rng.normal(0, 1.5, (n, q, m, t))
    )

    found = components(marks, ["script", "question", "marker"]).variance

    assert found["script"] == pytest.approx(4, rel=0.15)
    assert found["script × question"] == pytest.approx(1, rel=0.1)
    assert found["script × marker"] == pytest.approx(0.25, rel=0.2)
    assert found["rest"] == pytest.approx(2.25, rel=0.03)
    assert found["script × question × marker"] < 0.05


def test_the_advised_number_of_tries_is_the_least_that_reaches_the_wanted_coefficient():
    table = exam(noise=3.0, markers=1)

    found = g_study(table)

    reached = [coefficients(found.components, 1, n)[0] for n in (found.tries_needed - 1, found.tries_needed)]
    assert reached[0] < 0.9 <= reached[1]
    assert found.markers_needed is None


def test_markers_that_agree_need_no_further_one():
    found = g_study(exam(noise=0.2))

    assert found.g > 0.9
    assert (found.markers_needed, found.tries_needed) == (1, 1)


def test_complete_marks_give_the_components_of_the_analysis_of_variance():
    marks = drawn(np.random.default_rng(5), n=40)

    found, anova, henderson = components(marks, FACETS), balanced_anova(marks), henderson_1(marks)

    assert found.negative == ()
    for name, value in found.variance.items():
        assert value == pytest.approx(anova[name], abs=1e-9)
        assert value == pytest.approx(henderson[name], abs=1e-9)


@pytest.mark.parametrize(
    "lose", [lost_anywhere(0.05), lost_anywhere(0.2), lost_attempts, lost_on_the_hardest_questions]
)
def test_lost_marks_leave_the_components_unbiased(lose):
    rng, found = np.random.default_rng(9), []
    for _ in range(60):
        marks = drawn(rng)
        lose(rng, marks)
        found.append(components(marks, FACETS).variance)

    for name, true in KNOWN.items():
        values = np.array([one[name] for one in found])
        # Four standard errors of the mean of 60 exams; they are 1 to 7 % of the component.
        assert abs(values.mean() - true) < 4 * values.std() / 60**0.5
        assert values.mean() == pytest.approx(true, rel=0.06)


def test_marks_lost_at_random_give_what_hendersons_method_1_gives():
    rng = np.random.default_rng(2)
    marks = drawn(rng, n=1000)
    lost_anywhere(0.05)(rng, marks)

    found, henderson = components(marks, FACETS).variance, henderson_1(marks)

    assert {name: found[name] for name in KNOWN} == pytest.approx({n: henderson[n] for n in KNOWN}, rel=0.03)


def test_a_lost_hard_question_is_no_difference_between_scripts_as_hendersons_method_1_takes_it():
    rng = np.random.default_rng(2)
    marks = drawn(rng, n=2000)
    whole = components(marks, FACETS).variance["script"]
    lost_on_the_hardest_questions(rng, marks)

    assert components(marks, FACETS).variance["script"] == pytest.approx(whole, rel=0.05)
    assert henderson_1(marks)["script"] > 1.08 * whole


def test_an_unbalanced_published_example_gives_its_variance_within_cells():
    marks = np.array(HEMMERLE, float)

    assert components(marks, ["script", "question"]).variance["rest"] == pytest.approx(78.63333, abs=5e-6)


def test_negative_components_are_0_and_named():
    rng = np.random.default_rng(4)
    # Each script's two questions add up to the same total.
    half = rng.normal(0, 1, (50, 1, 1))
    marks = np.concatenate([half, -half], axis=1) + rng.normal(0, 0.1, (50, 2, 2))

    found = components(marks, ["script", "question"])

    assert found.variance["script"] == 0
    assert "script" in found.negative


def test_a_question_that_one_marker_never_marked_leaves_the_other_cells():
    table = exam(noise=1.0)
    whole = g_study(table)
    table.markers[0].marks[table.question == 0] = np.nan

    found = g_study(table)

    assert found.g == pytest.approx(whole.g, abs=0.02)


def test_one_lost_mark_in_a_hundred_leaves_the_study_of_all_scripts():
    table = exam(noise=1.0, n=60)
    whole = g_study(table)
    rng = np.random.default_rng(1)
    for marker in table.markers:
        marker.marks[rng.random(marker.marks.shape) < 0.01] = np.nan

    found = g_study(table)

    assert found.components.levels["script"] == 60
    assert found.n_lost == sum(int(np.isnan(marker.marks).sum()) for marker in table.markers)
    assert found.g == pytest.approx(whole.g, abs=0.01)


def test_a_marker_that_gave_no_mark_is_no_marker_of_the_study():
    table = exam(noise=1.0, markers=3)
    table.markers[2].marks[:] = np.nan

    assert g_study(table).components.levels["marker"] == 2


def test_markers_without_a_script_in_common_give_a_reason():
    table = exam(noise=1.0, n=40, markers=2)
    first = table.script < 20
    table.markers[0].marks[first] = np.nan
    table.markers[1].marks[~first] = np.nan

    assert (g_study(table).g, g_study(table).reason) == (None, TOO_FEW)


def test_a_large_exam_with_losses_takes_no_second():
    rng = np.random.default_rng(1)
    marks = drawn(rng, n=3000)
    lost_anywhere(0.05)(rng, marks)

    began = time.process_time()
    components(marks, FACETS)

    assert time.process_time() - began < 1.0


def test_too_few_scripts_give_a_reason_and_no_figure():
    found = g_study(exam(noise=1.0, n=9))

    assert (found.g, found.reason) == (None, TOO_FEW)
    assert found.as_json()["components"] == {}


def test_one_try_of_one_marker_shows_nothing_of_how_steady_its_marks_are():
    rng = np.random.default_rng(4)
    marks = rng.integers(0, 11, (50, 4)).astype(float)
    once, twice = (g_study(table_of(marks, {"a": given})) for given in (marks, np.stack([marks, marks], axis=2)))
    assert (once.g, once.phi, once.markers_needed, once.tries_needed) == (None, None, None, None)
    assert once.reason.startswith("one marker with one try")
    assert once.components.variance
    assert twice.g == 1.0

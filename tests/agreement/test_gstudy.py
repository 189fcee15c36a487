"""Variance components and coefficients against published worked examples."""

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


def test_scripts_that_are_not_marked_completely_are_left_out():
    table = exam(noise=1.0, n=12)
    table.markers[0].marks[:4] = np.nan

    assert g_study(table).components.levels["script"] == 11


def test_too_few_scripts_give_a_reason_and_no_figure():
    found = g_study(exam(noise=1.0, n=9))

    assert (found.g, found.reason) == (None, TOO_FEW)
    assert found.as_json()["components"] == {}

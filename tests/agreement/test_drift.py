"""The control chart: how often it signals without any change, how soon with one, and what it says."""

import random

import pytest

from app.agreement.drift import LIMIT, chart, limit_for


def runs_of(n_runs, n_scripts, *, shift=0.0, since=99, seed=0, noise=3.0):
    """Totals in percent: each script has its own level, each run its own noise; from run `since` on, `shift` more."""
    draw = random.Random(seed)  # noqa: S311 - made-up marks
    level = [draw.uniform(20, 80) for _ in range(n_scripts)]
    return {
        run: {f"s{i}": level[i] + draw.gauss(0, noise) + shift * (run >= since) for i in range(n_scripts)}
        for run in range(1, n_runs + 1)
    }


def test_ten_runs_without_a_change_signal_in_fewer_than_one_of_ten_exams():
    signals = sum(chart(runs_of(10, 10, seed=seed)).changed_since is not None for seed in range(400))

    assert signals / 400 < 0.10


@pytest.mark.parametrize("n_markers", [1, 2, 5, 10])
def test_whatever_the_number_of_markers_few_exams_without_a_change_signal(n_markers):
    """Ten runs of ten seeds, two charts a marker: 6 % are promised, and chance adds some in so many exams."""
    exams, limit, seed = 1200 // n_markers, limit_for(n_markers), iter(range(10**6))

    def signals():
        charts = (chart(runs_of(10, 10, seed=next(seed)), limit) for _ in range(2 * n_markers))
        return any(found.changed_since is not None for found in charts)

    share = sum(signals() for _ in range(exams)) / exams

    assert share <= 0.06 + 2.5 * (0.06 * 0.94 / exams) ** 0.5


def test_a_shift_of_twice_the_noise_is_found_within_three_runs_among_ten_markers_too():
    found = [chart(runs_of(6, 10, shift=-6.0, since=4, seed=seed), limit_for(10)).changed_since for seed in range(100)]

    assert sum(since is not None for since in found) >= 95
    assert sum(since in {4, 5} for since in found) >= 85


def test_a_shift_of_twice_the_noise_is_found_within_three_runs_and_dated_to_a_run():
    found = [chart(runs_of(6, 10, shift=-6.0, since=4, seed=seed)).changed_since for seed in range(100)]

    assert sum(since is not None for since in found) >= 95
    assert sum(since == 4 for since in found) >= 70
    assert sum(since in {4, 5} for since in found) >= 95


def test_the_chart_is_of_the_second_run_at_the_earliest():
    points = chart(runs_of(2, 5)).points

    assert [point.score is None for point in points] == [True, False]
    assert points[0].mean is None


def test_marks_that_never_change_give_no_score():
    same = {f"s{i}": 10.0 * i for i in range(6)}

    found = chart({1: same, 2: same, 3: same})

    assert [(point.up, point.down) for point in found.points] == [(0, 0)] * 3
    assert found.changed_since is None


def test_one_more_mark_in_every_script_is_found_though_nothing_varies():
    same = {f"s{i}": 10.0 * i for i in range(20)}
    more = {script: value + 2 for script, value in same.items()}

    found = chart({1: same, 2: more})

    assert found.points[1].mean == pytest.approx(2)
    assert found.points[1].up > LIMIT
    assert found.changed_since == 2


def test_two_scripts_are_too_few_to_compare():
    assert chart(runs_of(3, 2, shift=50, since=2)).changed_since is None


def test_a_mean_of_nothing_but_rounding_is_0():
    runs = {1: {"a": 100 * 7 / 13, "b": 100 * 2 / 13, "c": 100 * 4 / 13}, 2: {"a": 100 * 4 / 13, "b": 100 * 5 / 13}}
    assert chart(runs | {2: runs[2] | {"c": 100 * 4 / 13}}).points[1].mean == 0.0

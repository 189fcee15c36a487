"""The trust card: the interval's bounds decide, and only with enough scripts."""

import pytest

from app.agreement.figures import Figure, evidence, undefined
from app.agreement.trust import CRITERIA, Verdict, judge, trust_card

BY_NAME = {criterion.figure: criterion for criterion in CRITERIA}


def verdict(name, low, high, n=30, *, second_human=True):
    figure = Figure((low + high) / 2, (low, high), n=n)
    return judge(BY_NAME[name], figure, n, second_human=second_human).verdict


@pytest.mark.parametrize(
    ("name", "low", "high", "expected"),
    [
        ("qwk", 0.70, 0.80, "pass"),
        ("qwk", 0.69, 0.90, "not enough data"),
        ("qwk", 0.50, 0.69, "fail"),
        ("pearson", 0.71, 0.80, "pass"),
        ("pearson", 0.10, 0.699, "fail"),
        ("degradation", -0.2, 0.10, "pass"),
        ("degradation", 0.05, 0.11, "not enough data"),
        ("degradation", 0.11, 0.2, "fail"),
        ("smd", -0.15, 0.15, "pass"),
        ("smd", -0.16, 0.0, "not enough data"),
        ("smd", 0.16, 0.3, "fail"),
        ("smd", -0.3, -0.16, "fail"),
        ("smd", -0.3, 0.3, "not enough data"),
        ("alpha", 0.80, 0.9, "pass"),
        ("alpha", 0.70, 0.79, "not enough data"),
        ("alpha", 0.5, 0.667, "not enough data"),
        ("alpha", 0.5, 0.666, "fail"),
    ],
)
def test_the_whole_interval_has_to_lie_on_one_side(name, low, high, expected):
    assert verdict(name, low, high).value == expected


@pytest.mark.parametrize(("n", "expected"), [(9, "dots"), (10, "indicative"), (29, "indicative"), (30, "judged")])
def test_few_scripts_show_little(n, expected):
    assert evidence(n).value == expected


def test_below_thirty_scripts_nothing_passes_or_fails():
    assert verdict("qwk", 0.9, 0.95, n=29) is Verdict.UNDECIDED
    assert verdict("qwk", 0.1, 0.2, n=29) is Verdict.UNDECIDED


def test_without_a_second_human_there_is_no_human_baseline():
    assert verdict("degradation", 0.0, 0.01, second_human=False).value == "no human baseline"


def test_an_undefined_figure_is_not_enough_data_and_says_why():
    found = judge(BY_NAME["qwk"], undefined("all marks are identical"), 40, second_human=True)
    assert (found.verdict, found.because) == (Verdict.UNDECIDED, "all marks are identical")


def card(**intervals):
    figures = {
        name: Figure(sum(intervals[name]) / 2, intervals[name]) if name in intervals else undefined("none")
        for name in BY_NAME
    }
    return trust_card(figures, dict.fromkeys(BY_NAME, 30), second_human="degradation" in intervals)


def test_a_card_passes_when_everything_that_can_be_asked_passes():
    assert card(qwk=(0.8, 0.9), pearson=(0.8, 0.9), smd=(-0.1, 0.1)).verdict is Verdict.PASS


def test_a_card_fails_when_anything_fails():
    assert card(qwk=(0.8, 0.9), pearson=(0.8, 0.9), smd=(-0.1, 0.1), alpha=(0.1, 0.2)).verdict is Verdict.FAIL


def test_a_card_is_undecided_when_anything_is():
    assert card(qwk=(0.6, 0.9), pearson=(0.8, 0.9), smd=(-0.1, 0.1)).verdict is Verdict.UNDECIDED


def test_every_criterion_names_its_threshold_and_source():
    for line in card().as_json()["criteria"]:
        assert line["threshold"]
        assert line["source"]

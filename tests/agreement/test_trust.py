"""The trust card: the interval's bounds decide, and only with enough scripts."""

import pytest

from app.agreement.figures import Figure, evidence, undefined
from app.agreement.trust import CRITERIA, Part, QuestionUse, Use, Verdict, judge, judge_all, trust_card

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


def test_an_undefined_figure_says_why():
    found = judge(BY_NAME["qwk"], undefined("all marks are identical"), 40, second_human=True)
    assert (found.verdict, found.because) == (Verdict.UNDEFINED, "all marks are identical")


def test_with_many_scripts_it_is_not_data_that_is_missing():
    assert verdict("qwk", 0.65, 0.75, n=99) is Verdict.UNDECIDED
    assert verdict("qwk", 0.65, 0.75, n=100) is Verdict.CLOSE


def card(of="mean over questions", uses=(), n_scripts=30, **intervals):
    figures = {
        name: Figure(sum(intervals[name]) / 2, intervals[name]) if name in intervals else undefined("none")
        for name in BY_NAME
    }
    part = Part(figures, n_scripts)
    found = [j for j in judge_all(CRITERIA, of, part, second_human=False) if j.criterion.figure in intervals]
    return trust_card(found, [QuestionUse(name, use, "") for name, use in uses], n_scripts, lambda _: None)


PASSING = {"qwk": (0.8, 0.9), "pearson": (0.8, 0.9), "smd": (-0.1, 0.1)}


def test_a_card_passes_when_everything_that_can_be_asked_passes():
    assert card(**PASSING).verdict is Verdict.PASS


@pytest.mark.parametrize("of", ["mean over questions", "script totals"])
def test_a_card_fails_when_anything_fails(of):
    assert card(of, **PASSING | {"alpha": (0.1, 0.2)}).verdict is Verdict.FAIL


def test_a_card_is_undecided_when_anything_is():
    assert card(**PASSING | {"qwk": (0.6, 0.9)}).verdict is Verdict.UNDECIDED
    assert card(n_scripts=200, **PASSING | {"qwk": (0.6, 0.9)}).verdict is Verdict.CLOSE


def test_a_question_that_clearly_fails_is_named_and_takes_the_whole_exam_away():
    uses = [("1a", Use.YES), ("1b", Use.YES), ("3(ii)", Use.YES), ("4", Use.NO), ("5", Use.OPEN)]
    found = card(uses=uses, **PASSING)
    assert found.verdict is Verdict.PARTLY
    assert found.sentence == "Use it on 1a–3(ii). Do not use it on 4. Too close to call on 5."


def test_what_fails_is_told_once():
    both = [
        *judge_all(CRITERIA[:1], "mean over questions", Part({"qwk": Figure(0.1, (0, 0.2))}, 40), second_human=False),
        *judge_all(CRITERIA[:1], "script totals", Part({"qwk": Figure(0.1, (0, 0.2))}, 40), second_human=False),
    ]
    found = trust_card(both, [], 40, lambda _: None)
    assert found.sentence == "Do not use it: it agrees with the human too little."


def test_questions_that_pass_one_by_one_do_not_help_where_their_totals_fail():
    fails = Part({"qwk": Figure(0.9, (0.8, 0.95)), "smd": Figure(0.5, (0.4, 0.6))}, 40)
    uses = [QuestionUse("1", Use.YES, ""), QuestionUse("2", Use.YES, ""), QuestionUse("3", Use.NO, "")]
    assert trust_card([], uses, 40, lambda _: fails).verdict is Verdict.FAIL


def test_every_criterion_names_its_threshold_and_source():
    for line in card(**PASSING).as_json()["criteria"]:
        assert line["threshold"]
        assert line["source"]

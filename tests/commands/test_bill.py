"""The bill of an exam in the terminal."""

import io

from rich.console import Console

from app.commands.bill import print_bill

SHARES = {"answers": 4, "per_answer_usd": 0.25, "wrong_marks": 2, "caught_marks": 1, "per_caught_mark_usd": 1.0}
MARKER = {"marker": "a/b", "requests": 2, "input_tokens": 12_000, "cached_tokens": 900, "output_tokens": 50}
BILL = {
    **SHARES,
    "billed_usd": 1.0,
    "per_script_usd": 0.5,
    "simulated": False,
    "estimate_usd": {"low": 0.8, "likely": 0.9, "high": 1.4},
    "markers": [MARKER | {"billed_usd": 1.0, "computed_usd": {"low": 0.7, "high": 0.8}, "per_answer_usd": 0.25}],
    "questions": [SHARES | {"question_id": "1a", "billed_usd": 1.0, "per_caught_mark_usd": None}],
    "notes": ["a/b: billed 1 US dollars, and 20 % of the bill is not explained."],
}


def printed(**changes):
    out = io.StringIO()
    print_bill(BILL | changes, Console(file=out, width=200))
    return out.getvalue()


def test_the_bill_stands_beside_its_estimate_and_its_tokens():
    said = printed()
    assert "Billed: $1, $0.5 a script" in said
    assert "Estimate of the same calls: $0.9 ($0.8 to $1.4)" in said
    assert "$0.7 to $0.8" in said
    assert "for each caught one $1" in said
    assert "12,000" in said


def test_two_ends_of_a_range_that_print_alike_are_one_figure():
    said = printed(markers=[BILL["markers"][0] | {"computed_usd": {"low": 0.7, "high": 0.7 + 1e-9}}])
    assert "$0.7 " in said
    assert " to $0.7" not in said


def test_what_is_not_known_is_a_dash():
    said = printed(per_caught_mark_usd=None, estimate_usd=None, markers=[BILL["markers"][0] | {"computed_usd": None}])
    assert "for each caught one –" in said
    assert "no price" in said
    assert "Estimate" not in said


def test_a_difference_that_nothing_explains_is_said():
    assert "Note: a/b: billed" in printed()


def test_simulated_costs_say_that_nobody_paid():
    assert "SIMULATED: nobody was paid." in printed(simulated=True)
    assert "SIMULATED" not in printed()


def test_without_calls_there_is_no_bill():
    assert printed(markers=[], notes=[]) == "Nothing was billed yet.\n"

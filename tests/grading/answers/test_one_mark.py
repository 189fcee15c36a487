import pytest

from app.answer_json import repair_latex
from app.grading.answers.one_mark import read_mark, shown
from app.marks.model import Finding, Question
from app.marks.reasons import Reason


def read(value, maximum=10):
    result = read_mark(value, Question("1", 1, maximum))
    return result.reason if isinstance(result, Finding) else result


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        (3, 3),
        (0, 0),
        (10, 10),
        (2.5, 2.5),
        ("3", 3),
        ("3.5", 3.5),
        ("3.", 3),
        (".5", 0.5),
        ("3½", 3.5),
        ("3 ½", 3.5),
        ("¾", 0.75),
        ("3 1/2", 3.5),
        ("3 1⁄2", 3.5),
        ("8/10", 8),
        ("8 / 10", 8),
        ("8.0/10.0", 8),
        ("7½/10", 7.5),
        ("7 1/2 / 10", 7.5),
        (" 4\n", 4),
        ("1e1", 10),
        (1.234, 1.23),
        (1.235001, 1.24),
    ],
)
def test_a_clear_mark_is_read(written, mark):
    assert read(written) == mark


@pytest.mark.parametrize(
    "written",
    [
        True,
        False,
        None,
        "",
        "about 8",
        "8 marks",
        "eight",
        "2-3",
        "2 or 3",
        "3,5",
        "8/20",
        "1/2",
        "8//10",
        "3 3/2",
        "3 1/0",
        "NaN",
        "nan",
        "inf",
        "Infinity",
        "1_0",
        "0x3",
        "٣",
        "３",
        "½½",
        "+3",
        "- 3",
        float("nan"),
        [3],
        {"value": 3},
        "9" * 65,
        "\ud800",
    ],
)
def test_what_is_not_clearly_one_mark_is_unreadable(written):
    assert read(written) is Reason.UNREADABLE


@pytest.mark.parametrize("written", [-1, -0.001, "-2", 10.001, 11, "11/10", "11", float("inf"), "1e400", 10**17])
def test_a_mark_outside_zero_and_the_maximum_is_refused(written):
    assert read(written) is Reason.OUT_OF_RANGE


def test_a_mark_above_the_maximum_is_not_rounded_into_range():
    assert read(5.001, maximum=5) is Reason.OUT_OF_RANGE


def test_one_of_two_is_one_mark_where_two_is_the_maximum():
    assert read("1/2", maximum=2) == 1


def test_negative_zero_is_stored_as_zero():
    assert str(read(-0.0)) == "0.0"


def test_a_fractional_maximum_is_respected():
    assert read("2/2.5", maximum=2.5) == 2
    assert read(2.51, maximum=2.5) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("eaten", "meant"),
    [
        ("\frac{1}{2}", r"\frac{1}{2}"),
        ("\x08eta + \x08inom", r"\beta + \binom"),
        ("\theta", r"\theta"),
        ("2 \times 3", r"2 \times 3"),
        ("\text{cm}", r"\text{cm}"),
        ("a \neq b", r"a \neq b"),
        ("\right)", r"\right)"),
        ("\nabla f", r"\nabla f"),
        ("one\ntwo\tthree", "one\ntwo\tthree"),
        ("first\nnext line", "first\nnext line"),
        ("a\r\nb", "a\r\nb"),
        (None, None),
    ],
)
def test_latex_commands_get_their_backslash_back(eaten, meant):
    assert repair_latex(eaten) == meant


def test_what_is_shown_is_short_and_can_be_stored():
    assert shown("\ud800\0" + "x" * 200).startswith("\\ud800\\0xxx")
    assert len(shown("x" * 200)) == 80
    assert shown([1, 2]) == "list"

import pytest

from app.papers.rich import Turn, has_code, html, lines
from tests.support.effort import cheap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("6.02×10^23 mol^-1", "6.02×10<sup>23</sup> mol<sup>-1</sup>"),
        ("x^{n+1} and a^(2n)", "x<sup>n+1</sup> and a<sup>(2n)</sup>"),
        ("H_2O, C_6H_12O_6, SO_4^{2-}, Fe^3+", None),
        ("(1)/(2a)", "(1)/(2a)"),
        ("10²³, H₂O, ½", "10²³, H₂O, ½"),
        ("area in m^2.", "area in m<sup>2</sup>."),
    ],
)
def test_powers_and_indices_are_shown_as_such(text: str, shown: str | None):
    chemistry = "H<sub>2</sub>O, C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>, SO<sub>4</sub><sup>2-</sup>, Fe<sup>3+</sup>"
    assert html(text) == (shown or chemistry)


@pytest.mark.parametrize("text", ["max_2", "my_var_1", "snake_case", "A^B", "^_^", "a ^ b", "__init__", "x_"])
def test_names_and_signs_are_left_as_they_are(text: str):
    assert html(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What prints?\nfor i in x:\n    if i:\n        f(i)\nelse:\n    g()\nChoose.", [0, 1, 1, 1, 1, 1, 0]),
        ("Which?\nx = 1\nwhile x:\n    x -= 1\nprint(x)", [0, 1, 1, 1, 1]),
        ("int f() {\n\treturn 1;\n}", [1, 1, 1]),
        ("```c\nx = a^2;\n```\nWhat is x?", [1, 0]),
        ("One sentence.\nAnother one?", [0, 0]),
        ("Read this:\n   - a\n   - b\nWhat follows?", [1, 1, 1, 0]),
    ],
)
def test_lines_of_code_are_found(text: str, code: list[int]):
    assert [line.is_code for line in lines(text)] == [bool(one) for one in code]
    assert has_code(text) == any(code)


def test_indentation_is_kept_with_spaces_that_do_not_collapse():
    assert html("while x:\n    f(a,  b)") == "<code>while x:<br/>\u00a0\u00a0\u00a0\u00a0f(a,\u00a0 b)</code>"
    assert html("if x {\n\ty();\n}").count("\u00a0") == 4


def test_in_arabic_formulas_and_quantities_keep_their_own_direction():
    text = "ما قيمة (1)/(2a) في 10 N عندما x^2 = 4؟"
    assert html(text).count('<span dir="ltr">') == 3
    assert '<span dir="ltr">x<sup>2</sup> = 4</span>' in html(text)
    assert html(text, turn=Turn.CHARACTERS).startswith("\u2067")
    assert "dir=" not in html(text, turn=Turn.CHARACTERS)
    assert "dir=" not in html("What is x^2 = 4?")


@pytest.mark.parametrize(
    "text", ["{" * 10_000, "x^(" * 3_000, "a_" * 5_000, "(a+b " * 2_000, " " * 10_000 + "x", "`" * 9_000]
)
def test_long_runs_of_signs_are_looked_through_once(text: str):
    with cheap(2):
        written = html(text, language="ar")
    assert written


def test_what_looks_like_markup_is_text():
    assert html("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("What does `5^3` give in Python?", "What does <samp>5^3</samp> give in Python?"),
        ("What does print(5^3) show?", "What does <samp>print(5^3)</samp> show?"),
        ("int x = 5^3;", "<samp>int x = 5^3;</samp>"),
        ("x ^= 2;", "<samp>x ^= 2;</samp>"),
        ("How many are 5^3 cubes?", "How many are 5<sup>3</sup> cubes?"),
        ("E = mc^2; it is energy.", "E = mc<sup>2</sup>; it is energy."),
        ("A lone ` stays and 2^3 is a power", "A lone ` stays and 2<sup>3</sup> is a power"),
    ],
)
def test_code_within_a_sentence_stays_code(text: str, shown: str):
    assert html(text) == shown

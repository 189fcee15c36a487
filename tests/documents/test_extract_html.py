import pytest

from app.documents.extract_html import read_html
from app.documents.extraction import ExtractionError
from app.documents.left_out import LeftOut
from tests.support.effort import cheap


def test_scripts_styles_and_the_head_are_not_text():
    page = "<html><head><title>T</title><style>p{}</style></head><body><script>x</script><p>Seen</p></body></html>"
    assert read_html(page) == "Seen"


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>T</title><body><p>Seen",
        "<!doctype html><html><head><title>T</title><meta charset=utf-8><p>Seen</p>",
        "<!doctype html><title>T</title><style>p{}</style><h1>Seen</h1>",
        "<html><head><link rel=x>Seen",
    ],
)
def test_a_head_that_is_never_closed_ends_where_the_page_begins(page: str):
    assert read_html(page) == "Seen"


@pytest.mark.parametrize(
    "hidden",
    [
        "<svg><svg><text>inner</text></svg><text>outer</text></svg>",
        "<template><template><p>inner</p></template><p>outer</p></template>",
        "<template><svg></svg><p>inner</p></template>",
        "<svg><title>inner</title></svg>",
        "<svg/>",
        "</svg></template>",
    ],
)
def test_what_is_not_shown_is_no_text_however_it_is_nested(hidden: str):
    assert read_html(f"<p>Before</p>{hidden}<p>After</p>") == "Before\n\nAfter"


def test_paragraphs_lists_and_tables_are_told_apart():
    page = "<h1>Cells</h1><p>One\n two</p><ul><li>a<li>b</ul><table><tr><th>x</th><td>y</td></tr></table>"
    assert read_html(page) == "Cells\n\nOne two\n\na\nb\n\nx | y"


@pytest.mark.parametrize(("source", "text"), [("5 &lt; 6 &amp; &eacute;", "5 < 6 & é"), ("a<br>b", "a\nb"), ("", "")])
def test_entities_and_breaks(source: str, text: str):
    assert read_html(source) == text


def test_a_tag_that_is_never_closed_hides_nothing_before_it():
    assert read_html("<p>Text</p><p class='").startswith("Text")


@pytest.mark.parametrize(
    ("element", "what"),
    [
        ("<p hidden>x</p>", "hidden"),
        ("<div style='color:red; display: none'>x</div>", "hidden"),
        ("<div style='visibility:hidden'>x</div>", "hidden"),
        ("<nav><a>x</a></nav>", "controls"),
        ("<div role=navigation>x</div>", "controls"),
        ("<select><option>x<option>y</select>", "controls"),
        ("<textarea>x</textarea>", "controls"),
        ("<button>x</button>", "controls"),
        ("<form>Log in <input type=password></form>", "controls"),
        ("<dialog>x</dialog>", "hidden"),
        ("<svg><text>x</text></svg>", "pictures"),
        ("<img alt=x>", "pictures"),
        ("<object>x</object>", "embedded"),
        ("<iframe>x</iframe>", "embedded"),
        ("<del>x</del>", "deleted"),
    ],
)
def test_what_is_not_on_the_page_is_left_out_and_counted(element, what):
    left_out = LeftOut()
    assert read_html(f"<p>Before</p>{element}<p>After</p>", left_out) == "Before\n\nAfter"
    assert [(row["what"], row["count"]) for row in left_out.rows()] == [(what, 1)]


def test_a_form_around_the_whole_page_is_no_control():
    assert read_html("<form><p>The cell divides.</p><input type=hidden></form>") == "The cell divides."


def test_code_keeps_its_lines_and_indentation():
    assert read_html("<p>Code:</p><pre>\nfor i in x:\n    print(i)\n</pre>") == "Code:\n\nfor i in x:\n    print(i)"
    assert read_html("<table><tr><td>A<td><pre>a\n  b</pre></table>") == "A | a\n  b"


HALF = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("5 m<sup>2</sup>, 10<sup>-3</sup>, H<sub>2</sub>O", "5 m², 10⁻³, H₂O"),
        ("e<sup>x+y</sup>, v<sub>max</sub>, x<sub>i</sub>", "e^(x+y), v_(max), x_i"),
        ("the 19<sup>th</sup> century", "the 19th century"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "1/2"),
        (f"<math>{HALF}<mi>m</mi><msup><mi>v</mi><mn>2</mn></msup></math>", "1/2 mv²"),
        (f"<math><mn>3</mn>{HALF}<mo>+</mo>{HALF}</math>, <math>{HALF}</math>.", "3 1/2+1/2, 1/2."),
        (f"<math><msup>{HALF}<mn>2</mn></msup>{HALF}<msqrt><mi>x</mi></msqrt></math>", "(1/2)² 1/2 √x"),
        (
            "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><msqrt><mi>xy</mi></msqrt></mfrac></math>",
            "(a+1)/(√(xy))",
        ),
        ("<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>", "x_i²"),
        ("<math><msup><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mi>n</mi></msup></math>", "(a)ⁿ"),
        (
            "<i style='display:none' class='mathml'><math><mi>x</mi></math></i><img class='math-fallback' alt=x>",
            "x",
        ),
        ("<math><semantics><mi>x</mi><annotation>\\x</annotation></semantics></math>", "x"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>", "漢(かん)"),
    ],
)
def test_raised_lowered_and_stacked_characters_are_kept_apart(markup, text):
    assert read_html(f"<p>{markup}</p>") == text


def test_text_in_an_svg_that_is_never_closed_is_text_again_as_in_browsers():
    assert read_html("<p>Before.</p><svg><path d='M0'/><p>After.</p>") == "Before.\n\nAfter."


def test_cells_with_paragraphs_stay_on_their_row_and_columns_of_a_layout_keep_theirs():
    assert read_html("<table><tr><td><p>A</p><p>B</p></td><td>C</td></tr></table>") == "A B | C"
    column = f"<p>{'long ' * 80}</p><p>next</p>"
    assert "\n\nnext" in read_html(f"<table><tr><td>{column}</td></tr></table>")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<div>" * 200_000 + "x", "nested too deeply"),
        (f"<p {' '.join(f'a{n}=1' for n in range(300_000))}>x", "too many attributes"),
        ("<table><tr><td>" * 200_000 + "x", "nested too deeply"),
    ],
    ids=["tags", "attributes", "tables"],
)
def test_a_page_that_would_take_minutes_is_refused_at_once(page, words):
    with cheap(5), pytest.raises(ExtractionError, match=words):
        read_html(page)


def test_many_paragraphs_that_are_never_closed_are_read():
    assert read_html("<p>x" * 20_000).count("x") == 20_000

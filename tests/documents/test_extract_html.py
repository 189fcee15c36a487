import pytest

from app.documents.extract_html import read_html


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

"""What a page's own style sheets say: hidden text, kept lines, and how lists are numbered."""

import time

import pytest

from app.documents.extract_html import read_html
from app.documents.left_out import Left, LeftOut

SEEN = "<p>Seen</p>"


@pytest.mark.parametrize(
    ("sheet", "element"),
    [
        (".h { display: none }", "<p class='a h'>Gone</p>"),
        ("#x, .q { color: red; visibility: hidden !important }", "<div id=x>Gone</div><p class=q>Gone</p>"),
        ("span.h{display:none}p.n{display:none}", "<span class=h>Gone</span>"),
        (".box .h{display:none}", "<div class=box><p class=h>Gone</p></div>"),
        (".a>.b{DISPLAY:None}", "<div class=a><p class=b>Gone</p></div>"),
        ("@media screen and (min-width: 700px) { .h { display: none } }", "<p class=h>Gone</p>"),
        ("/* .h { } */ @import 'x'; .i::after { content: '}' } .h { display:none }", "<p class=h>Gone</p>"),
        (".h{font-size:0}", "<p class=h>Gone<b style='font-size:90%'>Gone</b></p>"),
        ("p:nth-of-type(2){display:none}", "<p>Gone</p>"),
    ],
)
def test_what_a_style_sheet_hides_is_no_text_and_is_named(sheet: str, element: str):
    left_out = LeftOut()
    assert read_html(f"<head><style>{sheet}</style></head>{SEEN}{element}", left_out) == "Seen"
    assert left_out.count(Left.HIDDEN) > 0


@pytest.mark.parametrize(
    ("sheet", "element"),
    [
        (".h{display:none}.h{display:block}", "<p class=h>Also seen</p>"),
        (".h{display:none}", "<p class=h style='display:block'>Also seen</p>"),
        ("#i{display:block}.h{display:none}", "<p id=i class=h>Also seen</p>"),
        (".h{display:block !important}.h{display:none}", "<p class=h style='display:none'>Also seen</p>"),
        ("@media print{.h{display:none}}", "<p class=h>Also seen</p>"),
        ("@media (max-width:600px){.h{display:none}}", "<p class=h>Also seen</p>"),
        ("@media not screen{.h{display:none}} @font-face{src:url(x)}", "<p class=h>Also seen</p>"),
        (".box .h{display:none}", "<p class=h>Also seen</p>"),
        (".h:hover, .h::before {display:none}", "<p class=h>Also seen</p>"),
        (".v{visibility:visible} .h{visibility:hidden}", "<div class=h>Gone<p class=v>Also seen</p></div>"),
        (".small{font-size:12px} .h{font-size:0}", "<div class=h><p class=small>Also seen</p></div>"),
        ("..h{display:none} p,,{display:none} }}{{", "<p class=h>Also seen</p>"),
        ("[hidden]{display:block}", "<p hidden>Also seen</p>"),
    ],
)
def test_what_the_page_shows_on_a_wide_screen_is_text(sheet: str, element: str):
    assert read_html(f"<style>{sheet}</style>{SEEN}{element}") == "Seen\n\nAlso seen"


@pytest.mark.parametrize(
    "sheet",
    [
        "<style media=print>p{display:none}</style>",
        "<noscript><style>p{display:none}</style></noscript>",
        "<style type=text/less>p{display:none}</style>",
    ],
)
def test_a_sheet_for_others_hides_nothing(sheet: str):
    assert read_html(f"{sheet}{SEEN}") == "Seen"


@pytest.mark.parametrize(
    "program",
    [
        "<style>.c{white-space:pre}</style><div class=c>for i in x:\n    print(i)</div>",
        "<div style='white-space:pre-wrap'>for i in x:\n    print(i)</div>",
        "<pre><b>for</b> <i>i</i> <b>in</b> x:\n    <b>print</b>(i)\n</pre>",
        "<pre>\n<span>for i in x:</span>\n<span>    print(i)</span></pre>",
    ],
)
def test_code_keeps_its_lines_and_the_blanks_between_coloured_words(program: str):
    assert read_html(program) == "for i in x:\n    print(i)"


def test_a_first_line_of_code_keeps_its_indentation():
    assert read_html("<p>x</p><pre>\n  <b>a</b>\n    <b>b</b></pre>") == "x\n\n  a\n    b"


def test_lines_that_a_style_folds_are_folded():
    assert read_html("<pre style='white-space:normal'>a\n  b</pre>") == "a b"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=4><li>a<li>b</ol>", "4. a\n5. b"),
        ("<ol start=-1><li>a<li>b</ol>", "-1. a\n0. b"),
        ("<ol reversed><li>a<li hidden>x<li>b</ol>", "2. a\n1. b"),
        ("<ol reversed start=10><li>a<li>b</ol>", "10. a\n9. b"),
        ("<ol><li>a<li value=10>b<li>c</ol>", "1. a\n10. b\n11. c"),
        ("<ol type=a><li>a<li>b</ol>", "a. a\nb. b"),
        ("<ol type=A start=27><li>a</ol>", "AA. a"),
        ("<ol type=I start=9><li>a<li type=i>b</ol>", "IX. a\nx. b"),
        ("<ol type=i start=0><li>a</ol>", "0. a"),
        ("<ol style='list-style:lower-greek inside'><li>a</ol>", "α. a"),
        ("<ol style='list-style-type:arabic-indic'><li>a</ol>", "١. a"),
        ("<ol style='list-style-type:cjk-ideographic' start=12><li>a</ol>", "十二、 a"),
        ("<style>.n{list-style:none}</style><ol class=n><li>a</ol>", "a"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<ol><li>a<ol type=i><li>x<li>y</ol><li>b</ol>", "1. a\n\ni. x\nii. y\n\n2. b"),
        ("<ol><li><ol type=a><li>x</ol></ol>", "1. a. x"),
        ("<ol start=2><li><p>a</p><p>b</p><li><p>c</ol>", "2. a\n\nb\n\n3. c"),
        ("<ol><li><li>b</ol><p>c", "2. b\n\nc"),
        ("<ol start=abc><li>a</ol>", "1. a"),
        ("<ol start=99999999999999><li>a</ol>", "1. a"),
        ("<ol><li><pre>x\n  y</pre></ol>", "1. x\n  y"),
        ("<li>a", "a"),
    ],
)
def test_items_have_the_numbers_that_a_browser_writes(page: str, text: str):
    assert read_html(page) == text


def test_a_soft_hyphen_is_no_letter():
    assert read_html("photo&shy;synthesis") == "photosynthesis"


def test_a_sheet_of_many_rules_takes_no_long_time():
    sheet = "*{display:block}" * 3_000 + "a," * 200_000 + "a{display:none}" + "{" * 100_000
    started = time.process_time()
    assert read_html(f"<style>{sheet}</style>" + "<b>x</b>" * 10_000) == "x" * 10_000
    assert time.process_time() - started < 30

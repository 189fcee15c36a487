"""The printed paper in a real browser: fonts, directions, and nothing that runs over the edge."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.generation.question_set import Extent
from app.papers.paper import paper
from tests.papers.awkward import ALL, FORTY
from tests.papers.languages import LANGUAGES

FONTS = {"hi": "Noto Serif Devanagari", "ar": "Noto Naskh Arabic", "zh": "Noto Serif CJK SC"}
WHOLE = Extent(5, 5, "completed")


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def page(module_browser: Any) -> AsyncIterator[Any]:
    opened = await module_browser.new_page(viewport={"width": 780, "height": 1100})
    yield opened
    await opened.close()


async def fonts_of(page: Any, selector: str) -> set[str]:
    """The families that the letters below `selector` were really drawn with."""
    session = await page.context.new_cdp_session(page)
    for part in ("DOM", "CSS"):
        await session.send(f"{part}.enable")
    root = (await session.send("DOM.getDocument", {"depth": 0}))["root"]["nodeId"]
    nodes = (await session.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector}))["nodeIds"]
    used = [await session.send("CSS.getPlatformFontsForNode", {"nodeId": node}) for node in nodes]
    return {font["familyName"] for one in used for font in one["fonts"]}


@pytest.mark.parametrize("language", FONTS)
async def test_each_script_is_drawn_with_the_font_named_for_it(page: Any, language: str):
    await page.set_content(paper(LANGUAGES[language], WHOLE, with_key=True))
    used = await fonts_of(page, "h1, h2 > span, li span[dir], .explanation, blockquote, .hint, .answers p")

    if FONTS[language] not in await fonts_of(page, "h1"):
        pytest.skip(f"{FONTS[language]} is not installed (Debian: fonts-noto-core, fonts-noto-cjk)")
    latin = {"Source Serif 4", "Liberation Serif", "Georgia", "Charter", "Noto Serif"}
    assert FONTS[language] in used
    assert used <= {FONTS[language]} | latin | {"DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_its_language_and_goes_its_way(page: Any, language: str):
    await page.set_content(paper(LANGUAGES[language], WHOLE))
    html = page.locator("html")

    assert await html.get_attribute("lang") == language
    assert await html.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    x = await page.evaluate("[...document.querySelectorAll('h2 .number')].map(n => n.getBoundingClientRect().x)")
    letters = await page.evaluate("[...document.querySelectorAll('main li > b')].map(n => n.getBoundingClientRect().x)")
    middle = 390
    assert all((at > middle) == (language == "ar") for at in x)
    assert (letters[0] > middle) == (language == "ar")
    assert await page.locator("html[lang=en]").count() == (language == "en")


async def test_code_in_an_arabic_question_goes_from_left_to_right_and_keeps_its_indentation(page: Any):
    await page.set_content(paper(LANGUAGES["ar"], WHOLE))
    code = page.locator("h2 code")

    assert (await code.inner_text()).replace("\u00a0", " ") == "x = 1\nfor i in range(3):\n    x = x * 2\nprint(x)"
    assert (
        await code.evaluate("node => getComputedStyle(node).direction + getComputedStyle(node).textAlign") == "ltrleft"
    )


async def test_a_formula_in_an_arabic_question_is_not_turned_round(page: Any):
    await page.set_content(paper(LANGUAGES["ar"], WHOLE))
    formula = page.locator("h2 span[dir=ltr]").filter(has_text="(F)/(m)")
    edges = await formula.evaluate(
        """node => [...'a=Fm'].map(letter => {
             const at = node.firstChild.data.indexOf(letter), range = document.createRange();
             range.setStart(node.firstChild, at); range.setEnd(node.firstChild, at + 1);
             return range.getBoundingClientRect().x; })"""
    )
    assert edges == sorted(edges)


async def test_powers_are_raised_and_options_stand_beside_their_letters(page: Any):
    await page.set_content(paper(LANGUAGES["ar"], WHOLE))
    power = page.locator("li sup").first
    option = page.locator("main li", has_text="0.2 m s").first.locator("span[dir=auto]")

    assert await power.inner_text() == "-2"
    assert await option.evaluate("node => getComputedStyle(node).textAlign") == "right"


async def test_a_latin_explanation_in_an_arabic_paper_begins_where_the_options_do(page: Any):
    await page.set_content(paper(LANGUAGES["ar"], WHOLE, with_key=True))
    edges = await page.evaluate(
        "[...document.querySelectorAll('.explanation, blockquote')].map(n => n.getBoundingClientRect().right)"
    )
    assert len(edges) > 2
    assert max(edges) - min(edges) < 1


async def test_a_page_is_named_as_the_language_names_pages(page: Any):
    await page.set_content(paper(LANGUAGES["zh"], WHOLE, with_key=True))
    assert await page.locator("cite").first.inner_text() == "第 3 页"


async def test_nothing_of_forty_awkward_questions_runs_over_the_edge(page: Any):
    await page.set_content(paper(FORTY, ALL, with_key=True))
    widest = await page.evaluate(
        "Math.max(...[...document.querySelectorAll('body *')].map(n => n.getBoundingClientRect().right))"
    )
    assert widest <= 780
    assert await page.locator(".box").count() == 38 + 4 + 3

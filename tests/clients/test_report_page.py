"""The report in a real browser: on a phone, on a desktop, in the dark and in print."""

from collections.abc import AsyncIterator
from typing import Any

import pypdfium2
import pytest
import pytest_asyncio

from app.reporting.report import render_report
from tests.reporting.conftest import exam_of, made
from tests.support.browser import connected

PHONE, DESKTOP, PAPER = 360, 1280, 794
# WCAG 2.2, 1.4.3: text against what is behind it.
LEAST_CONTRAST = 4.5
# Letters below a heading on its sheet.
LEAST_BELOW = 40

# Whatever ends right of the window, but for what scrolls with its table.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter(one => !one.parentElement.closest(".scroll, svg"))
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(one => `${one.tagName} in ${one.closest("section")?.id}`)"""

UNTOLD = """() => [...document.querySelectorAll("svg")]
  .filter(one => !["title", "desc"].every(part => one.querySelector(`:scope > ${part}`)?.textContent.trim()))
  .map(one => one.outerHTML.slice(0, 120))"""

CUT_OFF = """() => [...document.querySelectorAll("svg")].flatMap(plot => {
  const frame = plot.getBoundingClientRect();
  return [...plot.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 3 || box.bottom > frame.bottom + 3);
  }).map(text => `${text.textContent} in ${plot.closest("section").id}`);
})"""

# Text of a plot stands on the last shape before it that holds its middle, other text on its nearest ground.
PALE = """least => {
  const parse = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, ground, share) => ground.map((part, i) => share * top[i] + (1 - share) * part);
  const luminance = rgb => rgb.map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = one => {
    if (!one) return [255, 255, 255];
    const [r, g, b, share = 1] = parse(getComputedStyle(one).backgroundColor);
    return share === 1 ? [r, g, b] : over([r, g, b], ground(one.parentElement), share);
  };
  const behind = text => {
    const box = text.getBoundingClientRect(), plot = text.closest("svg");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    let found = ground(plot);
    for (const shape of plot.querySelectorAll("rect, circle")) {
      const at = shape.getBoundingClientRect(), style = getComputedStyle(shape);
      const holds = at.left <= x && x <= at.right && at.top <= y && y <= at.bottom;
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      if (holds && style.fill !== "none") found = over(parse(style.fill), found, Number(style.fillOpacity));
    }
    return found;
  };
  const pale = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !one.checkVisibility()) continue;
    const text = one.closest("svg text"), style = getComputedStyle(one);
    if (one.closest("svg") && !text) continue;
    const found = contrast(parse(text ? style.fill : style.color).slice(0, 3), text ? behind(text) : ground(one));
    if (found < least) pale.add(`${found.toFixed(2)} ${one.tagName} .${one.getAttribute("class")} ${one.textContent}`);
  }
  return [...pale];
}"""

HIDDEN = """() => [...document.querySelectorAll("section")]
  .filter(one => !one.checkVisibility() || one.getBoundingClientRect().height < 20).map(one => one.id)"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Any]:
    async with connected(chromium) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """One script, three questions, two models, one try; 30 × 12 × 8 × 3; no usable mark at all."""
    reports = {
        "one": made(exam_of(1, 3, 2, 1, lost=0, seed=6), kind="session"),
        "full": made(exam_of(30, 12, 8, 3, second=True)),
        "unmarked": made(exam_of(4, 3, 2, 1, lost=1.1)),
    }
    return {name: render_report(report) for name, report in reports.items()}


@pytest_asyncio.fixture(params=["one", "full", "unmarked"], scope="module", loop_scope="module")
async def opened(request, browser, pages, tmp_path_factory) -> AsyncIterator[Any]:
    """The page as a file, with what it asked for and complained about."""
    file = tmp_path_factory.mktemp(request.param) / "report.html"
    file.write_text(pages[request.param], encoding="utf-8")
    page = await browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(file.as_uri())
    await page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    yield page
    # Whatever was looked at before, the page asked for nothing else.
    assert [url for url in asked if url != "data:,"] == [file.as_uri()]
    assert complaints == []
    await page.close()


async def look(page, width: int = DESKTOP, media: str = "screen", color_scheme: str = "light") -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(media=media, color_scheme=color_scheme)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_nothing_but_a_table_is_wider_than_the_window(opened, width):
    await look(opened, width=width)
    assert await opened.evaluate("document.documentElement.scrollWidth") <= width
    assert await opened.evaluate(TOO_WIDE) == []


async def test_every_plot_has_a_text_alternative_and_shows_all_its_words(opened):
    await look(opened)
    assert await opened.evaluate(UNTOLD) == []
    assert await opened.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_can_be_told_from_its_ground(opened, scheme):
    await look(opened, color_scheme=scheme)
    assert await opened.evaluate(PALE, LEAST_CONTRAST) == []


async def test_every_section_is_printed_and_fits_the_paper(opened):
    await look(opened, width=PAPER, media="print", color_scheme="dark")
    assert await opened.evaluate(HIDDEN) == []
    assert await opened.evaluate("document.documentElement.scrollWidth") <= PAPER
    assert await opened.evaluate(PALE, LEAST_CONTRAST) == []


def printed(content: bytes) -> list[str]:
    """The text of each sheet. Raises where a letter stands beyond the paper."""
    texts = []
    for sheet in pypdfium2.PdfDocument(content):
        found = sheet.get_textpage()
        width, height = sheet.get_size()
        for place in range(found.count_chars()):
            left, bottom, right, top = found.get_charbox(place)
            if found.get_text_range(place, 1).strip():
                assert left >= 0, found.get_text_range(place, 30)
                assert right <= width, found.get_text_range(place, 30)
                assert bottom >= 0, found.get_text_range(place, 30)
                assert top <= height, found.get_text_range(place, 30)
        texts.append(" ".join(found.get_text_bounded().split()))
    return texts


async def test_on_paper_every_heading_stands_and_is_followed_by_what_it_heads(opened):
    await look(opened, width=PAPER, media="print")
    headings = await opened.evaluate("[...document.querySelectorAll('h2')].map(one => one.firstChild.textContent)")
    sheets = printed(await opened.pdf(format="A4"))
    for heading in headings:
        words = " ".join(heading.split())
        sheet = next((text for text in sheets if words in text), "")
        assert words in sheet, words
        assert len(sheet.rpartition(words)[2]) > LEAST_BELOW, f"{words} ends a sheet"


async def test_a_report_is_printed_whole_though_its_parts_are_folded(browser, pages, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(pages["full"], encoding="utf-8")
    page = await browser.new_page()
    await page.goto(file.as_uri())
    headings = await page.evaluate("[...document.querySelectorAll('h2')].map(one => one.firstChild.textContent)")
    whole = " ".join(printed(await page.pdf(format="A4")))
    await page.close()
    for words in ("What to do next", *headings):
        assert " ".join(words.split()) in whole
    assert "Which marks are taken for which?" in whole

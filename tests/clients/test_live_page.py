"""The progress page in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.simulator.config import Behaviour
from app.simulator.faults import Fault

CAREFUL, HARSH = "simulated/careful", "slash/under_score and space"


class Page:
    """A page with everything it asked for and complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def cells(self) -> list[str]:
        return await self.page.eval_on_selector_all(".cell", "all => all.map(one => one.className)")

    async def text(self, selector: str) -> str:
        return await self.page.inner_text(selector)

    async def wait_for(self, condition: str) -> None:
        """Not by wait_for_function: what that evaluates inside the page is refused by the page's own policy."""
        async with asyncio.timeout(60):
            while not await self.page.evaluate(f"() => {condition}"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)


@pytest.fixture
async def open_page(browser) -> AsyncIterator[Any]:
    contexts = []

    async def open_it(tab, **context: Any) -> Page:
        contexts.append(await browser.new_context(**context))
        page = Page(await contexts[-1].new_page())
        await page.page.goto(f"{tab.http.base_url}/sessions/{tab.session_id}/live".replace("//sessions", "/sessions"))
        return page

    yield open_it
    for context in contexts:
        await context.close()


PLAN = [{"name": CAREFUL, "tries": 3}, {"name": "simulated/harsh", "tries": 2, "instance_id": HARSH}]


@pytest.fixture
async def tab(open_tab, simulator):
    """Two calls at a time; one of two models always fails."""
    models = {"simulated/harsh": Behaviour(fault_rates={Fault.HTTP_400: 1})}
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.8, "models": models})
    tab = await open_tab(grading_max_concurrency=2)
    await tab.prepare_small(name="Anna <b>Müller</b> & Co")
    return tab


async def start(tab) -> None:
    body = {"session_id": tab.session_id, "models": PLAN}
    assert (await tab.send("POST", "/grade/single?wait=false", body)).status_code == 202


async def test_cells_go_from_waiting_to_done_and_a_failed_one_shows_its_reason(tab, open_page, simulator):
    page = await open_page(tab)
    await page.wait_for("document.querySelector('#status').textContent === 'Not started.'")
    await start(tab)
    await page.wait_for("document.querySelectorAll('.cell.running').length === 2")
    assert (await page.cells()).count("cell pending") == 3
    await page.wait_for("!document.querySelector('#links').hidden")

    assert sorted(await page.cells()) == ["cell failed"] * 2 + ["cell succeeded"] * 3
    assert await page.text("#name") == "Anna <b>Müller</b> & Co"
    assert await page.text("#status") == "Done, but 2 of 5 attempts failed. Read why below, and retry them."
    assert await page.text("#attempts") == "5 of 5"
    reasons = await page.text("#failures")
    wanted = (await tab.errors())[HARSH]["1"][0]["message"]
    assert f"{HARSH}, try 1: {wanted}" in reasons
    title = await page.page.get_attribute(".cell.failed", "title")
    assert wanted in title
    progress = await tab.progress()
    assert await page.text("#cost") == f"${progress['cost_usd']:.4f}"
    assert progress["cost_usd"] > 0
    assert await page.page.eval_on_selector("#bar", "bar => bar.value") == 1

    origin = str(tab.http.base_url).rstrip("/")
    assert all(url.startswith(origin) for url in page.requests)
    assert page.complaints == []
    simulator.config = simulator.config.model_copy(update={"models": {}})
    await start(tab)
    await page.page.reload()
    await page.wait_for("document.querySelectorAll('.cell.succeeded').length === 5")
    assert await page.page.eval_on_selector("#reasons", "section => section.hidden"), "nothing failed in the repeat"
    await page.page.click("#results")
    await page.page.wait_for_url(f"**/results/{tab.session_id}")


async def test_the_page_fits_a_phone(tab, open_page):
    await start(tab)
    page = await open_page(tab, viewport={"width": 360, "height": 740}, is_mobile=True, color_scheme="dark")
    await page.wait_for("document.querySelectorAll('.cell').length === 5")
    width = await page.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    assert page.complaints == []


async def test_an_unknown_session_has_no_page(tab):
    response = await tab.http.get("/sessions/0f8fad5b-d9cb-469f-a165-70867728950e/live")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"


async def test_the_page_may_load_nothing_from_elsewhere(tab):
    response = await tab.http.get(f"/sessions/{tab.session_id}/live")
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http://" not in response.text.replace("http://www.w3.org", "")
    assert "https://" not in response.text


async def test_a_run_is_stopped_and_what_is_missing_started_again(tab, open_page, simulator):
    page = await open_page(tab)
    await start(tab)
    await page.wait_for("!document.querySelector('#stop').hidden")
    await page.page.click("#stop")
    await page.wait_for("document.querySelector('#status').textContent.startsWith('Stopped before it was done.')")
    assert (await tab.progress())["attempts"]["cancelled"] > 0
    simulator.config = simulator.config.model_copy(update={"models": {}, "latency_seconds": 0})
    await page.page.click("#retry")
    await page.wait_for("document.querySelectorAll('.cell.succeeded').length === 5")
    assert (await tab.progress())["status"] == "graded"
    assert page.complaints == []

"""The page of a test in the making, in a real browser, and what both live pages do once what they showed goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.simulator.config import Behaviour
from app.simulator.faults import Fault
from tests.clients.react import React
from tests.support.teacher import Teacher, prose

NAME = "Plants <i>&</i> soil"
BY_HAND = {"question": "Which?", "options": ["one", "two", "three", "four"], "correct_option": "C"}


class Page:
    """A page with everything it asked for and complained about."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page, self.origin = page, origin
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def text(self, selector: str = "body") -> str:
        return await self.page.inner_text(selector)

    async def cells(self) -> list[str]:
        return await self.page.eval_on_selector_all(".cell", "all => all.map(one => one.className)")

    async def titles(self) -> list[str]:
        return await self.page.eval_on_selector_all(".cell", "all => all.map(one => one.title)")

    async def wait_for(self, condition: str) -> None:
        """Not by wait_for_function: what that evaluates inside the page is refused by the page's own policy."""
        async with asyncio.timeout(60):
            while not await self.page.evaluate(f"() => {condition}"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def wait_for_end(self) -> None:
        await self.wait_for("!document.querySelector('#links').hidden")

    def assert_content(self) -> None:
        assert self.complaints == []
        assert all(url.startswith(self.origin) for url in self.requests)


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(browser: Any) -> OpenPage:
    async def open_it(http: httpx.AsyncClient, path: str, refused: int = 0, **context: Any) -> Page:
        """The first `refused` streams of events are answered with 503."""
        opened = await (await browser.new_context(**context)).new_page()
        origin = str(http.base_url).rstrip("/")
        if refused:
            await opened.route("**/events", lambda route: route.fulfill(status=503), times=refused)
        page = Page(opened, origin)
        await opened.goto(f"{origin}{path}/live")
        return page

    return open_it


@pytest.fixture
async def tab(open_tab, simulator) -> React:
    """Two calls at a time, a fifth of a second each."""
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.2})
    models = {"mcq_model": "simulated/writer", "mcq_solver_models": ("simulated/solver",)}
    return await open_tab(mcq_candidate_count=2, **models)


@pytest.fixture
async def teacher(tab) -> Teacher:
    return Teacher(tab.http)


@pytest.fixture
async def start(teacher):
    async def start(n: int, **body: Any) -> str:
        return await teacher.start(await teacher.document(prose()), n, name=NAME, **body)

    return start


async def test_questions_are_counted_as_they_are_stored(teacher, start, open_page):
    test_id = await start(5)
    page = await open_page(teacher.client, f"/tests/{test_id}")
    await page.wait_for("/^[1-4] of 5$/.test(document.querySelector('#attempts').textContent)")
    n_shown = int((await page.text("#attempts")).split()[0])
    n_stored = (await teacher.status(test_id))["questions_generated"]
    await page.wait_for_end()

    assert n_shown <= n_stored
    assert await page.cells() == ["cell succeeded"] * 5
    assert await page.text("#name") == NAME
    assert await page.text("#attempts") == "5 of 5"
    assert await page.text("#status") == "5 of 5 questions created."
    assert await page.text("#cost") == f"${(await teacher.status(test_id))['cost_usd']:.4f}"
    assert await page.page.eval_on_selector("#bar", "bar => bar.value") == 1
    page.assert_content()
    await page.page.click("#report")
    await page.page.wait_for_url(f"**/tests/{test_id}/paper")


async def test_a_test_is_spoken_of_in_questions_places_and_rounds(teacher, start, open_page):
    test_id = await start(2)
    page = await open_page(teacher.client, f"/tests/{test_id}")
    await page.wait_for_end()
    text = await page.text()

    assert not [word for word in ("Attempts", "unmarked", "Mark", "try", "Time left", "Results") if word in text]
    assert {"Questions", "Questions given up", "Rounds of writing", "Cost so far"} <= set(text.splitlines())
    assert await page.titles() == ["Question 1, round 1: accepted", "Question 2, round 1: accepted"]
    assert await page.text("#rounds") == "2"


async def test_a_place_that_was_given_up_says_why(teacher, start, open_page):
    test_id = await start(1, model="simulated/writer-hopeless")
    page = await open_page(teacher.client, f"/tests/{test_id}")
    await page.wait_for("document.querySelectorAll('.cell.failed').length === 1")
    await page.wait_for("document.querySelector('#status').textContent.includes('did not pass')")

    assert "Question 1, round 3: The quote does not stand in the text" in await page.text("#failures")
    assert await page.text("#failed") == "1"
    assert (await page.text("#status")).startswith(
        "0 of 1 questions created. 1 of 1 questions did not pass the checks."
    )
    assert await page.page.eval_on_selector("#links", "links => links.hidden"), "there is no paper"
    page.assert_content()


async def test_a_cancelled_test_keeps_what_it_has_and_says_that_it_was_cancelled(teacher, start, open_page):
    test_id = await start(6)
    page = await open_page(teacher.client, f"/tests/{test_id}")
    await page.wait_for("document.querySelectorAll('.cell.succeeded').length > 0")
    await teacher.client.post(f"/tests/{test_id}/cancel")
    await page.wait_for_end()
    n = (await teacher.status(test_id))["questions_generated"]

    assert await page.text("#status") == f"{n} of 6 questions created. Cancelled by user"
    assert sorted(await page.cells()) == ["cell cancelled"] * (6 - n) + ["cell succeeded"] * n
    assert await page.page.eval_on_selector("#reasons", "section => section.hidden"), "nothing was given up"
    page.assert_content()


async def test_the_page_fits_a_phone(teacher, start, open_page):
    test_id = await start(20, model="simulated/writer-hopeless")
    phone = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "color_scheme": "dark"}
    page = await open_page(teacher.client, f"/tests/{test_id}", **phone)
    await page.wait_for("document.querySelectorAll('#failures li').length > 1")

    assert len(await page.cells()) == 20
    assert await page.page.evaluate("document.documentElement.scrollWidth") <= 360
    page.assert_content()


async def test_a_test_that_is_filled_up_by_hand_goes_on_without_a_reload(teacher, start, open_page):
    test_id = await start(1, model="simulated/writer-hopeless")
    page = await open_page(teacher.client, f"/tests/{test_id}")
    await page.wait_for("document.querySelectorAll('.cell.failed').length === 1")
    await teacher.made(test_id)
    await teacher.client.post(f"/tests/{test_id}/questions", json=BY_HAND)
    await page.wait_for("document.querySelectorAll('.cell.succeeded').length === 1")
    await page.wait_for_end()

    assert await page.text("#attempts") == "1 of 1"
    assert await page.page.eval_on_selector("#reasons", "section => section.hidden")
    page.assert_content()


async def test_a_stream_that_the_server_refuses_is_opened_again(teacher, start, open_page):
    test_id = await start(2)
    page = await open_page(teacher.client, f"/tests/{test_id}", refused=2)
    await page.wait_for_end()

    assert await page.text("#attempts") == "2 of 2"


async def test_a_session_that_is_repeated_goes_on_without_a_reload(tab, open_page, simulator):
    failing = {"simulated/harsh": Behaviour(fault_rates={Fault.HTTP_400: 1})}
    simulator.config = simulator.config.model_copy(update={"models": failing})
    await tab.prepare_small(name="Anna")
    plan = {"session_id": tab.session_id, "models": [{"name": "simulated/careful"}, {"name": "simulated/harsh"}]}
    assert (await tab.send("POST", "/grade/single?wait=false", plan)).status_code == 202
    page = await open_page(tab.http, f"/sessions/{tab.session_id}")
    await page.wait_for_end()
    assert sorted(await page.cells()) == ["cell failed", "cell succeeded"]

    simulator.config = simulator.config.model_copy(update={"models": {}})
    assert (await tab.send("POST", "/grade/single?wait=false", plan | {"models": []})).status_code == 202
    await page.wait_for("document.querySelectorAll('.cell.succeeded').length === 2")
    await page.wait_for_end()

    assert await page.text("#failures") == ""
    assert await page.text("#attempts") == "2 of 2"
    page.assert_content()

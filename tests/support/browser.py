"""A real Chromium for tests of pages, and a page that records its requests and its errors."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """Skips the test where Chromium or playwright is missing."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium (Debian: apt install chromium)")
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    async with playwright.async_playwright() as engine:
        opened = await engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


class WatchedPage:
    """A page of `origin`. `complaints` holds the lines of its console and every error of its scripts."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page, self.origin = page, origin
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def goto(self, path: str) -> None:
        await self.page.goto(f"{self.origin}{path}")

    async def text(self, selector: str = "body") -> str:
        return str(await self.page.inner_text(selector))

    async def wait_for(self, condition: str, seconds: float = 60) -> None:
        """Not by wait_for_function: the page's own policy refuses code that it evaluates inside the page."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.page.evaluate(f"() => Boolean({condition})"):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.03)
        except TimeoutError:
            shown = await self.text()
            raise AssertionError(f"never true: {condition}\n{self.complaints}\n{shown}") from None

    def assert_content(self) -> None:
        """Nothing went wrong, and every file came from the page's own server."""
        assert self.complaints == [], self.complaints
        assert [url for url in self.requests if not url.startswith((self.origin, "data:", "blob:"))] == []

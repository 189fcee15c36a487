"""A real Chromium for tests of pages, and a page that records its requests and its errors."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    # As playwright starts its own: the same widths, letters and timers on every machine.
    *("--hide-scrollbars", "--font-render-hinting=none", "--force-color-profile=srgb", "--mute-audio"),
    *("--disable-dev-shm-usage", "--disable-popup-blocking", "--disable-extensions", "--no-default-browser-check"),
    *("--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows"),
    *("--disable-renderer-backgrounding", "--disable-ipc-flooding-protection"),
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
)
START_SECONDS = 60


@contextmanager
def running_chromium(profile: Path) -> Iterator[str]:
    """A Chromium on the empty folder `profile`; gives its address. Skips the test where Chromium is missing."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium (Debian: apt install chromium)")
    command = [CHROMIUM, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - found in PATH
        try:
            yield f"http://127.0.0.1:{_port(process, profile / 'DevToolsActivePort')}"
        finally:
            process.terminate()


def _port(process: "subprocess.Popen[bytes]", file: Path) -> int:
    """The port that Chromium chose, once it has written it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"Chromium ended with {process.returncode}"
        if file.exists() and "\n" in (written := file.read_text()):
            return int(written.partition("\n")[0])
        time.sleep(0.02)
    raise AssertionError(f"Chromium did not listen within {START_SECONDS} s")


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Any]:
    """The browser at `address`; the profiles and pages opened through it are closed at the end.

    Skips the test where playwright is missing.
    """
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    async with playwright.async_playwright() as engine:
        opened = await engine.chromium.connect_over_cdp(address)
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

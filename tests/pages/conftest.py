"""Pages in a real browser before our server and a simulated OpenRouter, all over real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.clients.conftest import open_tab, quick_answers, serve, simulator, tab, transport, wire
from tests.support.browser import WatchedPage

__all__ = ["open_tab", "quick_answers", "serve", "simulator", "tab", "transport", "wire"]

OpenPage = Callable[..., Awaitable[WatchedPage]]


@pytest.fixture
async def open_page(browser: Any) -> AsyncIterator[OpenPage]:
    """Opens a page of `origin` in a profile of its own; keywords are the profile's."""
    async with AsyncExitStack() as stack:

        async def open_it(origin: str, path: str, **profile: Any) -> WatchedPage:
            context = await browser.new_context(**profile)
            stack.push_async_callback(context.close)
            page = WatchedPage(await context.new_page(), origin.rstrip("/"))
            await page.goto(path)
            return page

        yield open_it

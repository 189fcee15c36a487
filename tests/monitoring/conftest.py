"""The log as operators read it."""

import asyncio
import io
import json
import logging

import pytest

from app.monitoring.logs import JsonFormatter, TextFormatter
from tests.doors.conftest import as_user, serve_users

__all__ = ["as_user", "serve_users"]


class Written:
    """What was logged, as text and as JSON."""

    def __init__(self):
        self._streams = {}
        self._one_more = asyncio.Event()
        self.handlers = [
            self._handler(name, form()) for name, form in (("text", TextFormatter), ("json", JsonFormatter))
        ]

    def _handler(self, name, formatter):
        handler = logging.StreamHandler(self._streams.setdefault(name, io.StringIO()))
        handler.setFormatter(formatter)
        handler.addFilter(lambda _: self._one_more.set() or True)
        return handler

    @property
    def text(self):
        return self._streams["text"].getvalue()

    @property
    def lines(self):
        return [json.loads(line) for line in self._streams["json"].getvalue().splitlines()]

    async def runs(self, n=1):
        """The lines of `n` finished runs, when they are there."""
        return await self.lines_with("attempts succeeded", n)

    async def lines_with(self, text, n=1):
        """The lines whose message holds `text`, when `n` are there."""
        async with asyncio.timeout(60):
            while len(found := [line for line in self.lines if text in line["message"]]) < n:
                self._one_more.clear()
                await self._one_more.wait()
        return found


@pytest.fixture
def written(caplog):
    """Everything that the program logs from DEBUG on."""
    caplog.set_level(logging.DEBUG, logger="app")
    written, root = Written(), logging.getLogger("app")
    for handler in written.handlers:
        root.addHandler(handler)
    yield written
    for handler in written.handlers:
        root.removeHandler(handler)

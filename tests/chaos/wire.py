"""The wire between the server and the simulated OpenRouter, which a scenario can cut."""

import asyncio
from contextlib import suppress
from enum import Enum, auto
from urllib.parse import urlsplit


class Wire:
    """Passes bytes on as its `mode` says. `base_url` is a value of OPENROUTER_BASE_URL. `n_cut` counts the answers that
    it cut or kept back.
    """

    class Mode(Enum):
        PASS = auto()
        DEAD = auto()  # nobody listens
        SILENT = auto()  # accepts and takes the request, and says nothing more
        CUT = auto()  # breaks off in the middle of each answer

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream, self._path = (parts.hostname, parts.port), parts.path
        self.mode = self.Mode.PASS
        self.port = 0
        self.n_cut = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._path}"

    async def switch(self, mode: "Wire.Mode") -> None:
        """What is under way breaks where nobody listens any more."""
        self.mode = mode
        if mode is self.Mode.DEAD and self._server is not None:
            self._server.close()
            self._server = None
        if mode is self.Mode.DEAD:
            for writer in list(self._writers):
                writer.transport.abort()
        if mode is not self.Mode.DEAD and self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        await self.switch(self.Mode.DEAD)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
            self._writers.add(up_writer)
            await asyncio.gather(self._pass(reader, up_writer), self._answer(up_reader, writer))
            self._writers.discard(up_writer)
        self._writers.discard(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.mode is not self.Mode.SILENT:
                    writer.write(data)
        writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.mode is self.Mode.CUT:
                    self.n_cut += 1
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                    break
                if self.mode is self.Mode.SILENT:
                    self.n_cut += 1
                else:
                    writer.write(data)
        writer.close()

"""A load generator in a process of its own. It is cheap, so the measured costs are the server's.

`python -m tests.bench.load URL CONNECTIONS SECONDS [ETAG]` asks again on each connection as soon as it has its answer
and prints requests, seconds, refused and the median and 99th percentile of the latency as JSON. With an ETag, which it
sends along, every answer other than 304 counts as refused; without, every answer other than 200.
"""

import asyncio
import json
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

OPEN_SECONDS = 10


class Poller(asyncio.Protocol):
    """One connection. Reads only the status and the length of an answer."""

    def __init__(self, request: bytes, expected: bytes, until: float, latencies: list[float]) -> None:
        self._request = request
        self._expected = expected
        self._until = until
        self._latencies = latencies
        self._buffer = b""
        self.refused = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer = data = self._buffer + data if self._buffer else data
        head = data.find(b"\r\n\r\n")
        if head < 0 or len(data) < head + 4 + _content_length(data[:head]):
            return
        self._buffer = b""
        now = time.perf_counter()
        self._latencies.append(now - self._sent)
        self.refused += data[9:12] != self._expected
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _content_length(head: bytes) -> int:
    """0 where the head names none, as that of a 304."""
    _, _, rest = head.partition(b"content-length: ")
    return int(rest.split(b"\r\n", 1)[0] or 0)


async def run(url: str, connections: int, seconds: float, etag: str | None = None) -> dict[str, float]:
    parts = urlsplit(url)
    known = "" if etag is None else f"If-None-Match: {etag}\r\n"
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{known}\r\n".encode()
    expected = b"200" if etag is None else b"304"
    latencies: list[float] = []
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    opened = [
        loop.create_connection(
            lambda: Poller(request, expected, started + seconds, latencies), parts.hostname, parts.port
        )
        for _ in range(connections)
    ]
    pollers = [one for _, one in await asyncio.gather(*opened)]
    await asyncio.wait_for(asyncio.gather(*(one.ended for one in pollers)), seconds + OPEN_SECONDS)
    taken = time.perf_counter() - started
    latencies.sort()
    return {
        "requests": len(latencies),
        "seconds": taken,
        "refused": sum(one.refused for one in pollers),
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
    }


if __name__ == "__main__":
    url, connections, seconds, *etag = sys.argv[1:]
    print(json.dumps(uvloop.run(run(url, int(connections), float(seconds), *etag))))  # noqa: T201 - the line callers wait for

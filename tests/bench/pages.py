"""A PDF of a hundred scanned pages: the time until they are registered, and the delay for all other requests."""

import io
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
from PIL import Image, ImageDraw

from tests.bench.installation import Installation, installation
from tests.bench.report import Figure

N_PAGES = 100
MOST_SECONDS = 20
MOST_BLOCKED_MS = 50
MOST_GROWTH_MEGABYTES = 150
# A4 at 200 dpi.
PIXELS = (1654, 2339)
POLL_SECONDS = 0.005


def pages(folder: Path) -> list[Figure]:
    """From the PDF on disk to a hundred registered images, through the API."""
    content = scanned(N_PAGES)
    late = folder / "late.txt"
    with installation(folder, concurrency=1, program=("tests.bench.pulsed", str(late))) as there:
        session_id = there.ask("POST", "/sessions")["session_id"]
        _register(there, session_id, scanned(1))
        there.settle()
        other = there.ask("POST", "/sessions")["session_id"]
        before = there.rss_megabytes()
        with Poller(there) as poller:
            began, at, worked = time.time(), time.monotonic(), there.worked_seconds()
            answer = _register(there, other, content)
            taken, worked = time.monotonic() - at, there.worked_seconds() - worked
        images = there.ask("GET", f"/images/{other}")["images"]
        return [
            Figure("size of the PDF", len(content) / 1e6, "MB"),
            Figure("pages registered", min(answer["pages"], len(images)), at_least=N_PAGES),
            Figure("from upload to registered", taken, "s", at_most=MOST_SECONDS),
            Figure("CPU of the server and its converter for it", worked, "s", at_most=MOST_SECONDS),
            Figure("the event loop blocked at most for", 1000 * _latest(late, began), "ms", at_most=MOST_BLOCKED_MS),
            Figure("longest answer of /health meanwhile, waits for a core included", 1000 * poller.longest, "ms"),
            Figure("requests of /health meanwhile", poller.n),
            Figure("RSS growth of the server", poller.peak - before, "MB", at_most=MOST_GROWTH_MEGABYTES),
        ]


def _latest(file: Path, since: float) -> float:
    """The longest time for which the event loop was busy or blocked (see `pulsed`)."""
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    return max((float(seconds) for at, seconds in lines if float(at) >= since), default=0.0)


def _register(there: Installation, session_id: str, content: bytes) -> dict[str, Any]:
    signed = there.ask("POST", "/images/signed-url", {"filename": "scan.pdf", "content_type": "application/pdf"})
    put = httpx.put(signed["uploadUrl"], content=content, headers=signed["headers"], timeout=60, trust_env=False)
    put.raise_for_status()
    body = {"session_id": session_id, "role": "student", "url": signed["publicUrl"], "order_index": 0}
    answer: dict[str, Any] = there.ask("POST", "/images/register", body)
    return answer


class Poller:
    """Asks for /health all the time and remembers the longest answer, and the server's largest memory."""

    def __init__(self, there: Installation) -> None:
        self.longest = 0.0
        self.n = 0
        self.peak = 0.0
        self._there = there
        self._http = httpx.Client(base_url=there.address, trust_env=False)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> Self:
        self._http.get("/health")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._http.close()

    def _poll(self) -> None:
        while not self._done.is_set():
            at = time.perf_counter()
            self._http.get("/health")
            self.longest = max(self.longest, time.perf_counter() - at)
            self.n += 1
            self.peak = max(self.peak, self._there.rss_megabytes())
            time.sleep(POLL_SECONDS)


def scanned(n_pages: int) -> bytes:
    """Pages as a scanner makes them: paper with grain, lines of writing, no two the same."""
    grain = np.random.default_rng(1)
    images = [_page(number, grain) for number in range(n_pages)]
    file = io.BytesIO()
    images[0].save(file, "PDF", save_all=True, append_images=images[1:], resolution=200, quality=80)
    return file.getvalue()


def _page(number: int, grain: np.random.Generator) -> Image.Image:
    width, height = PIXELS
    paper = np.clip(grain.normal(235, 6, (height // 2, width // 2, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
    image = Image.fromarray(paper).resize(PIXELS)
    draw = ImageDraw.Draw(image)
    for line in range(40):
        words = f"page {number} line {line} " + "written words " * 8
        draw.text((120, 120 + 52 * line), words, fill=(30, 30, 90), font_size=28)
    return image

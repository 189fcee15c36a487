"""How many pages the files of an order have and which are animated, known before anything is sent."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.commands.errors import CommandError
from app.scans.inspection import NotWholeError, inspect
from app.scans.kinds import SNIFF_BYTES, Kind, kind_of
from app.scans.pages import PageLimits, ScanRefusedError, count_pages
from app.settings import Settings

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """`pages` is the number of pages by file. `animated` files give their first frame."""

    pages: Mapping[Path, int]
    animated: frozenset[Path] = frozenset()


def limits_of(settings: Settings) -> PageLimits:
    return PageLimits(long_side=settings.page_long_side, max_pages=settings.max_scan_pages)


async def counted_files(files: Iterable[Path], limits: PageLimits) -> Counted:
    """Raises CommandError naming the first file that is no whole scan."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def count(file: Path) -> tuple[Path, int, bool]:
        async with turn:
            return file, *await _counted(file, limits)

    found = await asyncio.gather(*map(count, dict.fromkeys(files)))
    return Counted({file: n for file, n, _ in found}, frozenset(file for file, _, animated in found if animated))


async def _counted(file: Path, limits: PageLimits) -> tuple[int, bool]:
    """The number of pages, and whether the file is animated."""
    try:
        if await asyncio.to_thread(_kind_of_file, file) in {Kind.PDF, Kind.TIFF}:
            return await count_pages(file, limits), False
        return 1, await asyncio.to_thread(_is_animated, file)
    except (ScanRefusedError, NotWholeError) as refused:
        raise CommandError(f"{file}: {refused}") from None


def _kind_of_file(file: Path) -> Kind | None:
    with file.open("rb") as content:
        return kind_of(content.read(SNIFF_BYTES))


def _is_animated(file: Path) -> bool:
    inspected = inspect(file.read_bytes())
    return inspected is not None and inspected.animated

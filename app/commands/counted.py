"""How many pages the files of an order have, known before anything is sent; a file that cannot be opened is named."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.commands.errors import CommandError
from app.scans.kinds import SNIFF_BYTES, Kind, kind_of
from app.scans.pages import PageLimits, ScanRefusedError, count_pages
from app.settings import Settings

_AT_ONCE = 2


def limits_of(settings: Settings) -> PageLimits:
    return PageLimits(long_side=settings.page_long_side, max_pages=settings.max_scan_pages)


async def pages_of_files(files: Iterable[Path], limits: PageLimits) -> Mapping[Path, int]:
    """The number of pages by file. Raises CommandError naming the first file that is no whole PDF or TIFF."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def count(file: Path) -> tuple[Path, int]:
        async with turn:
            return file, await _pages_of(file, limits)

    return dict(await asyncio.gather(*map(count, dict.fromkeys(files))))


async def _pages_of(file: Path, limits: PageLimits) -> int:
    if await asyncio.to_thread(_kind_of_file, file) not in {Kind.PDF, Kind.TIFF}:
        return 1
    try:
        return await count_pages(file, limits)
    except ScanRefusedError as refused:
        raise CommandError(f"{file}: {refused}") from None


def _kind_of_file(file: Path) -> Kind | None:
    with file.open("rb") as content:
        return kind_of(content.read(SNIFF_BYTES))

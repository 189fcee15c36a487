"""Reports that commands write beside the data, as `DATA_DIR/reports/<id of an exam or session>.html`: they name
students.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path


class Reports:
    """The folder of one DATA_DIR."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "reports"

    async def forget(self, *ids: str) -> None:
        """Delete what was written about these; nothing where nothing was."""
        await asyncio.to_thread(self._unlink, ids)

    def _unlink(self, ids: Iterable[str]) -> None:
        for name in ids:
            # An id is a UUID: no name of a folder, and no pattern.
            for file in self._folder.glob(f"{name}[.-]*"):
                file.unlink(missing_ok=True)

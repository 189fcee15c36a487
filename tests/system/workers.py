"""Workers as processes of their own, beside the servers of `conftest.py`."""

import asyncio
import re
import signal
import sys

from app.database.queue_schema import bring_up_queue


class Worker:
    """`secondmark worker` with the settings of a server, on a folder of its own, as on another machine."""

    def __init__(self, folder, environment, **settings):
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self.data = folder / "data"
        self._environment = environment | {"DATA_DIR": str(self.data), **settings}
        self.process = None

    async def start(self):
        """Returns when it takes work."""
        with (self._folder / "log").open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", "worker", cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        await self.until("takes work")

    async def until(self, words):
        """Wait until its log has these words."""
        async with asyncio.timeout(60):
            while words not in self.log():
                assert self.process.returncode is None, self.log()
                await asyncio.sleep(0.02)

    def address(self):
        """Where it answers."""
        return re.search(r"Health and metrics: (\S+)", self.log())[1]

    def log(self):
        return (self._folder / "log").read_text()

    async def end(self, how=signal.SIGTERM):
        """Send a signal, wait for the end and return the exit code."""
        self.process.send_signal(how)
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def close(self):
        if self.process is not None and self.process.returncode is None:
            await self.end(signal.SIGKILL)


def with_queue(database):
    """Settings of the processes that share a queue on the database, which gets its tables."""
    bring_up_queue(database)
    return {"DATABASE_URL": database, "QUEUE": "procrastinate"}

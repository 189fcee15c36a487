"""`python -m tests.bench.pulsed FILE`: `secondmark serve`, whose event loop writes down each time it was late.

A line holds when (Unix seconds) and for how many seconds the loop was busy or blocked. Time in which the machine gave
the thread no core is left out, where the kernel counts it: it says what else runs, not what the product does.
"""

import asyncio
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from app.cli import main
from app.commands import serve

PULSE_SECONDS = 0.005
WORTH_A_LINE = 0.01


def waited_for_core() -> float:
    """Seconds in which this thread was ready and had no core."""
    counted = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(counted.read_text().split()[1]) / 1e9 if counted.exists() else 0.0


async def pulse(into: TextIO) -> None:
    before, waited = time.perf_counter(), waited_for_core()
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        now, waits = time.perf_counter(), waited_for_core()
        late = now - before - PULSE_SECONDS - (waits - waited)
        if late > WORTH_A_LINE:
            print(time.time(), late, file=into, flush=True)
        before, waited = now, waits


class _Pulsed(serve._Server):
    late: TextIO

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.pulse = asyncio.create_task(pulse(self.late))


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as lines:
        _Pulsed.late = lines
        serve._Server = _Pulsed  # type: ignore[misc]
        main(["serve"])

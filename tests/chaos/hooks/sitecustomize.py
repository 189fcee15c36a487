"""Python runs this before the server. It lets a scenario see into the process, move its clock and take its names away.

CHAOS_FOLDER is the folder of the scenario. At SIGUSR1 the process writes its tasks to `tasks.json` there. While a file
`no-names` exists, no name resolves. A number in a file `clock` is added to what `time.time` says.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import time
from pathlib import Path

NAME = "openrouter.test"


def write_tasks(*_):
    loops = [one for one in gc.get_objects() if isinstance(one, asyncio.AbstractEventLoop) and one.is_running()]
    names = [task.get_coro().__qualname__ for loop in loops for task in asyncio.all_tasks(loop)]
    unfinished = FOLDER / f"tasks.{os.getpid()}"
    unfinished.write_text(json.dumps(names))
    unfinished.replace(FOLDER / "tasks.json")


def addresses(host, *arguments, **options):
    if (FOLDER / "no-names").exists():
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return real_addresses("127.0.0.1" if host == NAME else host, *arguments, **options)


def shifted_time():
    try:
        return real_time() + float((FOLDER / "clock").read_text())
    except (FileNotFoundError, ValueError):
        return real_time()


real_addresses, real_time = socket.getaddrinfo, time.time
if "CHAOS_FOLDER" in os.environ:
    FOLDER = Path(os.environ["CHAOS_FOLDER"])
    socket.getaddrinfo, time.time = addresses, shifted_time
    signal.signal(signal.SIGUSR1, write_tasks)

"""The subprocess' side: its limits, and the form of its answers.

A frame is one line of JSON with `type` and `size`, then `size` bytes. `error` and `end` are the last frame.
"""

import contextlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

_BEHIND = 5


def own_stdout() -> BinaryIO:
    """Where frames go. What a library prints goes where it harms no frame."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def limit(seconds: float, memory_bytes: int) -> None:
    """Limits that the process cannot lift: processor time, address space, no files, no core dump.

    It steps behind the server that started it: on two cores a hundred pages made each answer wait for half a second.
    """
    os.nice(_BEHIND)
    wanted = {
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        # At the first of them SIGXCPU, which says why; at the second SIGKILL.
        resource.RLIMIT_CPU: (int(seconds) + 1, int(seconds) + 2),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, values in wanted.items():
        # macOS refuses RLIMIT_AS: there the clock alone limits what a file may cost.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, values)


def peak_bytes() -> int:
    """The largest resident memory. On Linux `ru_maxrss` would count what the parent had before this program began."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def send(out: BinaryIO, head: dict[str, Any], content: bytes = b"") -> None:
    out.write(json.dumps(head | {"size": len(content)}).encode() + b"\n" + content)
    out.flush()


def order() -> dict[str, Any]:
    """The order that the parent sent."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    return asked

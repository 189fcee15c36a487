"""The `secondmark` command in processes that are forked from one that has imported the program.

A fresh interpreter computes for more than a second before the command begins.
"""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import mkdtemp

SECONDS = 100
_IMPORTED = ("__main__", "app.cli", "app.main", "app.commands.serve", "app.commands.demo", "tests.support.forked")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_IMPORTED))


class Command:
    """A command that runs with nothing but the settings of `environ`, in `folder`."""

    def __init__(self, arguments: Sequence[object], environ: Mapping[str, str], folder: Path) -> None:
        said = Path(mkdtemp(dir=folder.parent, prefix="said-"))
        self._out, self._error = said / "out", said / "error"
        self._out.touch()
        self.arguments = [str(one) for one in arguments]
        given = (self.arguments, dict(environ), str(folder), str(self._out), str(self._error))
        self.process: ForkServerProcess = _CONTEXT.Process(target=_run, args=given)
        self.process.start()

    def first_line(self) -> str:
        """What it says first, once it has said it."""
        while self.process.is_alive():
            if "\n" in (said := self._out.read_text(encoding="utf-8")):
                return said.partition("\n")[0]
            self.process.join(0.01)
        raise AssertionError(f"it ended without a word: {self._error.read_text(encoding='utf-8')}")

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGINT)

    def terminate(self) -> None:
        """Tell it to end, and wait until it has."""
        self.process.terminate()
        self.ended()

    def ended(self) -> "subprocess.CompletedProcess[str]":
        """Its exit code and all that it said, once it has ended."""
        self.process.join(SECONDS)
        if self.process.is_alive():
            self.process.kill()
            raise AssertionError(f"{self.arguments} did not end within {SECONDS} s")
        out, error = (path.read_text(encoding="utf-8") for path in (self._out, self._error))
        assert self.process.exitcode is not None
        return subprocess.CompletedProcess(self.arguments, self.process.exitcode, out, error)


def _run(arguments: list[str], environ: dict[str, str], folder: str, out: str, error: str) -> None:
    from app.cli import main  # noqa: PLC0415 - imported already where this runs

    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    # As in a terminal. What a shell starts in the background ignores Ctrl-C, and so do all tests then.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, path in ((1, out), (2, error)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")  # noqa: SIM115 - a descriptor
    sys.stderr = io.TextIOWrapper(open(2, "wb", 0, closefd=False), encoding="utf-8", write_through=True)  # noqa: SIM115 - a descriptor
    main(arguments)

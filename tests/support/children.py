"""Processes that a test started."""

import psutil


def children_with(words: str) -> list[psutil.Process]:
    """The running children of this process whose command line holds `words`."""
    return [child for child in psutil.Process().children() if words in " ".join(_command_of(child))]


def _command_of(child: psutil.Process) -> list[str]:
    try:
        return child.cmdline()
    except psutil.Error:  # it has ended, and perhaps nobody has collected it yet
        return []

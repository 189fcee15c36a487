"""Prints what a folder holds before anything is sent, and asks whether to go on."""

import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.commands.counted import Counted
from app.commands.errors import CommandError
from app.commands.grade_order import GradeOrder
from app.commands.scans import name_of

_UNCOUNTED = Counted({})


def found_lines(order: GradeOrder, counted: Counted = _UNCOUNTED) -> Iterator[str]:
    """Lines on what is used, what is left out and what to check. Scripts that were named one by one are not listed."""
    pages = counted.pages
    if order.folder is None:
        yield from _animated(order, counted)
        return
    yield f"Found in {order.folder}:"
    for script in order.scripts:
        files = _listed(script.pages, pages)
        marks = " · marked by a human" if script.human_marks else ""
        yield f"  {script.name}: {files}{marks}"
    for name, files_of in (("answer key", order.answer_key), ("rubric", order.rubric)):
        if files_of:
            yield f"  {name}: {_listed(files_of, pages)}"
    total = sum(_maximum(question) for question in order.questions)
    yield f"  {len(order.questions)} questions, {total:g} marks in all"
    for line in (*order.notes, *_shorter(order, pages)):
        yield f"Note: {line}"
    yield from _animated(order, counted)
    for line in order.left_out:
        yield f"Left out: {line}"


def _animated(order: GradeOrder, counted: Counted) -> Iterator[str]:
    for file in (one for one in dict.fromkeys(order.files) if one in counted.animated):
        name = file.relative_to(order.folder) if order.folder else file
        yield f"Note: {unicodedata.normalize('NFC', str(name))} is animated: its first frame is the page"


def _maximum(question: dict[str, object]) -> float:
    value = question.get("max_marks", question.get("max_mark", 0))
    return float(value) if isinstance(value, int | float) else 0.0


def _listed(files: Sequence[Path], pages: Mapping[Path, int]) -> str:
    return ", ".join(
        f"{name_of(file)} ({n} pages)" if (n := pages.get(file, 1)) > 1 else name_of(file) for file in files
    )


def _shorter(order: GradeOrder, pages: Mapping[Path, int]) -> Iterator[str]:
    """Scripts with fewer pages than most others: one may be missing."""
    lengths = {script.name: sum(pages.get(file, 1) for file in script.pages) for script in order.scripts}
    usual, n_usual = Counter(lengths.values()).most_common(1)[0]
    for name, n in lengths.items():
        if n < usual and n_usual > 1:
            yield f"{name} has {n} {'page' if n == 1 else 'pages'}, most others have {usual}: is a page missing?"


PUT_RIGHT = "put it right, or go on with --yes"


def agree(changes: Sequence[str], *, yes: bool, undone: str = "nothing was sent", advice: str = PUT_RIGHT) -> None:
    """Ask whether to go on with `changes`; nothing to ask where there are none.

    Raises CommandError where the answer is no, and where there is no terminal to ask at.
    """
    if not changes or yes:
        return
    if not sys.stdin.isatty():
        more = f", and {len(changes) - 1} more" if len(changes) > 1 else ""
        raise CommandError(f"{changes[0]}{more}: {advice}")
    for line in changes:
        print(f"- {line}")
    if input("Go on? [y/N] ").strip().casefold() not in {"y", "yes"}:
        raise CommandError(f"stopped: {undone}")

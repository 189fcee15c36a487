"""What a folder was found to hold, told before anything is sent, and the question whether to go on."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from app.commands.errors import CommandError
from app.commands.job import Job


def found_lines(job: Job) -> Iterator[str]:
    """What is used, what is left out, and what is worth a look. Nothing for scripts that were named one by one."""
    if job.folder is None:
        return
    yield f"Found in {job.folder}:"
    for script in job.scripts:
        files = ", ".join(page.name for page in script.pages)
        marks = " · marked by a human" if script.human_marks else ""
        yield f"  {script.name}: {files}{marks}"
    for name, pages in (("answer key", job.answer_key), ("rubric", job.rubric)):
        if pages:
            yield f"  {name}: {', '.join(page.name for page in pages)}"
    yield f"  {len(job.questions)} questions, {sum(_maximum(question) for question in job.questions):g} marks in all"
    for line in (*job.notes, *_shorter(job)):
        yield f"Note: {line}"
    for line in job.left_out:
        yield f"Left out: {line}"


def _maximum(question: dict[str, object]) -> float:
    value = question.get("max_marks", question.get("max_mark", 0))
    return float(value) if isinstance(value, int | float) else 0.0


def _shorter(job: Job) -> Iterator[str]:
    """Scripts with fewer files than most others: a page may be missing."""
    counted = Counter(len(script.pages) for script in job.scripts)
    usual = counted.most_common(1)[0][0]
    for script in job.scripts:
        if len(script.pages) < usual and counted[usual] > 1:
            n = len(script.pages)
            yield f"{script.name} has {n} {'file' if n == 1 else 'files'}, most others have {usual}: is a page missing?"


def agree(changes: Sequence[str], *, yes: bool) -> None:
    """Ask whether to go on with `changes`; nothing to ask where there are none.

    Raises CommandError where the answer is no, and where there is no terminal to ask at.
    """
    if not changes or yes:
        return
    if not sys.stdin.isatty():
        more = f", and {len(changes) - 1} more" if len(changes) > 1 else ""
        raise CommandError(f"{changes[0]}{more}: put it right, or go on with --yes")
    for line in changes:
        print(f"- {line}")
    if input("Go on? [y/N] ").strip().casefold() not in {"y", "yes"}:
        raise CommandError("stopped: nothing was sent")

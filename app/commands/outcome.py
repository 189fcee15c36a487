"""What became of a run: progress while it goes on, then the marks, and why marks are missing."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.answers import Problem, Problems, State
from app.commands.api import Api
from app.commands.class_list import class_table
from app.commands.errors import FAILED, CommandError
from app.commands.tables import exam_table, marks_table, reasons
from app.commands.words import cost_name

POLL_SECONDS = 0.3
FINISHED = ("succeeded", "failed", "cancelled")
# No other call of the account, or at this address, would have gone better.
HOPELESS = frozenset({"unauthorized", "no_credit", "misconfigured", "unreachable", "bad_response"})
GRADED = "graded"
# As many scripts are named that failed for one reason.
_NAMED = 10


async def watch(api: Api, sessions: Sequence[str], console: Console) -> list[State]:
    """Show how many attempts have finished, counted from stored rows, until all runs are over."""
    columns = (
        TextColumn("Marking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("attempts, {task.fields[failed]} failed, {task.fields[name]} ${task.fields[cost]:.4f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None, failed=0, cost=0.0, name="cost")
        while True:
            states: list[State] = [await api.ask("GET", f"/sessions/{session_id}") for session_id in sessions]
            counts = [state["attempts"] for state in states]
            bar.update(
                task,
                total=sum(count["total"] for count in counts),
                completed=sum(count[name] for count in counts for name in FINISHED),
                failed=sum(count["failed"] for count in counts),
                cost=sum(state["cost_usd"] for state in states),
                name=_cost_name(states).lower(),
            )
            if all(state["status"] != "grading" for state in states):
                return states
            await asyncio.sleep(POLL_SECONDS)


async def show(api: Api, exam_id: str | None, states: Sequence[State], console: Console) -> None:
    """The marks beside the human's, the class list of an exam, why marks are missing, and what it cost.

    Raises CommandError with the one sentence where nothing could be marked for a reason that all calls share.
    """
    errors = [(state, await _errors(api, state)) for state in states]
    if not any(state["attempts"]["succeeded"] for state in states):
        _check_hope(errors)
    if exam_id is not None:
        agreement = await api.ask("GET", f"/exams/{exam_id}/agreement?wait=true")
        console.print(exam_table(agreement))
        console.print(agreement["panel_advice"]["sentence"], markup=False)
        await print_class_list(api, f"/exams/{exam_id}", console)
    else:
        await show_session(api, states[0], console, marks=True)
    if exam_id is not None:
        for line in _summed_up(errors):
            console.print(line, markup=False, highlight=False)
    cost = sum(state["cost_usd"] for state in states)
    tokens = {name: sum(state["tokens"][name] for state in states) for name in ("input", "output")}
    console.print(f"{_cost_name(states)} ${cost:.4f}, {tokens['input']} tokens in, {tokens['output']} out")


async def print_class_list(api: Api, path: str, console: Console) -> None:
    """The mark that counts of each student and question."""
    console.print(class_table(await api.page(f"{path}/export.csv?form=wide")))


async def show_session(api: Api, state: State, console: Console, *, marks: bool) -> None:
    """One script: its marks, and why marks are missing."""
    session_id = state["session_id"]
    if marks:
        results = (await api.ask("GET", f"/results/{session_id}"))["results_by_question"]
        configured = await api.ask("GET", f"/questions/{session_id}")
        console.print(marks_table(configured["questions"], configured["human_marks_by_qid"], results))
    for line in reasons(await _errors(api, state)):
        console.print(line, markup=False, highlight=False)
    if state["failure_reason"]:
        console.print(f"failed: {state['failure_reason']}", markup=False)


async def _errors(api: Api, state: State) -> Problems:
    found: Problems = (await api.ask("GET", f"/results/errors/{state['session_id']}"))["errors_by_model_try"]
    return found


def _check_hope(errors: Sequence[tuple[State, Problems]]) -> None:
    codes = [(one["code"], one["message"]) for _, found in errors for one in _flat(found) if one["code"] in HOPELESS]
    everything = [one["code"] for _, found in errors for one in _flat(found) if one["code"] != "cancelled"]
    if codes and len(codes) == len(everything):
        raise CommandError(codes[0][1])


def _flat(found: Problems) -> Iterable[Problem]:
    return (one for tries in found.values() for listed in tries.values() for one in listed)


def _summed_up(errors: Sequence[tuple[State, Problems]]) -> Iterable[str]:
    """Each thing that went wrong once, with how often it did where that was more than once."""
    where: dict[str, list[str]] = {}
    for state, found in errors:
        for line in reasons(found):
            place, _, message = line.partition(": ")
            where.setdefault(message, []).append(f"{state['name']}: {place}")
    for message, places in where.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"{places[0]}{more}: {message}"
    failed = Counter(state["failure_reason"] for state, _ in errors if state["failure_reason"])
    for reason, n in failed.items():
        names = [state["name"] for state, _ in errors if state["failure_reason"] == reason]
        more = f" and {n - _NAMED} more" if n > _NAMED else ""
        yield f"{', '.join(map(str, names[:_NAMED]))}{more} failed: {reason}"


def _cost_name(states: Sequence[State]) -> str:
    return cost_name(model for state in states for model in state["models"])


async def write_report(
    api: Api, exam_id: str | None, states: Sequence[State], data_dir: Path, console: Console
) -> None:
    """The report as a file beside the data: it names students."""
    scope = f"/exams/{exam_id}" if exam_id else f"/sessions/{states[0]['session_id']}"
    name = f"{exam_id or states[0]['session_id']}.html"
    file = write_page(data_dir, name, await api.page(f"{scope}/report"))
    console.print(f"Report: {file}", soft_wrap=True)


def write_page(data_dir: Path, name: str, page: str) -> Path:
    """Raises CommandError where it cannot be written."""
    folder = data_dir.resolve() / "reports"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{folder / name}: it cannot be written ({error.strerror})") from None
    return folder / name


def exit_code(states: Sequence[State]) -> int:
    """0 when every session is graded."""
    return 0 if all(state["status"] == GRADED for state in states) else FAILED

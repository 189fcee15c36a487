"""`secondmark grade`: the main job from the command line, for one script or a whole exam."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.api import Api
from app.commands.class_list import class_table
from app.commands.counted import limits_of, pages_of_files
from app.commands.errors import FAILED, CommandError
from app.commands.found import agree, found_lines
from app.commands.handover import Handover, Prepared
from app.commands.job import Job
from app.commands.serve import serving
from app.commands.tables import exam_table, marks_table, n_of, reasons
from app.logs import configure_logging
from app.settings import Settings

POLL_SECONDS = 0.3
# The code of a script that a start leaves out because every model sees it as an example.
WORKED_EXAMPLE = "WORKED_EXAMPLE"
FINISHED = ("succeeded", "failed", "cancelled")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choices:
    """How a job is done. `yes`: go on without asking. `exam_id`: an exam that exists already."""

    server: str | None = None
    yes: bool = False
    exam_id: str | None = None


def grade(job: Job, settings: Settings, choices: Choices) -> int:
    """Mark the job's scripts; prints what was found, the marks, and where everything is."""
    configure_logging("ERROR", "text")
    if choices.server is None and settings.openrouter_api_key is None:
        raise CommandError("OPENROUTER_API_KEY: no model can be asked without it (see .env.example).")
    console = Console()
    for line in found_lines(job, asyncio.run(pages_of_files(job.files, limits_of(settings)))):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if job.left_out:
        agree([f"{job.folder}: left out: {line}" for line in job.left_out], yes=choices.yes)
    return asyncio.run(run_job(job, settings, console, choices))


async def run_job(
    job: Job,
    settings: Settings,
    console: Console,
    choices: Choices = Choices(),
    *,
    prepared: Prepared | None = None,
) -> int:
    """The same on a running loop. 0 when every session is graded, else FAILED."""
    async with AsyncExitStack() as stack:
        address = choices.server
        if address is None:
            address = await stack.enter_async_context(serving(settings))
        keys = settings.api_keys
        api = Api(address, keys[0].get_secret_value() if keys else None)
        stack.push_async_callback(api.close)
        handover = Handover(api, job, partial(agree, yes=choices.yes), choices.exam_id)
        await handover.bring(prepared)
        exam_id, sessions = handover.exam_id, handover.sessions
        if handover.cannot_note:
            console.print(f"Note: {handover.cannot_note} Go on with --exam-id {exam_id} next time.", soft_wrap=True)
        where = f"exam {exam_id}" if exam_id else f"session {next(iter(sessions))}"
        models, tries = n_of(len(job.models), "model"), n_of(job.tries, "try", "tries")
        console.print(f"{n_of(len(sessions), 'script')}, {models} × {tries}, stored as {where}", soft_wrap=True)
        started = await start(api, job, handover, console)
        try:
            states = await watch(api, started, console)
        except asyncio.CancelledError:
            console.print("Interrupted. The same command goes on with what is missing, and pays only for that.")
            raise
        await show(api, exam_id, states, console)
        await write_report(api, exam_id, states, settings.data_dir, console)
        console.print(f"Stored in {_place(settings, choices.server)}\nas {where}", soft_wrap=True)
    return 0 if all(state["status"] == "graded" for state in states) else FAILED


async def start(api: Api, job: Job, handover: Handover, console: Console) -> list[str]:
    """Start every script; the sessions that are marked. Where none could be started, what was made is deleted again."""
    models = [{"name": name, "tries": job.tries} for name in job.models]
    if job.examples:
        try:
            return await _start_exam(api, [model | {"examples": job.examples} for model in models], handover, console)
        except CommandError:
            await handover.undo()
            raise
    n_started = 0
    try:
        for session_id in handover.sessions:
            await api.ask("POST", "/grade/single", {"session_id": session_id, "models": models})
            n_started += 1
    except (CommandError, asyncio.CancelledError):
        if not n_started:
            await handover.undo()
        raise
    return list(handover.sessions)


async def _start_exam(api: Api, models: Sequence[Row], handover: Handover, console: Console) -> list[str]:
    """All scripts but those that every model sees as worked examples: the server chooses these for the whole exam."""
    answer = await api.ask("POST", f"/exams/{handover.exam_id}/grade", {"models": models})
    shown = [one for one in answer["not_ready"] if one["code"] == WORKED_EXAMPLE]
    others = [one for one in answer["not_ready"] if one["code"] != WORKED_EXAMPLE]
    if others and not answer["started"]:
        raise CommandError(f"{others[0]['name']}: {others[0]['message']}")
    for one in others:
        console.print(f"{one['name']}: {one['message']}", markup=False, soft_wrap=True)
    names = ", ".join(str(one["name"]) for one in shown)
    console.print(f"Shown as worked examples, and not marked: {names}", markup=False, soft_wrap=True)
    return [*answer["started"], *(one["session_id"] for one in others)]


async def watch(api: Api, sessions: Sequence[str], console: Console) -> list[Row]:
    """Show how many attempts have finished, counted from stored rows, until all runs are over."""
    columns = (
        TextColumn("Marking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("attempts, {task.fields[failed]} failed, ${task.fields[cost]:.4f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None, failed=0, cost=0.0)
        while True:
            states: list[Row] = [await api.ask("GET", f"/sessions/{session_id}") for session_id in sessions]
            counts = [state["attempts"] for state in states]
            bar.update(
                task,
                total=sum(count["total"] for count in counts),
                completed=sum(count[name] for count in counts for name in FINISHED),
                failed=sum(count["failed"] for count in counts),
                cost=sum(state["cost_usd"] for state in states),
            )
            if all(state["status"] != "grading" for state in states):
                return states
            await asyncio.sleep(POLL_SECONDS)


async def show(api: Api, exam_id: str | None, states: Sequence[Row], console: Console) -> None:
    """The marks beside the human's, and why marks are missing."""
    if exam_id is not None:
        agreement = await api.ask("GET", f"/exams/{exam_id}/agreement")
        console.print(exam_table(agreement))
        console.print(agreement["panel_advice"]["sentence"], markup=False)
        console.print(class_table(await api.page(f"/exams/{exam_id}/export.csv?form=wide")))
    for state in states:
        await _show_session(api, state, console, marks=exam_id is None)
    cost = sum(state["cost_usd"] for state in states)
    tokens = {name: sum(state["tokens"][name] for state in states) for name in ("input", "output")}
    console.print(f"Cost ${cost:.4f}, {tokens['input']} tokens in, {tokens['output']} out")


async def _show_session(api: Api, state: Row, console: Console, *, marks: bool) -> None:
    session_id = state["session_id"]
    if marks:
        results = (await api.ask("GET", f"/results/{session_id}"))["results_by_question"]
        configured = await api.ask("GET", f"/questions/{session_id}")
        console.print(marks_table(configured["questions"], configured["human_marks_by_qid"], results))
    script = "" if marks else f"{state['name']}: "
    for line in reasons((await api.ask("GET", f"/results/errors/{session_id}"))["errors_by_model_try"]):
        console.print(script + line, markup=False, highlight=False)
    if state["failure_reason"]:
        console.print(f"{script}failed: {state['failure_reason']}", markup=False)


async def write_report(api: Api, exam_id: str | None, states: Sequence[Row], data_dir: Path, console: Console) -> None:
    """The report as a file beside the data: it names students."""
    scope = f"/exams/{exam_id}" if exam_id else f"/sessions/{states[0]['session_id']}"
    name = f"{exam_id or states[0]['session_id']}.html"
    file = write_page(data_dir, name, await api.page(f"{scope}/report"))
    console.print(f"Report: {file}", soft_wrap=True)


def write_page(data_dir: Path, name: str, page: str) -> Path:
    folder = data_dir.resolve() / "reports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / name).write_text(page, encoding="utf-8")
    return folder / name


def _place(settings: Settings, server: str | None) -> str:
    if server is not None:
        return server
    places = {
        "embedded": str((settings.data_dir / "postgres").resolve()),
        "postgres": "DATABASE_URL",
        "supabase": settings.supabase_url or "",
    }
    return places[settings.mode]

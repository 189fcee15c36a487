"""`secondmark grade`: the main work of the command line, for one script or a whole exam."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console

from app.commands.answers import HeldExam, NotReady
from app.commands.api import Api
from app.commands.connected import connected
from app.commands.counted import counted_files, limits_of
from app.commands.errors import CommandError
from app.commands.found import agree, found_lines
from app.commands.grade_order import GradeOrder
from app.commands.handover import Handover, Prepared
from app.commands.outcome import exit_code, show, watch, write_report
from app.commands.probe import check_openrouter
from app.commands.tables import estimate_lines, n_of
from app.monitoring.logs import configure_logging
from app.schemas.grade import TriesUntil
from app.settings import Settings

# Scripts that one request starts: a thousand would take longer than a request may.
AT_ONCE = 200
# The code of a script that a start leaves out because every model sees it as an example.
WORKED_EXAMPLE = "WORKED_EXAMPLE"


@dataclass(frozen=True, slots=True)
class Choices:
    """How an order is done. `yes`: go on without asking. `exam_id`: an exam that exists already. `estimate`: only print
    the estimated cost. `max_cost`: the most that it may cost, in US dollars.
    """

    server: str | None = None
    yes: bool = False
    exam_id: str | None = None
    estimate: bool = False
    max_cost: float | None = None


def grade(order: GradeOrder, settings: Settings, choices: Choices) -> int:
    """Mark the order's scripts; prints what was found, the marks, and where everything is."""
    configure_logging("ERROR", "text")
    if choices.server is None and settings.openrouter_api_key is None and not choices.estimate:
        raise CommandError("OPENROUTER_API_KEY: no model can be asked without it (see .env.example).")
    console = Console()
    for line in found_lines(order, asyncio.run(counted_files(order.files, limits_of(settings)))):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if order.left_out:
        agree([f"{order.folder}: left out: {line}" for line in order.left_out], yes=choices.yes)
    return asyncio.run(run_order(order, settings, console, choices))


async def run_order(
    order: GradeOrder,
    settings: Settings,
    console: Console,
    choices: Choices = Choices(),
    *,
    prepared: Prepared | None = None,
) -> int:
    """The same on a running loop. 0 when every session is graded, else FAILED."""
    if choices.server is None:
        await check_openrouter(settings)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(connected(settings, choices.server, out=console.file))
        handover = Handover(api, order, partial(agree, yes=choices.yes), choices.exam_id)
        await handover.bring(prepared)
        exam_id, sessions = handover.exam_id, handover.sessions
        if handover.cannot_note:
            console.print(f"Note: {handover.cannot_note} Go on with --exam-id {exam_id} next time.", soft_wrap=True)
        where = f"exam {exam_id}" if exam_id else f"session {next(iter(sessions))}"
        models, tries = n_of(len(order.models), "model"), _tries_line(order.tries)
        console.print(f"{n_of(len(sessions), 'script')}, {models} × {tries}, stored as {where}", soft_wrap=True)
        if choices.estimate:
            return await _estimate(api, order, handover, console)
        started = await start(api, order, handover, choices, console)
        try:
            states = await watch(api, started, console)
        except asyncio.CancelledError:
            console.print("Interrupted. The same command goes on with what is missing, and pays only for that.")
            raise
        await show(api, exam_id, states, console)
        await write_report(api, exam_id, states, settings.data_dir, console)
        console.print(f"Stored in {_place(settings, choices.server)}\nas {where}", soft_wrap=True)
    return exit_code(states)


async def _estimate(api: Api, order: GradeOrder, handover: Handover, console: Console) -> int:
    found = await api.ask("POST", *start_of(order, handover, "estimate", None))
    for line in estimate_lines(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if handover.exam_id is None:
        await handover.undo()
        return 0
    console.print(
        f"Nothing was started or paid. The scans are stored: secondmark grade with the same arguments marks them, "
        f"secondmark delete {handover.exam_id} removes them.",
        soft_wrap=True,
    )
    return 0


def start_of(order: GradeOrder, handover: Handover, what: str, max_cost: float | None) -> tuple[str, dict[str, Any]]:
    """The path and the body of a start, or of its estimate."""
    shown = {"examples": order.examples} if order.examples else {}
    tries = order.tries if isinstance(order.tries, int) else order.tries.model_dump()
    split = {} if order.split == "none" else {"split": order.split}
    models = [{"name": name, "tries": tries, **shown, **split} for name in order.models]
    body: dict[str, Any] = {"models": models, "max_cost_usd": max_cost}
    if handover.exam_id is None:
        path = "/grade/estimate" if what == "estimate" else "/grade/single"
        return path, body | {"session_id": next(iter(handover.sessions))}
    return f"/exams/{handover.exam_id}/{what}", body | {"session_ids": list(handover.sessions)}


def _tries_line(tries: int | TriesUntil) -> str:
    return n_of(tries, "try", "tries") if isinstance(tries, int) else f"{tries.min} to {tries.max} tries"


async def start(api: Api, order: GradeOrder, handover: Handover, choices: Choices, console: Console) -> list[str]:
    """Start every script; the sessions that are marked. If the server refuses all, what was made is deleted again."""
    path, body = start_of(order, handover, "grade", choices.max_cost)
    started: list[str] = []
    not_ready: list[NotReady] = []
    try:
        if handover.exam_id is None:
            await api.ask("POST", path, body)
            return list(handover.sessions)
        ids = await _seeds_first(api, handover)
        for at in range(0, len(ids), AT_ONCE):
            begun = await api.ask("POST", path, body | {"session_ids": ids[at : at + AT_ONCE]})
            started += begun["started"]
            not_ready += begun["not_ready"]
        return [*started, *_report_not_ready(not_ready, console, are_all=not started)]
    except CommandError:
        if not started:
            await handover.undo()
        raise


async def _seeds_first(api: Api, handover: Handover) -> list[str]:
    """The sessions of an exam in the order of their starts: other scripts wait for what markers make of the seeds only
    where the seeds are started already.
    """
    ids = list(handover.sessions)
    if len(ids) <= AT_ONCE:
        return ids
    exam: HeldExam = await api.ask("GET", f"/exams/{handover.exam_id}")
    seeds = {held["session_id"] for held in exam["sessions"] if held["seed"]}
    return sorted(ids, key=lambda session_id: session_id not in seeds)


def _report_not_ready(not_ready: Sequence[NotReady], console: Console, *, are_all: bool) -> list[str]:
    """Print which scripts were not started; those of them that should have been. Raises CommandError if `are_all`."""
    shown = [one for one in not_ready if one["code"] == WORKED_EXAMPLE]
    others = [one for one in not_ready if one["code"] != WORKED_EXAMPLE]
    if others and are_all:
        raise CommandError(f"{others[0]['name']}: {others[0]['message']}")
    for one in others:
        console.print(f"{one['name']}: {one['message']}", markup=False, soft_wrap=True)
    if shown:
        names = ", ".join(str(one["name"]) for one in shown)
        console.print(f"Shown as worked examples, and not marked: {names}", markup=False, soft_wrap=True)
    return [one["session_id"] for one in others]


def _place(settings: Settings, server: str | None) -> str:
    if server is not None:
        return server
    places = {
        "embedded": str((settings.data_dir / "postgres").resolve()),
        "postgres": "DATABASE_URL",
        "supabase": settings.supabase_url or "",
    }
    return places[settings.mode]

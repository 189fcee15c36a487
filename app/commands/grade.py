"""`secondmark grade`: the main job from the command line."""

import argparse
import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli import FAILED, CommandError
from app.commands.api import Api
from app.commands.serve import serving
from app.commands.tables import marks_table, reasons
from app.logs import configure_logging
from app.settings import Settings

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Job:
    """One script to mark: files, questions, who marks it how often."""

    name: str
    pages: tuple[Path, ...]
    answer_key: tuple[Path, ...]
    rubric: tuple[Path, ...]
    questions: list[dict[str, Any]]
    human_marks: dict[str, float]
    models: tuple[str, ...]
    tries: int

    @classmethod
    def read(cls, options: argparse.Namespace) -> Self:
        """The job that the command line describes. Raises CommandError naming the file that cannot be used."""
        files = (*options.images, *options.answer_key, *options.rubric)
        for file in files:
            if not file.is_file():
                raise CommandError(f"{file}: there is no such file")
        content = _read_json(options.questions)
        config = {"questions": content} if isinstance(content, list) else content
        if not isinstance(config, dict) or not isinstance(config.get("questions"), list):
            raise CommandError(f"{options.questions}: must hold a list of questions")
        human = _read_json(options.human_marks) if options.human_marks else config.get("human_marks_by_qid", {})
        return cls(
            options.name or options.images[0].stem,
            tuple(options.images),
            tuple(options.answer_key),
            tuple(options.rubric),
            config["questions"],
            human,
            tuple(name.strip() for name in options.models.split(",") if name.strip()),
            options.tries,
        )


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}") from None


def grade(job: Job, settings: Settings, *, server: str | None = None) -> int:
    """Mark one script; prints a progress bar, the marks and where they are stored."""
    configure_logging("ERROR", "text")
    return asyncio.run(run_job(job, settings, Console(), server=server))


async def run_job(job: Job, settings: Settings, console: Console, *, server: str | None = None) -> int:
    """The same on a running loop. 0 when the session is graded, FAILED when it failed."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serving(settings)) if server is None else server
        keys = settings.api_keys
        api = Api(address, keys[0].get_secret_value() if keys else None)
        stack.push_async_callback(api.close)
        session_id = await prepare(api, job)
        console.print(f"Session {session_id}: {len(job.models)} models × {job.tries} tries")
        await api.ask("POST", "/grade/single", _plan(session_id, job))
        progress = await watch(api, session_id, console)
        await show(api, session_id, progress, console)
        console.print(f"Stored in {_place(settings, server)}\nas session {session_id}", soft_wrap=True)
    return 0 if progress["status"] == "graded" else FAILED


async def prepare(api: Api, job: Job) -> str:
    """Create the session with its images and questions; its id."""
    session_id: str = (await api.ask("POST", "/sessions", {"name": job.name}))["session_id"]
    await api.upload(session_id, "student", job.pages)
    await api.upload(session_id, "answer_key", job.answer_key)
    await api.upload(session_id, "grading_rubric", job.rubric)
    body = {"session_id": session_id, "questions": job.questions, "human_marks_by_qid": job.human_marks}
    await api.ask("POST", "/questions/config", body)
    return session_id


def _plan(session_id: str, job: Job) -> dict[str, Any]:
    return {"session_id": session_id, "models": [{"name": name, "tries": job.tries} for name in job.models]}


async def watch(api: Api, session_id: str, console: Console) -> dict[str, Any]:
    """Show how many attempts have finished, counted from stored rows, until the run is over."""
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
            state: dict[str, Any] = await api.ask("GET", f"/sessions/{session_id}")
            counts = state["attempts"]
            finished = counts["succeeded"] + counts["failed"] + counts["cancelled"]
            bar.update(task, total=counts["total"], completed=finished, failed=counts["failed"], cost=state["cost_usd"])
            if state["status"] != "grading":
                return state
            await asyncio.sleep(POLL_SECONDS)


async def show(api: Api, session_id: str, progress: dict[str, Any], console: Console) -> None:
    """The marks of every try beside the human's, and why marks are missing."""
    results = (await api.ask("GET", f"/results/{session_id}"))["results_by_question"]
    configured = await api.ask("GET", f"/questions/{session_id}")
    console.print(marks_table(configured["questions"], configured["human_marks_by_qid"], results))
    for line in reasons((await api.ask("GET", f"/results/errors/{session_id}"))["errors_by_model_try"]):
        console.print(line, markup=False, highlight=False)
    if progress["failure_reason"]:
        console.print(f"Failed: {progress['failure_reason']}", markup=False)
    tokens = progress["tokens"]
    console.print(f"Cost ${progress['cost_usd']:.4f}, {tokens['input']} tokens in, {tokens['output']} out")


def _place(settings: Settings, server: str | None) -> str:
    if server is not None:
        return server
    places = {
        "embedded": str((settings.data_dir / "postgres").resolve()),
        "postgres": "DATABASE_URL",
        "supabase": settings.supabase_url or "",
    }
    return places[settings.mode]

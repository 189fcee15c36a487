"""`secondmark resume`: go on with an exam that was interrupted, stopped or in part failed."""

import asyncio
from typing import Any

from rich.console import Console

from app.commands.connected import connected
from app.commands.errors import CommandError
from app.commands.exams import find
from app.commands.outcome import exit_code, show, watch, write_report
from app.commands.probe import check_openrouter
from app.monitoring.logs import configure_logging
from app.settings import Settings


def resume(given: str, settings: Settings, server: str | None, *, max_cost: float | None) -> int:
    """Make the calls that are missing, under the stored plan of each script. 0 when every script is graded."""
    configure_logging("ERROR", "text")
    if server is None and settings.openrouter_api_key is None:
        raise CommandError("OPENROUTER_API_KEY: no model can be asked without it (see .env.example).")
    return asyncio.run(_resume(given, settings, server, max_cost))


async def _resume(given: str, settings: Settings, server: str | None, max_cost: float | None) -> int:
    if server is None:
        await check_openrouter(settings)
    console = Console()
    async with connected(settings, server, out=console.file) as api:
        named = await find(api, given)
        # Without a new limit, the one that the exam was started with stays.
        body: dict[str, Any] = {"models": []} | ({} if max_cost is None else {"max_cost_usd": max_cost})
        if named.is_exam:
            begun = await api.ask("POST", f"{named.path}/grade", body)
            for session in begun["not_ready"]:
                print(f"{session['name']} was not resumed: {session['message']}")
            sessions = begun["started"]
        else:
            await api.ask("POST", "/grade/single", body | {"session_id": named.thing_id})
            sessions = [named.thing_id]
        if not sessions:
            raise CommandError(f"{given}: no script of it was ever started; secondmark grade starts them")
        states = await watch(api, sessions, console)
        exam_id = named.thing_id if named.is_exam else None
        await show(api, exam_id, states, console)
        await write_report(api, exam_id, states, settings.data_dir, console)
    return exit_code(states)

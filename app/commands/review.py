"""`secondmark review`: the answers that a human should look at, and the marks that a human gives them."""

import asyncio
from dataclasses import dataclass

from rich.console import Console

from app.commands.api import Api
from app.commands.connected import connected
from app.commands.errors import CommandError
from app.commands.exams import Named, find
from app.commands.tables import queue_table
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Decision:
    """The final mark of one answer. `script` is a student's name or a session's id."""

    script: str
    question_id: str
    mark: float
    reviewer: str | None = None
    note: str | None = None

    @classmethod
    def read(cls, words: list[str], reviewer: str | None, note: str | None) -> "Decision":
        """Of `--set SCRIPT QUESTION MARK`. Raises CommandError for a mark that is no number."""
        script, question_id, mark = words
        try:
            return cls(script, question_id, float(mark.replace(",", ".")), reviewer, note)
        except ValueError:
            raise CommandError(f"--set: {mark!r} is no mark; write a number such as 2.5") from None


def review(given: str, settings: Settings, server: str | None, *, decision: Decision | None, limit: int) -> int:
    """Record a decision, or print the queue."""

    async def run() -> int:
        async with connected(settings, server) as api:
            named = await find(api, given)
            if decision is not None:
                await _decide(api, named, decision)
                return 0
            queue = await api.ask("GET", f"{named.path}/review-queue?wait=true&limit={limit}")
        console = Console()
        if queue["items"]:
            console.print(queue_table(queue))
        console.print(queue["advice"], markup=False)
        return 0

    return asyncio.run(run())


async def _decide(api: Api, named: Named, decision: Decision) -> None:
    session_id, script = await _session(api, named, decision.script)
    body: dict[str, str | float] = {"question_id": decision.question_id, "mark": decision.mark}
    given = {"reviewer": decision.reviewer, "note": decision.note}
    body |= {name: value for name, value in given.items() if value is not None}
    await api.ask("POST", f"/sessions/{session_id}/review", body)
    print(f"{script}, question {decision.question_id}: the final mark is {decision.mark:g}")


async def _session(api: Api, named: Named, script: str) -> tuple[str, str]:
    """The id and the name of a script."""
    if not named.is_exam:
        return named.thing_id, named.name
    sessions = (await api.ask("GET", named.path))["sessions"]
    found = [one for one in sessions if script in {one["session_id"], one["name"]}]
    if len(found) != 1:
        names = ", ".join(str(one["name"]) for one in sessions[:20])
        problem = "is there twice; give its session id" if found else f"is no script of this exam; it has {names}"
        raise CommandError(f"--set: {script} {problem}")
    return found[0]["session_id"], str(found[0]["name"])

"""`secondmark review`: the answers that a human should look at, and the marks that a human gives them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from app.commands.api import Api
from app.commands.connected import connected
from app.commands.errors import CommandError
from app.commands.exams import Named, find
from app.commands.tables import queue_table
from app.mark_tables.names import Matches, match, match_questions
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
    session_id, script, question_id = named.thing_id, named.name, decision.question_id
    if named.is_exam:
        exam = await api.ask("GET", named.path)
        session_id, script = _session(exam["sessions"], decision.script)
        question_id = _meant(
            match_questions([question_id], [one["question_id"] for one in exam["questions"]]), "question"
        )
    body: dict[str, str | float] = {"question_id": question_id, "mark": decision.mark}
    given = {"reviewer": decision.reviewer, "note": decision.note}
    body |= {name: value for name, value in given.items() if value is not None}
    await api.ask("POST", f"/sessions/{session_id}/review", body)
    print(f"{script}, question {question_id}: the final mark is {decision.mark:g}")


def _session(sessions: Sequence[Mapping[str, str | None]], script: str) -> tuple[str, str]:
    """The id and the name of a script, which is named as a table of marks may name it."""
    by_id = {str(one["session_id"]): str(one["name"]) for one in sessions}
    if script in by_id:
        return script, by_id[script]
    name = _meant(match([script], list(dict.fromkeys(by_id.values()))), "script")
    found = [session_id for session_id, known in by_id.items() if known == name]
    if len(found) > 1:
        raise CommandError(f"--set: {script} is there twice; give its session id")
    return found[0], name


def _meant(found: Matches, kind: str) -> str:
    """The one name that was found. Raises CommandError with the nearest one."""
    for said in found.strangers.values():
        raise CommandError(f"--set: there is no {kind} {said}")
    [name] = found.found.values()
    return name

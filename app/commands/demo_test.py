"""The second half of the demo: a document becomes a test, a filled answer sheet is read, and code marks it."""

from collections.abc import Awaitable, Callable

from rich.console import Console

from app import samples
from app.commands.api import Api
from app.commands.connected import credential
from app.commands.errors import FAILED
from app.commands.generate import Order, TestRequest, make_test
from app.commands.outcome import show, watch, write_page
from app.commands.serve import serving
from app.settings import Settings

Prepared = Callable[[str], Awaitable[None]]
"""Receives the id of the session before its sheet is read."""


async def run_test_part(
    settings: Settings,
    request: TestRequest,
    readers: tuple[str, ...],
    console: Console,
    *,
    prepared: Prepared | None = None,
) -> int:
    """0 when a test was made and its sheet was marked. What a human would award is known: the sheet was drawn here."""
    console.rule("A test from a document, and a filled answer sheet of it")
    key = credential(settings, None)
    async with serving(settings) as address:
        api = Api(address, key)
        try:
            test = await make_test(api, Order(samples.source_document(), request), console)
            if not test["questions_generated"]:
                console.print(test["failure_reason"], markup=False)
                return FAILED
            page = await api.page(f"/tests/{test['id']}/paper")
            paper = write_page(settings.data_dir, f"paper-{test['id']}.html", page)
            console.print(f"{test['message']}. Paper: {paper}", soft_wrap=True)
            session = await _session(api, test["id"])
            if prepared is not None:
                await prepared(session)
            return await _read_sheet(api, session, readers, console)
        finally:
            await api.close()


async def _session(api: Api, test_id: str) -> str:
    """A session for the bundled sheet, with the marks that its true letters earn."""
    questions = (await api.ask("GET", f"/tests/{test_id}"))["questions"]
    letters = samples.sheet_letters()
    human = {
        number: question["max_marks"] * (letters[number] == question["correct_option"])
        for question in questions
        if letters.get(number := str(question["number"])) != "unclear"
    }
    body = {"name": "bundled answer sheet", "human_marks_by_qid": human}
    session: str = (await api.ask("POST", f"/tests/{test_id}/session", body))["session_id"]
    await api.upload(session, "student", [samples.sheet_image()])
    return session


async def _read_sheet(api: Api, session: str, readers: tuple[str, ...], console: Console) -> int:
    console.print(f"{len(readers)} models read the letters of {samples.sheet_image().name}; code awards the marks")
    models = [{"name": name} for name in readers]
    await api.ask("POST", "/grade/single", {"session_id": session, "models": models})
    states = await watch(api, [session], console)
    await show(api, None, states, console)
    agreement = await api.ask("GET", f"/sessions/{session}/agreement")
    for marker in agreement["markers"]:
        exact = marker["overall"]["exact"]
        if exact["value"] is not None:
            said = f"{marker['marker']}: the human's mark in {100 * exact['value']:.0f} % of {exact['n']} boxes"
            console.print(said, markup=False, highlight=False)
    return 0 if states[0]["status"] == "graded" else FAILED

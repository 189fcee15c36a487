"""`secondmark bill`: what an exam was billed, against its estimate and what tokens and prices come to."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from app.commands.connected import connected
from app.commands.errors import CommandError
from app.commands.exams import find
from app.settings import Settings


def show_bill(given: str, settings: Settings, server: str | None) -> int:
    """Print the bill of an exam. Raises CommandError for a session on its own."""

    async def run() -> int:
        async with connected(settings, server) as api:
            named = await find(api, given)
            if not named.is_exam:
                raise CommandError(f"{given}: this is a session on its own; secondmark show {given} says what it cost")
            print_bill(await api.ask("GET", f"{named.path}/bill"), Console())
        return 0

    return asyncio.run(run())


def print_bill(bill: Mapping[str, Any], console: Console) -> None:
    for line in _lines(bill):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if bill["markers"]:
        console.print(_markers(bill))
        console.print(_questions(bill))
    for note in bill["notes"]:
        console.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)


def _lines(bill: Mapping[str, Any]) -> Iterator[str]:
    if not bill["markers"]:
        yield "Nothing was billed yet."
        return
    if bill["simulated"]:
        yield "SIMULATED: nobody was paid."
    yield f"Billed: {_usd(bill['billed_usd'])}, {_usd(bill['per_script_usd'])} a script"
    if (estimate := bill["estimate_usd"]) is not None:
        low, likely, high = (_usd(estimate[name]) for name in ("low", "likely", "high"))
        yield f"Estimate of the same calls: {likely} ({low} to {high})"
    yield (
        f"Wrong marks: {bill['wrong_marks']}, of them caught: {bill['caught_marks']}, "
        f"for each caught one {_usd(bill['per_caught_mark_usd'])}"
    )


def _markers(bill: Mapping[str, Any]) -> Table:
    table = Table("Marker", "Requests", "Input", "Cached", "Output", "Billed", "By tokens and prices", "An answer")
    for one in bill["markers"]:
        tokens = (one["requests"], one["input_tokens"], one["cached_tokens"], one["output_tokens"])
        known = one["computed_usd"]
        by_tokens = "no price" if known is None else _range(known)
        figures = (_usd(one["billed_usd"]), by_tokens, _usd(one["per_answer_usd"]))
        table.add_row(one["marker"], *(f"{n:,}" for n in tokens), *figures)
    return table


def _questions(bill: Mapping[str, Any]) -> Table:
    table = Table("Question", "Billed", "Wrong marks", "Caught", "A caught one")
    for one in bill["questions"]:
        counts = (str(one["wrong_marks"]), str(one["caught_marks"]))
        table.add_row(one["question_id"], _usd(one["billed_usd"]), *counts, _usd(one["per_caught_mark_usd"]))
    return table


def _range(dollars: Mapping[str, float]) -> str:
    low, high = _usd(dollars["low"]), _usd(dollars["high"])
    return low if low == high else f"{low} to {high}"


def _usd(dollars: float | None) -> str:
    return "–" if dollars is None else f"${dollars:.4g}"

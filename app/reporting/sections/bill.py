"""What an exam was billed, beside its estimate and what tokens and prices come to."""

from collections.abc import Mapping
from typing import Any

from app.reporting.markup import Html, join
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import count, data, money, named, paragraph


def section(view: View) -> Html:
    """Empty where nothing was billed."""
    bill = view.input.bill
    if not bill or not bill["markers"]:
        return Html("")
    markers = table(
        ["Marker", "Requests", "Billed", "By tokens and prices", "For an answer"],
        [_marker(one) for one in bill["markers"]],
    )
    questions = table(
        ["Question", "Billed", "Wrong marks", "of them caught", "For a caught one"],
        [_question(one) for one in bill["questions"]],
    )
    notes = [paragraph(note) for note in bill["notes"]]
    return framed("bill", "What did it cost?", "bill", paragraph(*_whole(bill)), markers, questions, *notes)


def _whole(bill: Mapping[str, Any]) -> list[str]:
    who = "SIMULATED, nobody was paid: " if bill["simulated"] else ""
    said = [f"{who}{money(bill['billed_usd'])} in all"]
    if bill["per_script_usd"] is not None:
        said.append(f", {money(bill['per_script_usd'])} for a script")
    if bill["per_caught_mark_usd"] is not None:
        caught = count(bill["caught_marks"], "wrong mark")
        said.append(f", {money(bill['per_caught_mark_usd'])} for each of {caught} on which the markers disagree")
    estimate = bill.get("estimate_usd")
    if estimate is not None:
        low, likely, high = (money(estimate[name]) for name in ("low", "likely", "high"))
        said.append(f". The estimate of the same calls is {likely} ({low} to {high})")
    return [*said, "."]


def _marker(one: Mapping[str, Any]) -> list[str]:
    known = one["computed_usd"]
    by_tokens = "no price" if known is None else _range(known["low"], known["high"])
    return [
        named(one["marker"]),
        str(one["requests"]),
        _money(one["billed_usd"]),
        by_tokens,
        _money(one["per_answer_usd"]),
    ]


def _question(one: Mapping[str, Any]) -> list[str]:
    return [
        named(one["question_id"]),
        _money(one["billed_usd"]),
        str(one["wrong_marks"]),
        str(one["caught_marks"]),
        _money(one["per_caught_mark_usd"]),
    ]


def _range(low: float, high: float) -> Html:
    return _money(low) if money(low) == money(high) else join(_money(low), " to ", _money(high))


def _money(dollars: float | None) -> Html:
    return Html("–") if dollars is None else data(dollars, money(dollars))

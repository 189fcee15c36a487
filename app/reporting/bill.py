"""The bill of an exam: what was paid for each marker, script and answer, and for each wrong mark that it caught."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.openrouter.bill import Computed, Spent, computed, unexplained_note
from app.openrouter.catalogue import Catalogue, ModelPrice
from app.reporting.analyses import Analyses
from app.reporting.jobs import PATIENT
from app.schemas.estimates import GradingEstimate
from app.schemas.grade import ExamPlanReq
from app.store.exams import ExamStore, Scope
from app.store.records import ExamRow

Estimate = Callable[[ExamRow, ExamPlanReq], Awaitable[GradingEstimate]]


@dataclass(frozen=True, slots=True)
class Caught:
    """Of one question or of all: answers with a mark of any marker; those whose consensus is wrong by the human's mark;
    those of them on which the markers disagree, so that they go to review.
    """

    answers: int = 0
    wrong: int = 0
    caught: int = 0

    def __add__(self, other: "Caught") -> "Caught":
        return Caught(self.answers + other.answers, self.wrong + other.wrong, self.caught + other.caught)

    def shares(self, billed: float) -> dict[str, Any]:
        """The bill for these answers."""
        return {
            "billed_usd": billed,
            "answers": self.answers,
            "per_answer_usd": billed / self.answers if self.answers else None,
            "wrong_marks": self.wrong,
            "caught_marks": self.caught,
            "per_caught_mark_usd": billed / self.caught if self.caught else None,
        }


def caught_of(marks: bytes) -> dict[str, Caught]:
    """By question, of the stored marks of an exam, by all its markers together."""
    import numpy as np  # noqa: PLC0415 - stays out of a process that computes no figures

    from app.agreement.doubt import doubts  # noqa: PLC0415 - the same
    from app.agreement.table import EPSILON  # noqa: PLC0415 - the same
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - the same

    table = read_exam_marks(marks).table
    found = doubts(table, table.heard)
    human = table.human.marks[:, 0]
    wrong = np.abs(found.consensus - human) > table.tolerances + EPSILON
    in_review = found.disagreement > EPSILON
    return {
        question.question_id: Caught(
            int(np.isfinite(found.consensus[lines]).sum()),
            int(wrong[lines].sum()),
            int((wrong & in_review)[lines].sum()),
        )
        for number, question in enumerate(table.questions)
        for lines in [table.question == number]
    }


async def bill_with_estimate(
    exam: ExamRow, exams: ExamStore, analyses: Analyses, catalogue: Catalogue, estimate: Estimate | None
) -> dict[str, Any]:
    """The bill of an exam with `estimate_usd`: the estimate of its stored plan; None where nobody gives an estimate."""
    found = await exam_bill(exam, exams, analyses, catalogue)
    made = None if estimate is None else await estimate(exam, ExamPlanReq(models=[], force=True))
    usd = None if made is None or not made.sessions or made.cost_usd is None else made.cost_usd.model_dump()
    return {**found, "estimate_usd": usd}


async def exam_bill(exam: ExamRow, exams: ExamStore, analyses: Analyses, catalogue: Catalogue) -> dict[str, Any]:
    """The bill of an exam; see `bill`. Marks are read only where something was billed."""
    rows = await exams.spending(exam["exam_id"])
    scopes: list[Scope] = [{"exam_id": exam["exam_id"]}]
    caught = await analyses.study(exams, PATIENT, scopes, caught_of) if rows else {}
    prices = {row["model"]: (await catalogue.capabilities(row["model"])).price for row in rows}
    return bill(rows, prices, caught, len(exam["sessions"]))


def bill(
    rows: Sequence[Mapping[str, Any]],
    prices: Mapping[str, ModelPrice | None],
    by_question: Mapping[str, Caught],
    n_scripts: int,
) -> dict[str, Any]:
    """The answer of `/exams/{id}/bill` without the estimate. `rows` are those of `exam_spending`. A call marks all
    questions of a script: each answer bears the same part of the bill.
    """
    caught = sum(by_question.values(), Caught())
    markers = [_marker(name, [row for row in rows if row["marker"] == name], prices, caught) for name in _names(rows)]
    billed = sum(one["billed_usd"] for one in markers)
    ranges = [one["computed_usd"] for one in markers]
    whole = None
    if all(one is not None for one in ranges):
        whole = sum((Computed(one["low"], one["high"]) for one in ranges), Computed(0.0, 0.0))
    return {
        "simulated": any(row["simulated"] for row in rows),
        **caught.shares(billed),
        "computed_usd": _range(whole),
        "unexplained": None if whole is None else whole.unexplained(billed),
        "per_script_usd": billed / n_scripts if n_scripts else None,
        "questions": [
            {"question_id": name, **one.shares(billed * one.answers / caught.answers if caught.answers else 0.0)}
            for name, one in by_question.items()
        ],
        "markers": [{name: value for name, value in one.items() if name != "note"} for one in markers],
        "notes": [one["note"] for one in markers if one["note"] is not None],
    }


def _marker(
    name: str, rows: Sequence[Mapping[str, Any]], prices: Mapping[str, ModelPrice | None], caught: Caught
) -> dict[str, Any]:
    spent = [_spent(row) for row in rows]
    billed = sum(one.billed_usd for one in spent)
    parts = [computed(one, prices.get(one.model)) for one in spent]
    known = [part for part in parts if part is not None]
    whole = sum(known, Computed(0.0, 0.0)) if len(known) == len(parts) else None
    return {
        "marker": name,
        "requests": sum(one.calls for one in spent),
        "input_tokens": sum(one.prompt_tokens for one in spent),
        "cached_tokens": sum(one.cached_tokens for one in spent),
        "cache_write_tokens": sum(one.cache_write_tokens for one in spent),
        "output_tokens": sum(one.completion_tokens for one in spent),
        "billed_usd": billed,
        "computed_usd": _range(whole),
        "unexplained": None if whole is None else whole.unexplained(billed),
        "per_answer_usd": billed / caught.answers if caught.answers else None,
        "note": unexplained_note(name, [one.model for one in spent], whole, billed),
    }


def _spent(row: Mapping[str, Any]) -> Spent:
    tokens = (row["prompt_tokens"], row["cached_tokens"], row["completion_tokens"])
    return Spent(row["model"], row["calls"], *tokens, float(row["cost_usd"]), row["cache_write_tokens"])


def _range(found: Computed | None) -> dict[str, float] | None:
    return None if found is None else {"low": found.low, "high": found.high}


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["marker"] for row in rows))

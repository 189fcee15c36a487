"""The polled status of a test, and the events of its live feed. Pure."""

from collections.abc import Sequence
from typing import Any, cast

from app.marks.reasons import Reason
from app.store.records import AttemptRow, Progress, SlotRow, TestSlots, TestSummaryRow

UNFINISHED = frozenset({"pending", "generating"})


def status_of(test: TestSummaryRow, n_parallel: int | None = None) -> dict[str, Any]:
    """{status, progress, message, ...} of a summary. Progress is accepted questions / wanted ones. `n_parallel` is how
    many calls are made at once; where more would be faster, the message says so.
    """
    n, target = test["questions_generated"], test["target_questions"]
    created = f"{n} of {target} questions created"
    faster = _faster(n_parallel, target)
    is_made = test["status"] in UNFINISHED
    return {
        **{name: value for name, value in test.items() if name in _COPIED},
        "progress": round(n / target, 4),
        "unused_pages": list(test["unused_pages"]),
        "notes": [
            *_notes(test["unused_pages"]),
            *(part["message"] for part in test["left_out"]),
            *test["notes"],
        ],
        "message": f"Generating... usually under 1 minute. {created}{faster}" if is_made else created,
    }


def _faster(n_parallel: int | None, target: int) -> str:
    """Measured with calls of 2 s and two solvers: twenty questions took 50 s with 4 at once and 14 s with 16."""
    if n_parallel is None or n_parallel >= min(target, _ENOUGH_AT_ONCE):
        return ""
    return f". {n_parallel} calls are made at once; MCQ_CANDIDATE_COUNT={_ENOUGH_AT_ONCE} is faster"


# Twenty questions gain little from more.
_ENOUGH_AT_ONCE = 16
_COPIED = (
    "id",
    "status",
    "questions_generated",
    "target_questions",
    "elapsed_time",
    "failure_reason",
    "cost_usd",
    "created_at",
    "finished_at",
)


# Of a long list of pages.
_MOST_NAMED = 20


def _notes(pages: Sequence[int]) -> list[str]:
    """What a teacher should know of the test beside its progress."""
    if not pages:
        return []
    named = ", ".join(map(str, pages[:_MOST_NAMED])) + (" and more" if len(pages) > _MOST_NAMED else "")
    one = len(pages) == 1
    return [
        f"Page{'' if one else 's'} {named} {'is' if one else 'are'} not used: too little running text for a question."
    ]


def watched(slots: TestSlots) -> tuple[Progress, list[AttemptRow]]:
    """The progress and the attempts of `test_slots`, in the form that grading has: one attempt for each slot. `rounds`
    says how often each place has been written.
    """
    test = slots["test"]
    attempts = sorted((_attempt(test, slot) for slot in slots["slots"]), key=_as_finished)
    counts = dict.fromkeys(("pending", "running", "waiting", "succeeded", "failed", "cancelled"), 0)
    for attempt in attempts:
        counts[attempt["status"]] += 1
    progress = status_of(test) | {
        "name": test["name"],
        "started_at": test["created_at"],
        "attempts": {"total": len(attempts), **counts},
        "rounds": {str(slot["slot"]): slot["round"] for slot in slots["slots"] if slot["round"]},
        "tokens": slots["tokens"],
        "n_unmarked": 0,
        "estimated_seconds_left": None,
    }
    del progress["elapsed_time"]
    return cast("Progress", progress), [*attempts]


class SlotAttempt(AttemptRow):
    """A slot in the form of an attempt. `round` says how often its question has been written."""

    round: int


def _attempt(test: TestSummaryRow, slot: SlotRow) -> SlotAttempt:
    return {
        "model_name": test["model"],
        "try_index": slot["slot"],
        "round": slot["round"],
        "status": _status(test, slot),
        "reason": Reason.GIVEN_UP.value if slot["given_up"] else None,
        "message": slot["message"],
        "finished_at": slot["accepted_at"] or (slot["changed_at"] if slot["given_up"] else None),
    }


def _status(test: TestSummaryRow, slot: SlotRow) -> str:
    if slot["accepted_at"]:
        return "succeeded"
    if slot["given_up"]:
        return "failed"
    if test["status"] in UNFINISHED:
        return "running" if slot["tried"] or test["status"] == "generating" else "pending"
    return "cancelled"


def _as_finished(attempt: AttemptRow) -> tuple[bool, str, int]:
    return attempt["finished_at"] is None, attempt["finished_at"] or "", attempt["try_index"]

"""Reading stored answers anew, without a call: what was paid for can be read by a better parser."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypedDict

from app.grading.answers.criteria import parse_criteria
from app.grading.answers.merged import merge
from app.grading.marking import parser_of
from app.grading.outcome import marked
from app.grading.session_run import NO_MARKS, save_snapshot
from app.grading.slices import Slice, combined, read_slice
from app.marks.model import Json, ParsedAnswer, Question, SessionStatus
from app.marks.reasons import Reason
from app.openrouter.call import unpack
from app.openrouter.classify import OutcomeKind, classify
from app.store.runs import Outcome, ResultRow
from app.store.sessions import Store

Parse = Callable[[str, str, Sequence[Question]], ParsedAnswer]
Call = Mapping[str, Any]


class Change(TypedDict):
    """One question of one attempt that reads differently now. `reason` is why there is no mark; None where there is."""

    model: str
    try_index: int
    question_id: str
    before: float | None
    after: float | None
    reason: str | None


class Reread(TypedDict):
    """`answers` were read; `unread` calls hold no answer that belongs to the inputs of today. `rubrics` are the models
    whose rubric call had failed and whose criteria can be read now.
    """

    session_id: str
    answers: int
    unread: int
    rubrics: list[str]
    changes: list[Change]


async def reread_session(store: Store, session_id: str) -> Reread:
    """Read every stored answer of the current run anew, store what differs, and say what that is.

    The marks before stay with the replies of their call. Raises NotFoundError, and ConflictError while the session is
    being graded.
    """
    stored = await store.stored_answers(session_id)
    questions = tuple(Question(**row) for row in stored["questions"])
    # Reading some thousand answers takes seconds: not on the loop.
    parse = parser_of(stored["marked_by"], stored["plan"] or {})
    answers, outcomes, changes = await asyncio.to_thread(_read_all, stored["calls"], questions, parse)
    rubrics = [found for call in stored["rubrics"] if (found := _criteria(call)) is not None]
    if outcomes or rubrics:
        has_marks = any(row["marks_awarded"] is not None for one in outcomes for row in one["results"])
        was_without = stored["status"] == SessionStatus.FAILED and (stored["failure_reason"] or "").startswith(NO_MARKS)
        await store.record_reread(session_id, stored["run"], outcomes, rubrics, graded=has_marks and was_without)
        await save_snapshot(store, session_id)
    return {
        "session_id": session_id,
        "answers": answers,
        "unread": len(stored["calls"]) - answers,
        "rubrics": list(dict.fromkeys(str(one["model_name"]) for one in rubrics)),
        "changes": changes,
    }


def _read_all(
    calls: Sequence[Call], questions: Sequence[Question], parse: Parse
) -> tuple[int, list[Outcome], list[Change]]:
    answers, outcomes, changes = 0, [], []
    for call in calls:
        parsed = _read(call, questions, parse)
        if parsed is None:
            continue
        answers += 1
        outcome = _outcome(call, parsed)
        found = list(_changes(call, outcome["results"]))
        if found:
            outcomes.append(outcome)
            changes.extend(found)
    return answers, outcomes, changes


def _read(call: Call, questions: Sequence[Question], parse: Parse) -> ParsedAnswer | None:
    """All answers of a call, in order: a later one fills only what the earlier ones left unmarked. Questions whose
    slice has no answer are left out.
    """
    if any("slice" in one for one in call["completions"]):
        return _read_slices(call, questions, parse)
    both: ParsedAnswer | None = None
    for text in _answers(call):
        parsed = parse(call["model_name"], text, questions)
        both = parsed if both is None else merge(both, parsed)
    return both


def _read_slices(call: Call, questions: Sequence[Question], parse: Parse) -> ParsedAnswer | None:
    """The last answer of each slice counts."""
    texts = {Slice.from_json(one["slice"]): text for one, text in _answered(call) if "slice" in one}
    read = {one: read_slice(partial(parse, call["model_name"]), one, text, questions) for one, text in texts.items()}
    first = {one: found for one, found in read.items() if not one.is_again}
    again = {one: found for one, found in read.items() if one.is_again}
    n_pages = next((one.pages for one in first if one.page is not None), 0)
    if not first or (n_pages and len(first) < n_pages):
        # Of a page without an answer nobody knows what stands on it.
        return None
    return combined(questions, first, {**again})


def _answers(call: Call) -> Iterator[str]:
    return (text for _, text in _answered(call))


def _answered(call: Call) -> Iterator[tuple[Mapping[str, Json], str]]:
    """The complete answers to today's inputs. One that an earlier version could not use may be complete to this one."""
    exchanges = [one for one in call["completions"] if "verdict" in one]
    hashed = any("input_hash" in one for one in exchanges)
    for one in exchanges:
        if one.get("input_hash", None if hashed else call["input_hash"]) == call["input_hash"]:
            text = _complete_text(one)
            if text is not None:
                yield one, text


def _criteria(call: Call) -> dict[str, Json] | None:
    """The criteria of a failed rubric call, from the last answer in which they can be read; None if there is none."""
    read = [parsed for text in _answers(call) if (parsed := parse_criteria(text)).parse_error is None]
    if not read:
        return None
    row = {name: call[name] for name in ("model_name", "try_index", "input_hash")}
    before = {name: call[name] for name in ("status", "error")}
    return row | {"criteria": read[-1].text, "before": _reread_at(before)}


def _reread_at(before: dict[str, Json]) -> dict[str, Json]:
    return {"reread_at": datetime.now(UTC).isoformat(timespec="seconds"), "before": before}


def _complete_text(exchange: Mapping[str, Json]) -> str | None:
    body = unpack(exchange.get("reply") or {})
    if body is None or exchange.get("status") is None:
        return exchange.get("content") if exchange["verdict"] == OutcomeKind.COMPLETED else None
    outcome = classify(exchange["status"], {}, body, now=0)
    return outcome.answer.text if outcome.kind is OutcomeKind.COMPLETED else None


def _outcome(call: Call, parsed: ParsedAnswer) -> Outcome:
    row: Outcome = {
        "model_name": call["model_name"],
        "try_index": call["try_index"],
        "input_hash": call["input_hash"],
    }
    outcome = marked(row, parsed, None)
    changed_since = {one["question_id"] for one in call["results"] if _was_changed(one)}
    # The answer was given to another form of these questions: they stay unmarked until they are graded again.
    outcome["results"] = [one for one in outcome["results"] if one["question_id"] not in changed_since]
    before = {name: call[name] for name in ("status", "error", "parse_path", "passed_over", "results")}
    outcome["before"] = _reread_at(before)
    return outcome


def _was_changed(result: Mapping[str, Any]) -> bool:
    return any(error.get("reason") == Reason.QUESTION_CHANGED for error in result["validation_errors"])


def _changes(call: Call, rows: Sequence[ResultRow]) -> Iterator[Change]:
    before = {one["question_id"]: one for one in call["results"]}
    for row in rows:
        old = before.get(row["question_id"], {"marks_awarded": None, "validation_errors": []})
        if (old["marks_awarded"], _reason(old)) != (row["marks_awarded"], _reason(row)):
            yield {
                "model": call["model_name"],
                "try_index": call["try_index"],
                "question_id": row["question_id"],
                "before": old["marks_awarded"],
                "after": row["marks_awarded"],
                "reason": _reason(row) if row["marks_awarded"] is None else None,
            }


def _reason(row: Mapping[str, Any]) -> str | None:
    return next((error.get("reason") for error in row["validation_errors"]), None)

"""The rows of a call: its own, with the replies, and one for each configured question. Pure."""

from collections.abc import Mapping, Sequence

from app.marks.model import CallStatus, Finding, Json, ParsedAnswer, Question, QuestionMark
from app.marks.reasons import Reason
from app.openrouter.call import CallResult, Failure
from app.openrouter.reply import NO_ANSWER
from app.store.runs import CallKey, Outcome, ResultRow


def call_row(
    key: CallKey, input_hash: str, result: CallResult | None, asked: Mapping[str, Json] | None = None
) -> Outcome:
    """The part that every outcome has; `result` is None for a call that was not made. `asked` is the slice of
    the attempt that its request asked for.
    """
    row: Outcome = {
        "model_name": key.model_name,
        "try_index": key.try_index,
        "stage": key.stage.value,
        "input_hash": input_hash,
        "completions": [],
    }
    if result is None:
        return row
    of_all = {"input_hash": input_hash} | ({} if asked is None else {"slice": dict(asked)})
    last = result.completion or (result.exchanges[-1].answer if result.exchanges else NO_ANSWER)
    return row | {
        "completions": [exchange.as_json() | of_all for exchange in result.exchanges],
        "notes": list(result.notes),
        "finish_reason": last.finish_reason,
        "native_finish_reason": last.native_finish_reason,
        "provider": last.provider,
        "generation_id": last.generation_id,
        "prompt_tokens": result.usage.prompt_tokens,
        "completion_tokens": result.usage.completion_tokens,
        "reasoning_tokens": result.usage.reasoning_tokens,
        "cached_tokens": result.usage.cached_tokens,
        "cache_write_tokens": result.usage.cache_write_tokens,
        "cost_usd": result.usage.cost_usd,
        "http_requests": result.http_requests,
        "latency_ms": round(result.latency_seconds * 1000),
    }


def marked(row: Outcome, parsed: ParsedAnswer, content: str | None, failure: Failure | None = None) -> Outcome:
    """An answer that was read. It succeeded if any question got a mark or was declined; else it failed (parse)."""
    succeeded = parsed.marked > 0 or any(mark.abstained for mark in parsed.marks)
    error = None
    if not succeeded:
        error = _error(failure or Failure(Reason.PARSE, parsed.parse_error or Reason.PARSE.sentence))
    unread = None
    if parsed.parse_error:
        unread = {"content": content, "finish_reason": row.get("finish_reason"), "parse_error": parsed.parse_error}
    return row | {
        "status": (CallStatus.SUCCEEDED if succeeded else CallStatus.FAILED).value,
        "parse_path": parsed.parse_path,
        "passed_over": [piece.as_json() for piece in parsed.passed_over],
        "error": error,
        "validation_errors": [finding.as_json() for finding in parsed.findings],
        "results": [result_row(mark, unread) for mark in parsed.marks],
    }


def result_row(mark: QuestionMark, unread: dict[str, str | None] | None = None) -> ResultRow:
    """The row of one question; `unread` stands for its own piece of an answer in which nothing could be read."""
    return {
        "question_id": mark.question_id,
        "marks_awarded": mark.marks_awarded,
        "rubric_notes": mark.rubric_notes,
        "raw_output": unread or mark.raw,
        "validation_errors": [finding.as_json() for finding in mark.findings],
    }


def waiting(row: Outcome, parsed: ParsedAnswer, content: str) -> Outcome:
    """A first answer that is incomplete: stored at once, and asked for once more."""
    return marked(row, parsed, content) | {
        "status": CallStatus.WAITING.value,
        "error": None,
        "first_answer": content,
    }


def of_slice(row: Outcome, name: str, answer: dict[str, Json]) -> Outcome:
    """The answer of one slice. The attempt has marks only when all its slices are there."""
    waiting_row: Outcome = {"status": CallStatus.WAITING.value, "slice": name, "slice_answer": answer, "results": []}
    return row | waiting_row


def interrupted(row: Outcome) -> Outcome:
    """A call that the next process makes: only what it had cost until now is stored."""
    return row | {"status": CallStatus.PENDING.value, "results": []}


def failed(row: Outcome, failure: Failure, questions: Sequence[Question]) -> Outcome:
    """A call without an answer: its reason, and every question unmarked for that reason."""
    unread = {"content": None, "finish_reason": row.get("finish_reason"), "parse_error": None}
    status = CallStatus.CANCELLED if failure.reason is Reason.CANCELLED else CallStatus.FAILED
    rows = [_unmarked(one.question_id, failure.message) for one in questions]
    for one in rows:
        one["raw_output"] = unread
    return row | {"status": status.value, "error": _error(failure), "results": rows}


def _unmarked(question_id: str, message: str) -> ResultRow:
    finding = Finding(Reason.CALL_FAILED, message, question_id)
    return {"question_id": question_id, "marks_awarded": None, "validation_errors": [finding.as_json()]}


def read_criteria(row: Outcome, criteria: str) -> Outcome:
    """A rubric call that succeeded; `criteria` is a JSON string with `grading_criteria`."""
    return row | {"status": CallStatus.SUCCEEDED.value, "criteria": criteria, "results": []}


def escaped(outcome: Outcome, message: str) -> Outcome:
    """An outcome that the database refused as data: a failure with its text escaped beyond refusal."""
    error = _error(Failure(Reason.NOT_STORABLE, message))
    row: Outcome = {
        "model_name": outcome["model_name"],
        "try_index": outcome["try_index"],
        "stage": outcome["stage"],
        "input_hash": outcome["input_hash"],
        "status": CallStatus.FAILED.value,
        # What it had cost stands in here too: among the numbers may be the one that was refused.
        "completions": [{"escaped": ascii(outcome["completions"])}],
        "error": error,
        "results": [_unmarked(row["question_id"], message) for row in outcome["results"]],
    }
    if "slice" in outcome:
        return of_slice(row, outcome["slice"], {"content": None, "error": error, "whole": False})
    return row


def _error(failure: Failure) -> dict[str, str]:
    return {"reason": failure.reason.value, "message": failure.message}

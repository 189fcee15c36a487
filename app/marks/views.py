"""The views of stored marks that clients read: by question, by attempt, errors, token use. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from app.marks.comparison import attempts_from_rows, discrepancies_by_model_try, totals
from app.marks.model import CallStatus, Question, Role, Stage
from app.marks.reasons import Kind, Reason
from app.marks.rows import CallRow, ErrorRow, MarkRow, SessionResults, SessionTemplate
from app.marks.rubric_view import by_question


def token_usage(call: CallRow) -> dict[str, int]:
    """Tokens of one call, summed over its requests. Reasoning tokens are part of the output tokens."""
    return {
        "input_tokens": call["prompt_tokens"],
        "output_tokens": call["completion_tokens"],
        "reasoning_tokens": call["reasoning_tokens"],
        "total_tokens": call["prompt_tokens"] + call["completion_tokens"],
    }


def results_by_question(stored: SessionResults) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """{question_id: {marker: [{try_index, marks_awarded, rubric_notes, token_usage, validation_errors}]}}, by try."""
    usage = {
        (call["model_name"], call["try_index"]): token_usage(call)
        for call in stored["calls"]
        if call["stage"] == Stage.ASSESSMENT
    }
    table: dict[str, dict[str, list[dict[str, Any]]]] = {q["question_id"]: {} for q in stored["questions"]}
    for row in stored["results"]:
        table[row["question_id"]].setdefault(row["model_name"], []).append(
            {
                "try_index": row["try_index"],
                "marks_awarded": row["marks_awarded"],
                "rubric_notes": _notes(row),
                "token_usage": usage.get((row["model_name"], row["try_index"])),
                "validation_errors": row["validation_errors"],
            }
        )
    return table


def _notes(row: MarkRow) -> str | None:
    """The note beside a mark; without a mark it says so first: a front end that shows notes alone must not hide it."""
    if row["marks_awarded"] is not None:
        return row["rubric_notes"]
    why = next((error["message"] for error in row["validation_errors"]), "The answer gives no mark.")
    return " ".join(filter(None, (f"Not marked: {why}", row["rubric_notes"])))


def errors_by_model_try(stored: SessionResults) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """{marker: {"1": [{reason, code, message, ...}]}}: why an attempt failed, and why single questions have no mark.

    `reason`, which front ends print, and `message` are the sentence; `code` is the machine's word. Remarks that cost no
    mark are left out.
    """
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    failed = set()
    for call in stored["calls"]:
        shown = [] if call["error"] is None else [_as_clients_read(call["error"]) | {"stage": call["stage"]}]
        shown += [_as_clients_read(error) for error in call["validation_errors"] if _costs_a_mark(error)]
        if shown:
            found[call["model_name"]][str(call["try_index"])].extend(shown)
        if call["status"] in {CallStatus.FAILED, CallStatus.CANCELLED}:
            failed.add((call["model_name"], call["try_index"]))
    for row in stored["results"]:
        # A failed attempt's questions all repeat its reason: once is enough.
        if row["marks_awarded"] is None and (row["model_name"], row["try_index"]) not in failed:
            found[row["model_name"]][str(row["try_index"])].extend(
                {"question_id": row["question_id"], **_as_clients_read(error)} for error in row["validation_errors"]
            )
    return {marker: dict(tries) for marker, tries in found.items()}


def _as_clients_read(error: ErrorRow) -> dict[str, Any]:
    return {**error, "reason": error["message"], "code": error["reason"]}


def _costs_a_mark(error: ErrorRow) -> bool:
    return error["reason"] not in _REMARKS


_REMARKS = frozenset(reason.value for reason in Reason if reason.kind is Kind.REMARK)


def rubric_results(stored: SessionResults) -> dict[str, dict[str, dict[str, Any]]]:
    """{marker: {"1": {try_index, rubric_response, validation_errors}}}"""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for call in stored["calls"]:
        if call["stage"] == Stage.RUBRIC and call["status"] in {CallStatus.SUCCEEDED, CallStatus.FAILED}:
            found[call["model_name"]][str(call["try_index"])] = {
                "try_index": call["try_index"],
                "rubric_response": by_question(call["criteria"], stored["questions"]),
                "validation_errors": [] if call["error"] is None else [call["error"]],
            }
    return dict(found)


def tokens_by_stage(stored: SessionResults) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """{rubric: {marker: {"1": {input_tokens, ...}}}, assessment: {...}}"""
    stages: dict[str, dict[str, dict[str, dict[str, int]]]] = {stage.value: {} for stage in Stage}
    for call in stored["calls"]:
        stages[call["stage"]].setdefault(call["model_name"], {})[str(call["try_index"])] = token_usage(call)
    return stages


def statistics(stored: SessionResults, without: Collection[str] = ()) -> dict[str, Any]:
    """{human_marks_by_qid, totals, discrepancies_by_model_try}, computed afresh. The marks of the markers `without` are
    in no figure; the tokens that they used are counted.
    """
    questions = [Question(**row) for row in stored["questions"]]
    attempts = attempts_from_rows(row for row in stored["results"] if row["model_name"] not in without)
    human = stored["human_marks_by_qid"]
    return {
        "human_marks_by_qid": human,
        "totals": totals(questions, attempts) | {"token_usage_stats": _token_usage_stats(stored["calls"])},
        "discrepancies_by_model_try": discrepancies_by_model_try(questions, human, attempts),
    }


def _token_usage_stats(calls: Iterable[CallRow]) -> dict[str, dict[str, Any]]:
    """{marker: {calls, input_tokens, output_tokens, reasoning_tokens, total_tokens, cost_usd}}, over both stages."""
    by_marker: dict[str, list[CallRow]] = defaultdict(list)
    for call in calls:
        by_marker[call["model_name"]].append(call)
    return {marker: _summed(rows) for marker, rows in by_marker.items()}


def _summed(calls: Sequence[CallRow]) -> dict[str, Any]:
    usages = [token_usage(call) for call in calls]
    tokens = {name: sum(usage[name] for usage in usages) for name in usages[0]}
    return {"calls": len(calls), **tokens, "cost_usd": round(sum(call["cost_usd"] for call in calls), 10)}


def reusable(stored: SessionTemplate, address: Callable[[str], str]) -> dict[str, Any]:
    """The body of `GET /sessions/{id}/template`: plan, questions, human marks, images, templates. `address`
    gives the address of a registered image.
    """
    plan = stored["plan"] or {"summary": {"model_pairs": None}, "markers": []}
    pairs = plan["summary"]["model_pairs"]
    urls: dict[str, list[str]] = {role.value: [] for role in Role}
    for image in stored["images"]:
        urls[image["role"]].append(address(image["url"]))
    return {
        "name": stored["name"],
        "model_pairs": pairs
        and [{**pair, "tries": marker["tries"]} for pair, marker in zip(pairs, plan["markers"], strict=True)],
        "models": [
            {
                **marker["assessment"],
                **({"examples": marker["examples"]} if "examples" in marker else {}),
                "tries": marker["tries"],
                "instance_id": marker["key"],
            }
            for marker in plan["markers"]
        ],
        "default_tries": stored["default_tries"],
        "questions": [
            {"question_id": question["question_id"], "max_mark": question["max_marks"]}
            for question in stored["questions"]
        ],
        "human_grades": stored["human_marks_by_qid"],
        "images": {
            "student_images": urls[Role.STUDENT],
            "answer_key_images": urls[Role.ANSWER_KEY],
            "rubric_images": urls[Role.GRADING_RUBRIC],
        },
        "templates": stored["templates"],
    }

"""What a simulated model writes: the text of one completion, good or bad. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.marks.model import Stage
from app.simulator.asks import Ask
from app.simulator.faults import MARKS_ONLY, Fault

dumps = json.JSONEncoder(separators=(",", ":")).encode

_CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Written:
    """A model's text. `marks` holds the true marks in it, `fault` names its defect, or is None."""

    content: str | None
    finish_reason: str
    marks: Mapping[str, float]
    fault: Fault | None


def write(  # noqa: PLR0917 - all that an answer depends on
    ask: Ask, marks: Mapping[str, float], try_index: int, fault: Fault | None, draw: float, said: str | None = None
) -> Written:
    """The answer to `ask`, with the true `marks` as far as `fault` allows. `draw` in [0, 1) picks the variant.

    The answer obeys `max_tokens`: a longer one is truncated, whatever its fault.
    """
    if fault in MARKS_ONLY and ask.stage is Stage.RUBRIC:
        fault = None
    if fault in _WITHOUT_MARKS:
        content, finish_reason = _WITHOUT_MARKS[fault]
        return Written(content, finish_reason, {}, fault)
    if said is not None:
        return _other(ask, said, fault, draw)
    items = _criteria(ask) if ask.stage is Stage.RUBRIC else _answers(ask, marks, try_index)
    sent = dict(marks) if ask.stage is Stage.ASSESSMENT else {}
    if fault in _ITEM_FAULTS:
        _ITEM_FAULTS[fault](items, sent, draw)
    content = dumps({"grading_criteria" if ask.stage is Stage.RUBRIC else "answers": items})
    return _whole_or_cut(ask, content, sent, fault, draw)


def _other(ask: Ask, said: str, fault: Fault | None, draw: float) -> Written:
    """An answer to a request that asks for no marks. Faults of marks do not apply to it."""
    return _whole_or_cut(ask, said, {}, None if fault in _ITEM_FAULTS else fault, draw)


def _whole_or_cut(ask: Ask, content: str, sent: dict[str, float], fault: Fault | None, draw: float) -> Written:
    if fault in _TEXT_FAULTS:
        content = _TEXT_FAULTS[fault](content, draw)
    room = len(content) if ask.max_tokens is None else ask.max_tokens * _CHARS_PER_TOKEN
    if fault is Fault.TRUNCATED:
        room = min(room, int(len(content) * (0.3 + 0.6 * draw)))
    if room < len(content):
        return Written(content[:room], "length", {}, Fault.TRUNCATED)
    return Written(content, "stop", sent, fault)


def shown(mark: float) -> float | int:
    """Whole marks without a decimal point, as models write them."""
    return int(mark) if mark.is_integer() else mark


_REMARKS = (
    "method right, a slip in the working",
    "result without the working that the key asks for",
    "the last step is missing",
)


def _answers(ask: Ask, marks: Mapping[str, float], try_index: int) -> list[dict[str, Any]]:
    return [
        {
            "question_id": question.question_id,
            "marks_awarded": shown(mark := marks[question.question_id]),
            "rubric_notes": f"SIMULATED: {_remark(mark, question.max_marks, place + try_index)}.",
        }
        | {name: value for name, value in _where(place).items() if name in ask.where}
        for place, question in enumerate(ask.questions)
    ]


def _where(place: int) -> dict[str, Any]:
    return {"page": 1 + place % 2, "quote": "SIMULATED words that earned the mark"}


def _remark(mark: float, max_marks: float, turn: int) -> str:
    if mark == max_marks:
        return "method and result agree with the key"
    return _REMARKS[turn % len(_REMARKS)] if mark else "nothing that the key asks for"


def _criteria(ask: Ask) -> list[dict[str, Any]]:
    return [
        {
            "question_id": question.question_id,
            "marks": shown(question.max_marks),
            "criterion": "SIMULATED: a right result with its working.",
        }
        for question in ask.questions
    ]


Items = list[dict[str, Any]]
Sent = dict[str, float]


def _variant(draw: float, of: int) -> int:
    """An index below `of`; 0 if there is no choice."""
    return int(draw * of)


def _drop(items: Items, sent: Sent, draw: float) -> None:
    """Up to half of the questions, at least one."""
    for _ in range(max(1, len(items) // 2) if items else 0):
        gone = items.pop(_variant(draw, len(items)))
        sent.pop(gone["question_id"], None)


def _exceed(items: Items, sent: Sent, draw: float) -> None:
    if items:
        item = items[_variant(draw, len(items))]
        item["marks_awarded"] = 1000 + item["marks_awarded"]
        sent.pop(item["question_id"], None)


def _abstain(items: Items, sent: Sent, draw: float) -> None:
    if items:
        item = items[_variant(draw, len(items))]
        item |= {"marks_awarded": None, "rubric_notes": "SIMULATED: illegible in the scan."}
        sent.pop(item["question_id"], None)


def _invent(items: Items, sent: Sent, draw: float) -> None:
    invented = "SIMULATED-" + "X" * (1 + max((len(qid) for qid in sent), default=0))
    item = {"question_id": invented, "marks_awarded": 99, "rubric_notes": "SIMULATED: nobody asked."}
    items.insert(_variant(draw, len(items)), item)


def _make_unstorable(items: Items, sent: Sent, draw: float) -> None:  # noqa: ARG001 - the shape of all item faults
    for item in items:
        key = "rubric_notes" if "rubric_notes" in item else "criterion"
        item[key] += " NUL \x00 and a lone surrogate \ud800"


_ITEM_FAULTS: Mapping[Fault | None, Callable[[Items, Sent, float], None]] = {
    Fault.INCOMPLETE: _drop,
    Fault.OUT_OF_RANGE: _exceed,
    Fault.ABSTAINED: _abstain,
    Fault.UNKNOWN_QUESTION: _invent,
    Fault.UNSTORABLE: _make_unstorable,
}


def _fence(content: str, draw: float) -> str:
    language = ("json", "")[_variant(draw, 2)]
    return f"```{language}\n{content}\n```"


def _wrap_in_prose(content: str, draw: float) -> str:
    think = ('<think>SIMULATED: is it [1] or {"marks_awarded": 2}? Let me look again.</think>\n', "")[_variant(draw, 2)]
    return f"{think}SIMULATED: here are the marks (see {{key}}):\n\n{content}\n\nAsk me if [anything] is unclear."


def _break_syntax(content: str, draw: float) -> str:
    """One of four syntax errors that models make. None touches a digit, so a repaired mark is the true mark."""
    slips = (
        content[:-1],
        content.replace('","', '" "', 1),
        content.replace('{"question_id":', "{question_id:", 1),
        content.replace("}]", "},]", 1)[:-1] + ",}",
    )
    return slips[_variant(draw, len(slips))]


_TEXT_FAULTS: Mapping[Fault | None, Callable[[str, float], str]] = {
    Fault.FENCED: _fence,
    Fault.PROSE: _wrap_in_prose,
    Fault.MALFORMED: _break_syntax,
}

_WITHOUT_MARKS: Mapping[Fault | None, tuple[str | None, str]] = {
    Fault.NULL_CONTENT: (None, "stop"),
    Fault.CONTENT_FILTER: (None, "content_filter"),
    Fault.UNREADABLE: ("SIMULATED: the handwriting defeats me, and I would rather not put a number on it.", "stop"),
}

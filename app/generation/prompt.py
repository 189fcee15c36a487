"""From a segment, a draft or a scanned page to the messages of one call. What is filled in is data and stays data."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.generation import prompt_texts as texts
from app.generation.model import LETTERS, Bloom, CheckFinding, ChoiceQuestion, Difficulty, Kind
from app.generation.plans import SlotPlan
from app.generation.prompt_texts import PROMPT_VERSION
from app.generation.segment import Segment
from app.marks.languages import NAMES
from app.marks.model import Json
from app.openrouter.catalogue import ModelCapabilities

__all__ = [
    "PROMPT_VERSION",
    "CallRole",
    "WriterInputs",
    "response_format",
    "revision_messages",
    "solver_messages",
    "writer_messages",
]

# What a model is shown of its own rejected answer: a whole question has some 2,000 characters.
_LONGEST_REJECTED = 6_000

_Message = dict[str, Json]


class CallRole(StrEnum):
    """What a call is for, as `test_attempt.role` has it."""

    WRITER = "writer"
    SOLVER = "solver"


@dataclass(frozen=True, slots=True)
class WriterInputs:
    """The inputs of one question: its segment, its difficulty, its plan."""

    segment: Segment
    difficulty: Difficulty = Difficulty.MEDIUM
    plan: SlotPlan = field(default_factory=SlotPlan)


def writer_messages(inputs: WriterInputs) -> list[_Message]:
    plan = inputs.plan
    topics = texts.TOPICS.format(topics=json.dumps(list(plan.topics), ensure_ascii=False)) if plan.topics else ""
    user = texts.WRITER_USER.format(
        difficulty=texts.DIFFICULTIES[inputs.difficulty],
        language=NAMES.get(inputs.segment.language, inputs.segment.language),
        wishes="".join(_wishes(plan)),
        topics=topics,
        contract=texts.WRITER_CONTRACTS[plan.kind],
        document=_fenced("document", inputs.segment.text),
    )
    return [_said("system", texts.writer_system(plan.kind)), _said("user", user)]


def _wishes(plan: SlotPlan) -> Iterator[str]:
    """What code has decided. The letters of a question with options of its own are not told."""
    if plan.kind is Kind.TRUE_FALSE:
        yield texts.TRUTHS[plan.key]
    elif plan.kind is Kind.ASSERTION_REASON:
        yield texts.RELATIONS[plan.key]
    elif plan.kind is Kind.SEVERAL:
        yield texts.N_RIGHT.format(n=len(plan.key.split(",")))
    if plan.bloom:
        yield texts.BLOOM.format(bloom=plan.bloom.value, meaning=texts.BLOOMS[plan.bloom])


def revision_messages(inputs: WriterInputs, rejected: Sequence[tuple[str, Sequence[CheckFinding]]]) -> list[_Message]:
    """The conversation so far: each rejected answer as it was written, what was wrong with it, and to do better.

    What stands before stays as it was, so that what a provider has cached of it is used.
    """
    messages = writer_messages(inputs)
    for answer, findings in rejected:
        reasons = "\n".join(f"- {_one_line(finding)}" for finding in findings if finding.blocking)
        messages.append(_said("assistant", answer[:_LONGEST_REJECTED] or "(no answer)"))
        messages.append(_said("user", texts.REVISION_USER.format(reasons=reasons)))
    return messages


def solver_messages(question: ChoiceQuestion, *, with_quote: bool) -> list[_Message]:
    """One question to be solved blind: neither the key nor its explanation is in it."""
    material = texts.SOLVER_WITH_QUOTE if with_quote else texts.SOLVER_WITHOUT
    quote = f"{_fenced('extract', question.quote)}\n\n" if with_quote else ""
    form = question.letter_key.form
    prompts = [f"{at}. {' '.join(text.split())}" for at, text in enumerate(question.prompts, start=1)]
    options = [f"{letter}. {' '.join(text.split())}" for letter, text in question.lettered]
    user = texts.SOLVER_USER.format(
        quote=quote,
        question="\n\n".join(filter(None, [question.question, "\n".join(prompts)])),
        options="\n".join(options),
        contract=texts.SOLVER_CONTRACTS[form],
    )
    system = texts.SOLVER_SYSTEM.format(task=texts.SOLVER_TASKS[form], material=material)
    return [_said("system", system), _said("user", user)]


def response_format(capabilities: ModelCapabilities, role: CallRole, plan: SlotPlan) -> dict[str, Json] | None:
    """The strictest form the model takes, None where only the prompt can ask. Lengths are checked here, not by it."""
    if capabilities.supports("structured_outputs"):
        name, schema = ("question", _QUESTIONS[plan.kind]) if role is CallRole.WRITER else ("choice", _choice(plan.key))
        return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}
    return {"type": "json_object"} if capabilities.supports("response_format") else None


def _said(role: str, content: Json) -> _Message:
    return {"role": role, "content": content}


def _one_line(finding: CheckFinding) -> str:
    found = f" Found: {json.dumps(finding.found, ensure_ascii=False)}" if finding.found else ""
    return " ".join(f"{finding.message}{found}".split())


def _fenced(name: str, text: str) -> str:
    """`text` between tags that it cannot close itself."""
    harmless = re.sub(rf"<(?=\s*/?\s*{name})", "&lt;", text, flags=re.IGNORECASE)
    return f"<{name}>\n{harmless}\n</{name}>"


def _object(properties: dict[str, Json]) -> dict[str, Json]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_TEXT: dict[str, Json] = {"type": "string"}
_WRONG: dict[str, Json] = {"type": "array", "items": _object({"text": _TEXT, "why_wrong": _TEXT})}
_PROOF: dict[str, Json] = {
    "explanation": _TEXT,
    "quote": _TEXT,
    "topic": _TEXT,
    "bloom": {"type": "string", "enum": [bloom.value for bloom in Bloom]},
}
_QUESTIONS = {
    Kind.SINGLE: _object({"stem": _TEXT, "key": _TEXT, "distractors": _WRONG} | _PROOF),
    Kind.SEVERAL: _object({"stem": _TEXT, "keys": {"type": "array", "items": _TEXT}, "distractors": _WRONG} | _PROOF),
    Kind.TRUE_FALSE: _object({"statement": _TEXT, "why_wrong": _TEXT} | _PROOF),
    Kind.ASSERTION_REASON: _object({"assertion": _TEXT, "reason": _TEXT} | _PROOF),
    Kind.MATCHING: _object(
        {"stem": _TEXT, "pairs": {"type": "array", "items": _object({"item": _TEXT, "match": _TEXT})}} | _PROOF
    ),
}


def _choice(key: str) -> dict[str, Json]:
    """Of one letter the letters are listed; several or a row of them are text that is read afterwards."""
    answer: dict[str, Json] = {"type": ["string", "null"]}
    return _object({"reason": _TEXT, "answer": answer if "," in key else answer | {"enum": [*LETTERS, None]}})

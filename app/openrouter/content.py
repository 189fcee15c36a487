"""Finds the model's answer in a reply. Providers use many places for it; thinking is never the answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.marks.model import Json

# Types of content parts, by what they hold.
_ANSWER_TYPES = frozenset({"text", "output_text", "input_text", "json", "output_json", "object"})
_THOUGHT_TYPES = frozenset(
    {
        "reasoning",
        "thinking",
        "thought",
        "redacted_thinking",
        "reasoning_content",
        "reasoning_text",
        "reasoning_summary",
        "reasoning.text",
        "reasoning.summary",
        "reasoning.encrypted",
        "summary_text",
        "analysis",
    }
)
_REFUSAL_TYPES = frozenset({"refusal"})
# Where an answer may stand beside a message's `content`, in the message and in the choice.
_ELSEWHERE = frozenset({"parsed", "tool_calls", "function_call", "text", "output_text"})
_BESIDE_MESSAGE = frozenset({"text", "output_text", "content"})
_THOUGHT_FIELDS = ("reasoning", "reasoning_content", "reasoning_details", "thinking", "thinking_blocks", "thoughts")


@dataclass(frozen=True, slots=True)
class Found:
    """`content` is the answer, None where there is none. `has_refused`: the model says so in the place for it.
    `has_thought`: it left text that is thinking.
    """

    content: str | None = field(default=None, repr=False)
    has_refused: bool = False
    has_thought: bool = False


def as_object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def choices_of(document: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The reply's choices, also where another API's form of reply holds the answer. Empty where there are none."""
    found = document.get("choices")
    if isinstance(found, list):
        return [one for one in found if isinstance(one, dict)]
    return [] if found is not None else list(_foreign_choices(document))


def answering_choice(choices: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json] | None, Found]:
    """The choice that holds the answer, and what was found in it: the first one with content, else the first one.

    The client asks for one choice. If a reply has several with content, their texts follow each other: the parser
    of marks finds out whether they contradict each other.
    """
    if len(choices) == 1:
        return choices[0], read_choice(choices[0])
    read = [(choice, read_choice(choice)) for choice in choices]
    holding = [pair for pair in read if (pair[1].content or "").strip()]
    if not holding:
        return read[0] if read else (None, Found())
    choice, found = holding[0]
    if len(holding) == 1:
        return choice, found
    return choice, replace(found, content=_together([one.content for _, one in holding if one.content is not None]))


def read_choice(choice: Mapping[str, Json]) -> Found:
    message = as_object(choice.get("message")) or as_object(choice.get("delta"))
    if has_one_text(choice, message):
        return Found(message["content"], bool(message.get("refusal")), _has_thought(message))
    texts = [text for text in _places(choice, message) if text is not None and text.strip()]
    return Found(
        content=_together(texts) if texts else _empty(message),
        has_refused=bool(message.get("refusal")) or _has_part(message.get("content"), _REFUSAL_TYPES),
        has_thought=_has_thought(message) or _has_part(message.get("content"), _THOUGHT_TYPES),
    )


def has_one_text(choice: Mapping[str, Json], message: Mapping[str, Json]) -> bool:
    """Whether the answer is a text in its usual place, and no other place of the choice could hold one."""
    content = message.get("content")
    is_text = isinstance(content, str) and not content.isspace() and content != ""
    return is_text and _ELSEWHERE.isdisjoint(message) and _BESIDE_MESSAGE.isdisjoint(choice)


def _has_thought(message: Mapping[str, Json]) -> bool:
    return any(map(message.get, _THOUGHT_FIELDS))


def _together(texts: Sequence[str]) -> str:
    """One text of the texts of several places. Words without JSON ("I call the tool.") are left out beside JSON; the
    same JSON counts once, different JSON is kept.
    """
    if len(texts) == 1:
        return texts[0]
    holding = [text for text in texts if "{" in text] or texts[:1]
    return "\n\n".join(
        {_value(text): text for text in reversed(holding)}[key] for key in dict.fromkeys(map(_value, holding))
    )


def _value(text: str) -> str:
    """What a text says, however its JSON is spaced."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text.strip()


def _empty(message: Mapping[str, Json]) -> str | None:
    return message["content"] if isinstance(message.get("content"), str) else None


def _places(choice: Mapping[str, Json], message: Mapping[str, Json]) -> Iterator[str | None]:
    """Texts that may be the answer, the usual place first."""
    yield text_of(message.get("content"))
    yield _written(message.get("parsed"))
    yield _arguments(message)
    for holder in (message, choice):
        for name in ("text", "output_text"):
            yield text_of(holder.get(name))
    yield text_of(choice.get("content"))


def text_of(value: Json) -> str | None:
    """The answer's text in a content field: a string, an object, or a list of strings and typed parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _part(value) if _is_part(value) else _written(value)
    if not isinstance(value, list):
        return None
    if value and not any(isinstance(one, str) or (isinstance(one, dict) and _is_part(one)) for one in value):
        return _written(value)
    known = [one for one in value if isinstance(one, str) or _type(one) in _ANSWER_TYPES]
    texts = [text for one in known or value if (text := _part_or_string(one)) is not None]
    return "".join(texts) if texts else None


def _part_or_string(value: Json) -> str | None:
    return value if isinstance(value, str) else _part(value) if isinstance(value, dict) else None


def _is_part(value: Mapping[str, Json]) -> bool:
    """A typed part or a wrapper of text, not an answer that happens to be an object."""
    return isinstance(value.get("type"), str) or isinstance(value.get("parts"), list) or set(value) <= {"text", "value"}


def _part(value: Mapping[str, Json]) -> str | None:
    if _type(value) in _THOUGHT_TYPES | _REFUSAL_TYPES or value.get("thought") is True:
        return None
    for name in ("text", "value", "content", "parts"):
        if isinstance(value.get(name), (str, list)) or (name == "text" and isinstance(value.get(name), dict)):
            return text_of(value[name])
    return next((_written(value[name]) for name in ("json", "input", "object", "parsed") if name in value), None)


def _type(value: Json) -> str:
    found = as_object(value).get("type")
    return found.lower() if isinstance(found, str) else ""


def _has_part(content: Json, types: frozenset[str]) -> bool:
    parts = content if isinstance(content, list) else [content]
    return any(
        _type(part) in types or (types is _THOUGHT_TYPES and as_object(part).get("thought") is True) for part in parts
    )


def _written(value: Json) -> str | None:
    """An answer that came as JSON and not as its text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) and value else None


def _arguments(message: Mapping[str, Json]) -> str | None:
    """The arguments of the one tool call that the model made; several different ones name no answer."""
    calls = message.get("tool_calls")
    functions = [as_object(as_object(one).get("function")) for one in calls] if isinstance(calls, list) else []
    functions.append(as_object(message.get("function_call")))
    given = [one["arguments"] for one in functions if one.get("arguments")]
    texts = {one if isinstance(one, str) else _written(one) or "" for one in given}
    return texts.pop() if len(texts) == 1 else None


def _foreign_choices(document: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Replies of other APIs that gateways pass on unchanged."""
    candidates = document.get("candidates")
    if isinstance(candidates, list):
        for one in (as_object(candidate) for candidate in candidates):
            yield {"message": {"content": one.get("content")}, "finish_reason": one.get("finishReason")}
        return
    ended = document.get("stop_reason") or document.get("done_reason")
    if isinstance(document.get("output"), list):
        yield {"message": {"content": document["output"]}, "finish_reason": ended}
    elif isinstance(document.get("message"), dict):
        yield {"message": document["message"], "finish_reason": ended}
    elif document.get("role") == "assistant" or document.get("type") == "message":
        yield {"message": {"content": document.get("content")}, "finish_reason": ended}
    elif isinstance(document.get("output_text"), str):
        yield {"text": document["output_text"], "finish_reason": ended}

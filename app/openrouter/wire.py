"""The bytes of a reply's body, read into one document: plain JSON, JSON among comments, or a stream of events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from app.marks.model import Json

Document = Mapping[str, Json]

_DECODER = json.JSONDecoder()
_END_OF_STREAM = "[DONE]"
_LAST_EVENT = 200
# The finish reason of a stream that stops in the middle.
_INTERRUPTED = "interrupted"
# The fields in which gateways wrap a reply.
_WRAPPERS = ("data", "response", "result", "body")
# More objects than this are a stream of single characters at most; a body beyond it is not read.
_MOST_OBJECTS = 200_000


def read_document(body: bytes) -> Document | None:
    """The reply as one document in the form of a reply that was not streamed; None if the body holds no reply. Never
    raises. A byte that is not UTF-8 spoils one character and not the paid answer.
    """
    # Not "utf-8-sig", which decodes in Python.
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        objects = [] if text.startswith("<") else list(_objects(text))
    else:
        if is_usual(whole):
            return whole
        objects = _flat(whole)
    document = _one_of([_unwrapped(one) for one in objects])
    is_stream = any(_is_chunk(one) for one in objects)
    return _broken_off(document) if document and is_stream and _END_OF_STREAM not in text[-_LAST_EVENT:] else document


def is_usual(value: Json) -> TypeGuard[dict[str, Any]]:
    """Whether a body's JSON is a reply as OpenRouter sends it whole: one choice, with a message and without a delta."""
    if type(value) is not dict or value.get("object") != "chat.completion":
        return False
    choices = value.get("choices")
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return False
    return type(choices[0].get("message")) is dict and "delta" not in choices[0]


def _broken_off(document: Document) -> Document:
    """A stream without its end mark. If the stream also named no finish reason, the answer is whole only if its text
    ends like JSON. Otherwise the choice gets the finish reason `interrupted`, so that nobody takes half an answer for a
    whole one.
    """
    choices = _choices(document)
    if _has_ended(document) or document.get("error") is not None or any(map(_ends_as_json, choices)):
        return document
    return {**document, "choices": [{"finish_reason": _INTERRUPTED, **one} for one in choices]}


def _ends_as_json(choice: Mapping[str, Any]) -> bool:
    message = choice["message"]
    calls = [call["function"].get("arguments") for call in message.get("tool_calls") or []]
    texts = [text for text in (message.get("content"), choice.get("text"), *calls) if isinstance(text, str) and text]
    return not texts or texts[-1].rstrip("` \n\r\t").endswith(("}", "]"))


def _flat(value: Json) -> list[Document]:
    """Objects of a body that is JSON: one, a list of chunks, or JSON inside a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def _objects(text: str) -> Iterator[Document]:
    """Every JSON object of a body that is not JSON as a whole, in order: those of `data:` lines, and those between."""
    loose: list[str] = []
    event: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("data:"):
            yield from _loose_objects("\n".join(loose))
            loose = []
            # All known servers send one object a line. An object over several lines is joined at the end of the event.
            yield from _payload(event, line[5:])
        elif line.startswith((":", "event:", "id:", "retry:")):
            continue
        else:
            loose.append(line)
    yield from _loose_objects("\n".join(loose))


def _payload(event: list[str], line: str) -> Iterator[Document]:
    """`event` gathers the lines of an object that is not complete yet."""
    if line.strip() == _END_OF_STREAM:
        event.clear()
        return
    event.append(line.strip())
    try:
        found = json.loads("\n".join(event))
    except (ValueError, RecursionError):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return
    event.clear()
    yield from _flat(found)


def _loose_objects(text: str) -> Iterator[Document]:
    at = 0
    for _ in range(_MOST_OBJECTS):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            found, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            # Not the beginning of an object. What follows on this line may be a piece of it and is passed over.
            at = text.find("\n", at)
            if at < 0:
                return
            continue
        if isinstance(found, dict):
            yield found


def _unwrapped(document: Document) -> Document:
    if "choices" in document or "error" in document:
        return document
    inner = [document[name] for name in _WRAPPERS if isinstance(document.get(name), dict)]
    return inner[0] if len(inner) == 1 and ("choices" in inner[0] or "error" in inner[0]) else document


def _one_of(objects: Sequence[Document]) -> Document | None:
    """One document from the several objects of a body."""
    if len(objects) == 1 and not _is_chunk(objects[0]):
        return objects[0]
    chunks = [one for one in objects if _is_chunk(one)]
    if chunks:
        return _assembled(objects)
    answers = [one for one in objects if one.get("choices")]
    if not answers:
        return objects[0] if objects else None
    # An object after the answer, such as the token counts: the answer's own fields win over it.
    merged: dict[str, Json] = {}
    for one in [*objects, answers[0]]:
        merged |= {name: value for name, value in one.items() if value is not None}
    if _has_ended(answers[0]):
        merged.pop("error", None)
    return merged


def _choices(document: Document) -> list[dict[str, Any]]:
    found = document.get("choices")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_chunk(document: Document) -> bool:
    """A piece of a stream: its choices carry `delta`s and no message."""
    choices = _choices(document)
    is_named = str(document.get("object")).endswith(".chunk")
    return any("delta" in one and not one.get("message") for one in choices) or (is_named and "usage" in document)


def _has_ended(document: Document) -> bool:
    return any(one.get("finish_reason") not in {None, "", "error"} for one in _choices(document))


def _assembled(objects: Sequence[Document]) -> Document:
    """The reply that the pieces of a stream make. An error counts unless the answer ended before it."""
    merged: dict[str, Json] = {}
    choices: dict[Json, dict[str, Json]] = {}
    for one in objects:
        if one.get("error") is not None and any(choice.get("finish_reason") for choice in choices.values()):
            continue
        merged |= {name: value for name, value in one.items() if value is not None and name != "choices"}
        for choice in _choices(one):
            key = choice.get("index") if isinstance(choice.get("index"), int) else 0
            _add_choice(choices.setdefault(key, {"message": {}}), choice)
    return merged | {"choices": [choices[key] for key in sorted(choices)]}


def _add_choice(whole: dict[str, Json], piece: Mapping[str, Json]) -> None:
    for name, value in piece.items():
        if name in {"delta", "message"}:
            if isinstance(value, dict):
                # A last event may repeat the answer whole, as a message beside the deltas before it.
                is_whole = name == "message" and bool(value.get("content"))
                before = whole["message"] | {"content": None} if is_whole else whole["message"]
                whole["message"] = before
                _add_message(before, value)
        elif name == "text" and isinstance(value, str):
            whole["text"] = whole.get("text", "") + value
        elif value is not None:
            whole[name] = value


def _add_message(whole: dict[str, Json], piece: Mapping[str, Json]) -> None:
    for name, value in piece.items():
        before = whole.get(name)
        if name == "tool_calls" and isinstance(value, list):
            whole[name] = _with_tool_calls(before or [], value)
        elif name == "role" or value is None:
            whole.setdefault(name, value)
        elif isinstance(before, str) and isinstance(value, str):
            whole[name] = before + value
        elif isinstance(before, list) and isinstance(value, list):
            whole[name] = [*before, *value]
        else:
            whole[name] = value


def _with_tool_calls(before: list[dict[str, Json]], pieces: Sequence[Json]) -> list[dict[str, Json]]:
    """Arguments of a tool call come in pieces that share its index."""
    calls = {call.get("index", place): call for place, call in enumerate(before)}
    for place, piece in enumerate(pieces):
        if not isinstance(piece, dict):
            continue
        called = piece.get("function")
        function = called if isinstance(called, dict) else {}
        call = calls.setdefault(piece.get("index", place), {"index": piece.get("index", place), "function": {}})
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call["function"]["arguments"] = call["function"].get("arguments", "") + arguments
        elif arguments is not None:
            call["function"]["arguments"] = arguments
    return list(calls.values())

"""Reads from the body of a chat completion request which answer it needs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import isfinite
from typing import Any

from app.marks.model import Stage
from app.simulator.caching import Segment
from app.simulator.image_tokens import tokens_of_image

CHARS_PER_TOKEN = 4

_LIST_START = re.compile(r'\[\s*\{\s*"question_id"')
_ONLY = re.compile(r"mark only these question ids: (\[.*?\])\.")
_PAGE = re.compile(r"This request shows page (\d+) of the (\d+) pages")
_EXAMPLE = re.compile(r"^Example \d+ of \d+, the examiner's marks:")
_DECODER = json.JSONDecoder()


class Task(StrEnum):
    """The kinds of requests that get different answers."""

    MARKS = "marks"
    WRITER = "writer"
    SOLVER = "solver"
    READER = "reader"
    LETTERS = "letters"


# Words that stand only in the prompts of one kind, in the order of the search.
_SAYS = (
    (Task.WRITER, '"quote": "<copied word for word'),
    (Task.SOLVER, '"answer": "A|B|C|D'),
    (Task.LETTERS, '"letter"'),
    (Task.READER, "Copy the text of this page"),
)


class BadAskError(Exception):
    """The body is invalid. The message is the one that OpenRouter would send."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    question_id: str
    max_marks: float


@dataclass(frozen=True, slots=True)
class Ask:
    """`prompt_chars` counts the text of all messages, `n_examples` the worked examples; `max_tokens` is None where the
    request sets no limit. `session_id` names the script and the marker, `sticky_id` what is served by one provider.
    """

    model: str
    session_id: str
    stage: Stage
    questions: tuple[AskedQuestion, ...]
    image_urls: tuple[str, ...]
    prompt_chars: int
    max_tokens: int | None
    reasoning: bool
    task: Task = Task.MARKS
    texts: tuple[str, ...] = ()
    n_examples: int = 0
    # Which of "page" and "quote" an entry is to have beside its mark.
    where: frozenset[str] = frozenset()
    sticky_id: str = ""
    # The prompt, as the caches of providers see it.
    segments: tuple[Segment, ...] = ()


def read_ask(body: bytes) -> Ask:
    """The request of this body. Raises BadAskError."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise BadAskError("Invalid JSON in request body") from None
    if not isinstance(request, dict):
        raise BadAskError("The request body must be an object")
    model, messages = request.get("model"), request.get("messages")
    if not isinstance(model, str) or not model:
        raise BadAskError("model: Required")
    if not isinstance(messages, list) or not messages:
        raise BadAskError('Input required: specify "prompt" or "messages"')
    parts = list(_parts(messages))
    texts = [text for kind, text in parts if kind != "image"]
    limit, session_id = request.get("max_tokens"), request.get("session_id")
    return Ask(
        model=model,
        session_id=(named := session_id if isinstance(session_id, str) else ""),
        sticky_id=named,
        stage=_stage(request, texts),
        questions=_asked_only(_questions(parts), texts[-1] if texts else ""),
        image_urls=tuple(url for kind, url in parts if kind == "image"),
        prompt_chars=sum(map(len, texts)),
        max_tokens=limit if isinstance(limit, int) else None,
        reasoning=_reasons(request.get("reasoning")),
        task=(task := _task(texts)),
        texts=() if task is Task.MARKS else tuple(texts),
        where=frozenset(name for name in ("page", "quote") if any(_asks_for(name, text) for text in texts)),
        n_examples=sum(_EXAMPLE.match(text) is not None for text in texts),
        segments=tuple(_segments(request)),
    )


def _asks_for(field: str, text: str) -> bool:
    return re.search(rf'"{field}": "?<[^>]*student', text) is not None


def _segments(request: dict[str, Any]) -> Iterator[Segment]:
    """The prompt part by part; the form of the answer stands before it."""
    so_far = blake2b(json.dumps(request.get("response_format")).encode(), digest_size=16)
    for message in request["messages"]:
        content = message["content"]
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            said = {name: value for name, value in part.items() if name != "cache_control"}
            so_far.update(json.dumps([message.get("role"), said]).encode())
            yield Segment(so_far.digest(), _n_tokens(request["model"], said), "cache_control" in part)


def _n_tokens(model: str, part: dict[str, Any]) -> int:
    if part["type"] == "text":
        return len(part["text"]) // CHARS_PER_TOKEN
    return tokens_of_image(model, part["image_url"]["url"])


def _parts(messages: list[Any]) -> Iterator[tuple[str, str]]:
    """(role, text) for each text, ("image", url) for each image, in order."""
    for message in messages:
        if not isinstance(message, dict):
            raise BadAskError("messages: every message must be an object")
        role, content = str(message.get("role")), message.get("content")
        if isinstance(content, str):
            yield role, content
        for part in content if isinstance(content, list) else ():
            yield from _part(role, part)


def _part(role: str, part: Any) -> Iterator[tuple[str, str]]:
    match part:
        case {"type": "text", "text": str(text)}:
            yield role, text
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            yield "image", url
        case _:
            raise BadAskError("messages: content parts must be text or image_url")


def _task(texts: list[str]) -> Task:
    return next((task for task, said in _SAYS if any(said in text for text in texts)), Task.MARKS)


def _stage(request: dict[str, Any], texts: list[str]) -> Stage:
    """The stage of the request. A schema decides, if present, because an assessment prompt may quote the criteria."""
    match request.get("response_format"):
        case {"json_schema": {"schema": {"properties": dict(properties)}}} if properties:
            return Stage.RUBRIC if "grading_criteria" in properties else Stage.ASSESSMENT
    wants_criteria = any("grading_criteria" in text for text in texts)
    wants_marks = any("marks_awarded" in text for text in texts)
    return Stage.RUBRIC if wants_criteria and not wants_marks else Stage.ASSESSMENT


def _questions(parts: list[tuple[str, str]]) -> tuple[AskedQuestion, ...]:
    """The first question list in a user message, else in any message. A list without maxima holds criteria."""
    for text in [t for kind, t in parts if kind == "user"] + [t for kind, t in parts if kind not in {"user", "image"}]:
        for start in _LIST_START.finditer(text):
            found = _question_list(text, start.start())
            if found:
                return found
    return ()


def _asked_only(questions: tuple[AskedQuestion, ...], said: str) -> tuple[AskedQuestion, ...]:
    """Those of `questions` that the last text asks for. Of a page: each question stands on one page, in turn."""
    if named := _ONLY.search(said):
        ids = set(json.loads(named[1]))
        return tuple(question for question in questions if question.question_id in ids)
    if shown := _PAGE.search(said):
        page, pages = int(shown[1]), int(shown[2])
        return tuple(question for place, question in enumerate(questions) if place % pages == page - 1)
    return questions


def _question_list(text: str, at: int) -> tuple[AskedQuestion, ...]:
    try:
        items, _ = _DECODER.raw_decode(text, at)
        questions = tuple(AskedQuestion(str(item["question_id"]), float(item["max_marks"])) for item in items)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return questions if all(isfinite(question.max_marks) for question in questions) else ()


def _reasons(reasoning: Any) -> bool:
    if not isinstance(reasoning, dict):
        return False
    return reasoning.get("enabled") is not False and reasoning.get("effort") != "none"


class AskCache:
    """A cache of parsed bodies. All tries of a marker send the same bytes, so most requests cost one hash."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._asks: dict[bytes, Ask] = {}

    def read(self, body: bytes) -> Ask:
        ask = self._asks.get(body)
        if ask is None:
            ask = read_ask(body)
            if len(self._asks) >= self._size:
                del self._asks[next(iter(self._asks))]
            self._asks[body] = ask
        return ask

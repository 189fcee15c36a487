"""The bytes of a reply, read into what OpenRouter says there. Nothing here trusts a type or raises on what it finds."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from app.marks.model import Json, Usage
from app.openrouter.answer import Answer

# Bounds that keep infinities out, and integers too large for a float.
_NOBODYS_BILL = 1e15
_CENTURY = 3.2e9
_SECONDS = re.compile(r"\d{1,10}(?:\.\d{0,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """`document` is None when the body is not a JSON object. `error` is the top one, or else the first choice's.
    `refusal`: the model says, in the place for it, that it refuses.
    """

    document: Mapping[str, Json] | None = field(repr=False)
    error: Mapping[str, Json] | None = field(repr=False)
    choice: Mapping[str, Json] | None = field(repr=False)
    refusal: bool
    answer: Answer


def read_reply(headers: Mapping[str, str], body: bytes) -> Reply:
    """`headers` have lower-case names, or are looked up without regard to case."""
    document = _read_object(body)
    found = document or {}
    choice = _first_choice(found.get("choices"))
    chosen = choice or {}
    message = as_object(chosen.get("message"))
    return Reply(
        document=document,
        error=_error(found.get("error")) or _error(chosen.get("error")),
        choice=choice,
        refusal=bool(message.get("refusal")),
        answer=Answer(
            content=_content(message.get("content")),
            finish_reason=_lowered(chosen.get("finish_reason")),
            native_finish_reason=_lowered(chosen.get("native_finish_reason")),
            provider=as_text(found.get("provider")),
            generation_id=as_text(found.get("id")) or headers.get("x-generation-id"),
            model=as_text(found.get("model")),
            usage=_usage(as_object(found.get("usage"))),
        ),
    )


def retry_after_seconds(headers: Mapping[str, str], error: Mapping[str, Json] | None, now: float) -> float | None:
    """What the server asks to wait, the longest where header and body disagree; None when it asks for nothing.

    A platform 429 without Retry-After says in X-RateLimit-Reset (Unix milliseconds) when its window ends.
    """
    availability = as_object(as_object((error or {}).get("metadata")).get("availability"))
    asked = [
        _seconds_or_date(headers.get("retry-after"), now),
        _seconds(availability.get("retry_after")),
    ]
    stated = [wait for wait in asked if wait is not None]
    if stated:
        return max(stated)
    reset = _seconds(headers.get("x-ratelimit-reset", "")[:-3])
    return None if reset is None else max(0.0, reset - now)


def as_object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def as_text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _read_object(body: bytes) -> Mapping[str, Json] | None:
    try:
        # A byte that is not UTF-8 spoils one character, not a paid answer.
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _first_choice(value: Json) -> Mapping[str, Json] | None:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def _error(value: Json) -> Mapping[str, Json] | None:
    if not value:
        return None
    return value if isinstance(value, dict) else {"message": value}


def _content(value: Json) -> str | None:
    if isinstance(value, list):
        parts = [as_object(part).get("text") for part in value]
        return "".join(part for part in parts if isinstance(part, str))
    return value if isinstance(value, str) else None


def _lowered(value: Json) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def _usage(reported: Mapping[str, Json]) -> Usage:
    return Usage(
        prompt_tokens=_count(reported.get("prompt_tokens")),
        completion_tokens=_count(reported.get("completion_tokens")),
        reasoning_tokens=_count(as_object(reported.get("completion_tokens_details")).get("reasoning_tokens")),
        cached_tokens=_count(as_object(reported.get("prompt_tokens_details")).get("cached_tokens")),
        cost_usd=_amount(reported.get("cost")),
    )


_LARGEST_COUNT = 100_000_000


def _amount(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 <= value < _NOBODYS_BILL else 0.0


def _count(value: Json) -> int:
    """At most what the columns can add up: a count beyond it is nobody's, and must not cost the answer it came with."""
    return min(int(_amount(value)), _LARGEST_COUNT)


def _seconds_or_date(value: str | None, now: float) -> float | None:
    seconds = _seconds(value)
    if seconds is not None or value is None:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def _seconds(value: Json) -> float | None:
    if isinstance(value, str):
        return float(value) if _SECONDS.fullmatch(value := value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < _CENTURY else None

"""Reads the bytes of a reply. Nothing here trusts the type of a value or raises on what a reply holds."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC
from email.utils import parsedate_to_datetime

from app.marks.model import Json, Usage
from app.openrouter.content import answering_choice, as_object, choices_of
from app.openrouter.quota import Window
from app.openrouter.wire import read_document

NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` is the whole text of the model, also if the answer was cut or failed; None if the model wrote nothing.

    `finish_reason` is OpenRouter's word for how the answer ended, `native_finish_reason` the provider's; both are in
    lower case. Each is None if the reply does not name it.
    """

    content: str | None = field(default=None, repr=False)
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    provider: str | None = None
    generation_id: str | None = None
    model: str | None = None
    usage: Usage = NO_USAGE

    @property
    def text(self) -> str:
        """The content, "" where there is none."""
        return self.content or ""

    def as_json(self) -> dict[str, Json]:
        # Not asdict: copying every value of a row took a third of the time that a row takes to make.
        own = {name: getattr(self, name) for name in _FIELDS}
        own["usage"] = {name: getattr(self.usage, name) for name in _USAGE_FIELDS}
        return own


_FIELDS = tuple(one.name for one in fields(Answer))
_USAGE_FIELDS = tuple(one.name for one in fields(Usage))
NO_ANSWER = Answer()
# Bounds that keep infinities out, and integers too large for a float.
_NOBODYS_BILL = 1e15
_CENTURY = 3.2e9
_SECONDS = re.compile(r"\d{1,14}(?:\.\d{0,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """`document` is None when the body holds no reply. `error` is the top one, or else the first choice's.

    `has_refused`: the field `refusal` holds text. `has_thought`: the reply holds text of the model's thinking.
    """

    document: Mapping[str, Json] | None = field(repr=False)
    error: Mapping[str, Json] | None = field(repr=False)
    choice: Mapping[str, Json] | None = field(repr=False)
    has_refused: bool
    has_thought: bool
    answer: Answer


def read_reply(headers: Mapping[str, str], body: bytes) -> Reply:
    """`headers` have lower-case names, or are looked up without regard to case."""
    document = read_document(body)
    fields = document or {}
    choice, found = answering_choice(choices_of(fields))
    chosen = choice or {}
    return Reply(
        document=document,
        error=_error(fields.get("error")) or _error(chosen.get("error")),
        choice=choice,
        has_refused=found.has_refused,
        has_thought=found.has_thought,
        answer=Answer(
            content=found.content,
            finish_reason=_lowered(chosen.get("finish_reason")),
            native_finish_reason=_lowered(chosen.get("native_finish_reason")),
            provider=as_text(fields.get("provider")),
            generation_id=as_text(fields.get("id")) or headers.get("x-generation-id"),
            model=as_text(fields.get("model")),
            usage=_usage(as_object(fields.get("usage"))),
        ),
    )


def retry_after_seconds(headers: Mapping[str, str], error: Mapping[str, Json] | None, now: float) -> float | None:
    """How long the server asks to wait in seconds, the longest if several places disagree; None if it does not ask.

    The wait stands in the reply's headers, in headers that OpenRouter passes on in the body, in fields of the error or
    in a provider's own words. If none of them names it, the end of the limit's window (X-RateLimit-Reset) counts.
    """
    metadata = as_object((error or {}).get("metadata"))
    passed_on = {str(name).lower(): value for name, value in as_object(metadata.get("headers")).items()}
    waits = [*_waits(headers, now), *_waits(passed_on, now), *_waits_in_error(error or {}, metadata)]
    if waits:
        return max(waits)
    resets = [
        reset
        for holder in (headers, passed_on)
        for name in _RESETS
        if (reset := _until(holder.get(name), now)) is not None
    ]
    return max(resets, default=None)


def window_of(headers: Mapping[str, str], now: float) -> Window | None:
    """What the headers of a successful reply say of the window of calls; None if they do not say all that counts."""
    if (remaining := headers.get("x-ratelimit-remaining")) is not None:
        kind = ""
    elif (remaining := headers.get("x-ratelimit-remaining-requests")) is not None:
        kind = "-requests"
    else:
        return None
    seconds = _until(headers.get(f"x-ratelimit-reset{kind}"), now)
    if seconds is None or not remaining.isdecimal():
        return None
    limit = headers.get(f"x-ratelimit-limit{kind}", "")
    return Window(int(remaining), seconds, int(limit) if limit.isdecimal() else None)


_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")
_WAITS = ("retry_after", "retry_after_seconds", "retryAfter", "retryDelay", "retry_delay")
_IN_WORDS = re.compile(
    r"(?:retry(?:ing)?(?: again)? (?:after|in)|try again in|wait|retryDelay\W{1,5})\s*"
    r"((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)",
    re.IGNORECASE,
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|h|m|s)", re.IGNORECASE)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _waits(headers: Mapping[str, Json], now: float) -> Iterator[float]:
    in_ms = _seconds(headers.get("retry-after-ms"))
    if in_ms is not None:
        yield in_ms / 1000
    seconds = _seconds_or_date(headers.get("retry-after"), now)
    if seconds is not None:
        yield seconds


def _waits_in_error(error: Mapping[str, Json], metadata: Mapping[str, Json]) -> Iterator[float]:
    for holder in (error, metadata, as_object(metadata.get("availability"))):
        for name in _WAITS:
            seconds = _seconds(holder.get(name))
            seconds = _duration(holder.get(name)) if seconds is None else seconds
            if seconds is not None:
                yield seconds
    raw = metadata.get("raw")
    for words in (error.get("message"), raw if isinstance(raw, str) else json.dumps(raw) if raw else None):
        if isinstance(words, str) and (found := _IN_WORDS.search(words[:20_000])):
            seconds = _duration(found[1])
            if seconds is not None:
                yield seconds


def _until(value: Json, now: float) -> float | None:
    """Seconds until a reset. The server names it in Unix milliseconds or seconds, as seconds from now, or as a
    duration.
    """
    number = _seconds(value, most=1e14)
    if number is None:
        return _duration(value)
    # A date is near now, in seconds or milliseconds; a far smaller number counts from now.
    if number > now * 500:
        number /= 1000
    return max(0.0, number - now) if number > now / 2 else number


def _duration(value: Json) -> float | None:
    """The seconds of a duration such as "6m0s", "34.5s", "20 seconds" or "500ms"."""
    if not isinstance(value, str):
        return None
    parts = _DURATION.findall(value[:100])
    total = sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)
    return total if parts and total < _CENTURY else None


def as_text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _error(value: Json) -> Mapping[str, Json] | None:
    if not value:
        return None
    return value if isinstance(value, dict) else {"message": value}


def _lowered(value: Json) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def _usage(reported: Mapping[str, Json]) -> Usage:
    of_prompt = as_object(reported.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(reported.get("prompt_tokens")),
        completion_tokens=_count(reported.get("completion_tokens")),
        reasoning_tokens=_count(as_object(reported.get("completion_tokens_details")).get("reasoning_tokens")),
        cached_tokens=_count(of_prompt.get("cached_tokens")),
        cost_usd=_cost(reported),
        cache_write_tokens=_count(of_prompt.get("cache_write_tokens")),
    )


def _cost(reported: Mapping[str, Json]) -> float:
    """The whole cost of the request. If the user has an own key at the provider (BYOK), `cost` is OpenRouter's fee, or
    0, and the provider's bill is added. Otherwise `cost` contains the provider's bill.
    """
    cost = _amount(reported.get("cost"))
    upstream = _amount(as_object(reported.get("cost_details")).get("upstream_inference_cost"))
    is_byok = reported.get("is_byok")
    # If the reply does not say which: a fee is a few percent of the bill, a price is at least the bill.
    own_key = is_byok if isinstance(is_byok, bool) else cost < upstream / 2
    return cost + upstream if own_key else cost


_LARGEST_COUNT = 100_000_000


def _amount(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 <= value < _NOBODYS_BILL else 0.0


def _count(value: Json) -> int:
    """A count, limited so that sums of it fit the columns. A larger count is an error of the provider, and the answer
    must not be lost for it.
    """
    if type(value) is int and 0 <= value <= _LARGEST_COUNT:
        return value
    return min(int(_amount(value)), _LARGEST_COUNT)


def _seconds_or_date(value: Json, now: float) -> float | None:
    seconds = _seconds(value)
    if seconds is not None or not isinstance(value, str):
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def _seconds(value: Json, most: float = _CENTURY) -> float | None:
    if isinstance(value, str):
        value = value.strip()
        number = float(value) if _SECONDS.fullmatch(value) else None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    else:
        number = float(value) if 0 <= value < most else None
    return number if number is not None and number < most else None

"""Finds out what an error concerns (the account, the model's provider or this one request) and what it means."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

from httpx import codes

from app.marks.model import Json
from app.marks.reasons import Reason
from app.openrouter.content import as_object
from app.openrouter.reply import as_text


class OutcomeKind(StrEnum):
    """The kind of an exchange's outcome, judged without the exchanges before it. Stored as `verdict`."""

    COMPLETED = "completed"
    RETRYABLE = "retryable"
    TERMINAL = "terminal"
    ACCOUNT_FATAL = "account_fatal"  # every other call would fail the same way


@dataclass(frozen=True, slots=True)
class Judgement:
    """`text` replaces the reason's own sentence if it says more. `quotes`: the message may quote OpenRouter's text
    after it.
    """

    kind: OutcomeKind
    reason: Reason
    text: str = ""
    quotes: bool = True


_R, _T, _A = OutcomeKind.RETRYABLE, OutcomeKind.TERMINAL, OutcomeKind.ACCOUNT_FATAL

UNAUTHORIZED = Judgement(_A, Reason.UNAUTHORIZED)
NO_CREDIT = Judgement(_A, Reason.NO_CREDIT)
TOO_EXPENSIVE = Judgement(_T, Reason.TOO_EXPENSIVE)
PROVIDER_ACCOUNT = Judgement(_T, Reason.PROVIDER_ACCOUNT, quotes=False)
RATE_LIMITED = Judgement(_R, Reason.RATE_LIMITED)
TIMEOUT = Judgement(_R, Reason.PROVIDER_TIMEOUT)
PROVIDER = Judgement(_R, Reason.PROVIDER_ERROR)
FORBIDDEN = Judgement(_T, Reason.FORBIDDEN)
NOT_FOUND = Judgement(_T, Reason.NOT_FOUND)
BAD_REQUEST = Judgement(_T, Reason.BAD_REQUEST)
TOO_LONG = Judgement(_T, Reason.TOO_LONG)
TOO_LARGE = Judgement(_T, Reason.TOO_LONG, "The images are too large for this model")
FILTERED = Judgement(_T, Reason.CONTENT_FILTER, quotes=False)
REFUSED = Judgement(_T, Reason.REFUSED, quotes=False)
REGION = Judgement(_T, Reason.REGION, quotes=False)
REDIRECT = Judgement(
    _T, Reason.MISCONFIGURED, "OPENROUTER_BASE_URL answers with a redirect: it is not OpenRouter's address"
)
BAD_RESPONSE = Judgement(_R, Reason.BAD_RESPONSE)
# Providers time out on healthy public addresses.
NO_DOWNLOAD = Judgement(_R, Reason.IMAGE_DOWNLOAD_FAILED)
IMAGE_TOO_LARGE = Judgement(_T, Reason.IMAGE, "An image is too large for this model")
IMAGE_UNREADABLE = Judgement(_T, Reason.IMAGE, "The model's provider could not read an image")

_BY_STATUS = {
    401: UNAUTHORIZED,
    402: NO_CREDIT,
    403: FORBIDDEN,
    404: NOT_FOUND,
    408: TIMEOUT,
    # A conflict, a failed dependency, "the client has gone away": the same request may succeed later.
    409: PROVIDER,
    413: TOO_LARGE,
    424: PROVIDER,
    425: PROVIDER,
    429: RATE_LIMITED,
    499: PROVIDER,
    504: TIMEOUT,
    524: TIMEOUT,
}

# These say more than the status they come with.
_BY_PRECISE_TYPE = {
    "invalid_image": IMAGE_UNREADABLE,
    "image_too_large": IMAGE_TOO_LARGE,
    "image_too_small": Judgement(_T, Reason.IMAGE, "An image is too small for this model"),
    "unsupported_image_format": Judgement(_T, Reason.IMAGE, "This model does not take images of that format"),
    "image_not_found": Judgement(_T, Reason.IMAGE, "The model's provider found no image at its address"),
    "image_download_failed": NO_DOWNLOAD,
    "payload_too_large": TOO_LARGE,
    "context_length_exceeded": TOO_LONG,
    "token_limit_exceeded": TOO_LONG,
    "string_too_long": TOO_LONG,
    "content_policy_violation": FILTERED,
    "refusal": REFUSED,
}

# For errors inside HTTP 200, which have no status of their own.
_BY_TYPE = {
    "authentication": UNAUTHORIZED,
    "payment_required": NO_CREDIT,
    "permission_denied": FORBIDDEN,
    "not_found": NOT_FOUND,
    "invalid_request": BAD_REQUEST,
    "invalid_prompt": BAD_REQUEST,
    "max_tokens_exceeded": BAD_REQUEST,
    "precondition_failed": BAD_REQUEST,
    "unprocessable": BAD_REQUEST,
    "rate_limit_exceeded": RATE_LIMITED,
    "timeout": TIMEOUT,
}

# Known words of providers. They are never quoted, because they may hold the request. The first match counts.
_CANNOT = r"(cannot|can't|could ?n[o']t|unable|fail\w*|error|timed? ?out|not)\b"
_WORDS: tuple[tuple[Judgement, tuple[str, ...]], ...] = (
    (
        IMAGE_TOO_LARGE,
        (
            r"(image|file|media).{0,60}(exceeds?|too (large|big)|larger than|size limit)",
            r"(max\w*|too (large|big)).{0,40}image",
            r"image.{0,40}\b\d+ ?mb\b",
        ),
    ),
    (
        NO_DOWNLOAD,
        (
            rf"{_CANNOT}.{{0,40}}(download|fetch|retriev|access|load|resolve)\w*.{{0,60}}(image|media|url)",
            r"(image|media|url)\b.{0,60}(download|fetch|retriev|unreachable|not accessible|timed? ?out)",
        ),
    ),
    (
        IMAGE_UNREADABLE,
        (
            r"(invalid|unsupported|corrupt\w*|malformed).{0,40}(image|media|base64)",
            r"(could not|cannot|unable to) (process|decode|read|identify).{0,40}(image|media|base64)",
            r"image.{0,60}(invalid|not valid|unsupported|corrupt|malformed|could not be|cannot be|unable)",
        ),
    ),
    (
        REGION,
        (
            r"unsupported_country",
            r"(country|region|territory|location).{0,40}(not|unsupported|restrict|block)",
            r"not (available|supported).{0,40}(country|region|territory|location)",
        ),
    ),
    (
        FILTERED,
        (
            r"safety|content[_ -]?(policy|management|filter)|moderation|flagged|responsible.?ai",
            r"prohibited.?content|recitation|usage polic|data_inspection|inappropriate",
        ),
    ),
    (
        TOO_LONG,
        (
            r"context[_ ](length|window)|maximum context|prompt is too long|input (is )?too long",
            r"too many (input )?tokens|exceeds? the (maximum|max).{0,30}tokens",
        ),
    ),
    (
        PROVIDER_ACCOUNT,
        (
            r"insufficient.{0,12}(balance|credit|quota|fund)|credit balance|arrears|overdue|billing|quota.?exceeded",
            r"payment|recharge|authentication|unauthori[sz]ed|permission.?denied",
            r"(invalid|incorrect|expired|missing|unknown|wrong).{0,20}(api|access|secret)[ _-]?key",
            r"api[ _]key.{0,30}(invalid|not valid|expired)",
        ),
    ),
    (PROVIDER, (r"overloaded|temporarily unavailable|try again later|at capacity|server is busy",)),
)
_KNOWN_WORDS = [(re.compile("|".join(words), re.IGNORECASE | re.DOTALL), judgement) for judgement, words in _WORDS]
_BY_ITS_KEY = re.compile(r"\bbyok\b|bring your own key|integration key|provider(?:'s)? (?:api )?key", re.IGNORECASE)
_PASSED_ON = re.compile(r"provider returned (an )?error|upstream (provider )?error", re.IGNORECASE)
# A 429 that no waiting ends. "Exceeded your quota" alone also appears for limits per minute.
_SPENT = re.compile(r"insufficient.{0,12}(quota|balance|credit|fund)", re.IGNORECASE)
_PROVIDER_NAME = re.compile(r"[\w][\w .&/()-]{0,39}")
_FOR_THIS_REQUEST = re.compile(
    r"fewer max_?tokens|can only afford|prompt tokens limit exceeded|(lower|reduce|decrease) .{0,30}(max_)?tokens",
    re.IGNORECASE,
)
_AFFORDABLE = re.compile(r"can only afford (?:up to )?(\d[\d,]{0,9})", re.IGNORECASE)
_ACCOUNT_CLOSED = re.compile(
    r"\b(account|user)\b.{0,40}\b(banned|suspended|disabled|deactivated|blocked)\b", re.IGNORECASE
)
_KEY_LIMIT = re.compile(r"^\W*(api )?key\b.{0,30}\blimit\b", re.IGNORECASE)


def judge_error(status: int | None, error: Mapping[str, Json] | None) -> Judgement:
    """What an error means. `status` is None if the only status is HTTP 200."""
    details = error or {}
    metadata = as_object(details.get("metadata"))
    message = as_text(details.get("message")) or ""
    judgement = _judge_kind(metadata.get("error_type"), status) or _judge_kind(details.get("code"), status)
    if judgement is None:
        judgement = PROVIDER if status is None else _judge_status(status)
    judgement = _attributed(judgement, message, metadata)
    if judgement.kind is _R and as_object(metadata.get("availability")).get("retryable") is False:
        return replace(judgement, kind=_T)
    return judgement


def affordable_tokens(error: Mapping[str, Json] | None) -> int | None:
    """How many output tokens the account can pay for this request, if a refusal says so."""
    found = _AFFORDABLE.search(as_text((error or {}).get("message")) or "")
    return int(found[1].replace(",", "")) if found else None


def provider_name(error: Mapping[str, Json] | None) -> str | None:
    """The provider that an error comes from, if it names one in a few plain words."""
    name = as_text(as_object((error or {}).get("metadata")).get("provider_name")) or ""
    return name if _PROVIDER_NAME.fullmatch(name) and name.lower() != "openrouter" else None


def provider_words(error: Mapping[str, Json] | None) -> str:
    """The provider's own text; "" if OpenRouter passes none on."""
    raw = as_object((error or {}).get("metadata")).get("raw")
    if isinstance(raw, (dict, list)):
        return json.dumps(raw)[:20_000]
    return raw[:20_000] if isinstance(raw, str) else ""


def _attributed(judgement: Judgement, message: str, metadata: Mapping[str, Json]) -> Judgement:
    """The judgement of a status or type, corrected for who refuses: the account, the provider, or OpenRouter."""
    if _is_providers(message, metadata):
        return _of_provider(judgement, message, provider_words({"metadata": metadata}))
    if judgement is NO_CREDIT and _FOR_THIS_REQUEST.search(message):
        return TOO_EXPENSIVE
    if judgement is FORBIDDEN:
        return _forbidden(message, metadata)
    if judgement is BAD_REQUEST:
        known = _known(message)
        return known if known in (IMAGE_TOO_LARGE, NO_DOWNLOAD, IMAGE_UNREADABLE, TOO_LONG) and known else judgement
    return judgement


def _of_provider(judgement: Judgement, message: str, words: str) -> Judgement:
    """The judgement of a provider's refusal by its text `words`."""
    if judgement is RATE_LIMITED:
        return PROVIDER_ACCOUNT if _SPENT.search(words) else judgement
    if judgement not in (UNAUTHORIZED, NO_CREDIT, FORBIDDEN, BAD_REQUEST, NOT_FOUND):
        return judgement
    if judgement is NO_CREDIT and _FOR_THIS_REQUEST.search(message):
        return TOO_EXPENSIVE
    known = _known(words or message)
    if known is not None and not (judgement is NOT_FOUND and known is PROVIDER_ACCOUNT):
        return known
    return PROVIDER_ACCOUNT if judgement in (UNAUTHORIZED, NO_CREDIT) else _named(judgement)


def _forbidden(message: str, metadata: Mapping[str, Json]) -> Judgement:
    # The limit of a key has no status of its own: it comes as 403 and stops every call.
    if _KEY_LIMIT.search(message):
        return NO_CREDIT
    if _ACCOUNT_CLOSED.search(message):
        return UNAUTHORIZED
    if metadata.get("flagged_input") or metadata.get("reasons"):
        return FILTERED
    return REGION if _known(message) is REGION else FORBIDDEN


def _named(judgement: Judgement) -> Judgement:
    """A provider's refusal in unknown words."""
    return replace(judgement, text="The model's provider refuses this request") if judgement is FORBIDDEN else judgement


def _is_providers(message: str, metadata: Mapping[str, Json]) -> bool:
    named = as_text(metadata.get("provider_name")) or ""
    passed_on = (named and named.lower() != "openrouter") or metadata.get("raw") or metadata.get("is_byok")
    return bool(passed_on or _PASSED_ON.search(message) or _BY_ITS_KEY.search(message))


def _known(words: str) -> Judgement | None:
    return next((judgement for pattern, judgement in _KNOWN_WORDS if pattern.search(words)), None)


def _judge_kind(kind: Json, status: int | None) -> Judgement | None:
    if not isinstance(kind, str):
        return None
    return _BY_PRECISE_TYPE.get(kind) or (_BY_TYPE.get(kind) if status is None else None)


def _judge_status(status: int) -> Judgement:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PROVIDER
    return REDIRECT if status < HTTPStatus.BAD_REQUEST else BAD_REQUEST


def inner_status(error: Mapping[str, Json]) -> int | None:
    """The status that an error inside HTTP 200 names; its code may be a number, its string, or a word."""
    code = error.get("code")
    if isinstance(code, str) and re.fullmatch("[45][0-9][0-9]", code):
        return int(code)
    return code if type(code) is int and (codes.is_client_error(code) or codes.is_server_error(code)) else None

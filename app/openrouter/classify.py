"""What an HTTP exchange with OpenRouter means: one pure function for a reply, one for a transport's exception."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

import httpx
from httpx import codes

from app.marks.model import Json
from app.marks.reasons import Reason
from app.openrouter.answer import NO_ANSWER, Answer
from app.openrouter.messages import quoted, say
from app.openrouter.reply import Reply, as_object, as_text, read_reply, retry_after_seconds


class Verdict(StrEnum):
    """What to do about an exchange, before anything is known of the ones before it."""

    COMPLETED = "completed"
    RETRYABLE = "retryable"
    TERMINAL = "terminal"
    ACCOUNT_FATAL = "account_fatal"  # every other call would fail the same way


@dataclass(frozen=True, slots=True)
class Classified:
    """One exchange. `reason` and `message` are None exactly when it completed.

    `answer` may be there without completion: what a cut or failed answer had so far. `wait_seconds` is what the server
    asked for. `sent` is False only when the request surely never reached a server.
    """

    verdict: Verdict
    reason: Reason | None = None
    message: str | None = None
    wait_seconds: float | None = None
    sent: bool = True
    answer: Answer = NO_ANSWER


@dataclass(frozen=True, slots=True)
class _Judgement:
    """`text` where it says more than the reason's own sentence."""

    verdict: Verdict
    reason: Reason
    text: str = ""


_R, _T, _A = Verdict.RETRYABLE, Verdict.TERMINAL, Verdict.ACCOUNT_FATAL
_F = Reason

_UNAUTHORIZED = _Judgement(_A, _F.UNAUTHORIZED)
_NO_CREDIT = _Judgement(_A, _F.NO_CREDIT)
_RATE_LIMITED = _Judgement(_R, _F.RATE_LIMITED)
_TIMEOUT = _Judgement(_R, _F.PROVIDER_TIMEOUT)
_PROVIDER = _Judgement(_R, _F.PROVIDER_ERROR)
_FORBIDDEN = _Judgement(_T, _F.FORBIDDEN)
_NOT_FOUND = _Judgement(_T, _F.NOT_FOUND)
_BAD_REQUEST = _Judgement(_T, _F.BAD_REQUEST)
_TOO_LONG = _Judgement(_T, _F.TOO_LONG)
_TOO_LARGE = _Judgement(_T, _F.TOO_LONG, "The images are too large for this model")
_FILTERED = _Judgement(_T, _F.CONTENT_FILTER)
_REFUSED = _Judgement(_T, _F.REFUSED)
_REDIRECT = _Judgement(
    _T, _F.MISCONFIGURED, "OPENROUTER_BASE_URL answers with a redirect: it is not OpenRouter's address"
)
_BAD_RESPONSE = _Judgement(_R, _F.BAD_RESPONSE)
_EMPTY = _Judgement(_R, _F.EMPTY_ANSWER)
_CUT = _Judgement(_R, _F.OUT_OF_OUTPUT_TOKENS)

_BY_STATUS = {
    401: _UNAUTHORIZED,
    402: _NO_CREDIT,
    403: _FORBIDDEN,
    404: _NOT_FOUND,
    408: _TIMEOUT,
    413: _TOO_LARGE,
    425: _PROVIDER,
    429: _RATE_LIMITED,
    504: _TIMEOUT,
    524: _TIMEOUT,
}

# These say more than the status they come with.
_BY_PRECISE_TYPE = {
    "invalid_image": _Judgement(_T, _F.IMAGE, "The model's provider could not read an image"),
    "image_too_large": _Judgement(_T, _F.IMAGE, "An image is too large for this model"),
    "image_too_small": _Judgement(_T, _F.IMAGE, "An image is too small for this model"),
    "unsupported_image_format": _Judgement(_T, _F.IMAGE, "This model does not take images of that format"),
    "image_not_found": _Judgement(_T, _F.IMAGE, "The model's provider found no image at its address"),
    # Providers time out on healthy public addresses.
    "image_download_failed": _Judgement(_R, _F.IMAGE_DOWNLOAD_FAILED),
    "payload_too_large": _TOO_LARGE,
    "context_length_exceeded": _TOO_LONG,
    "token_limit_exceeded": _TOO_LONG,
    "string_too_long": _TOO_LONG,
    "content_policy_violation": _FILTERED,
    "refusal": _REFUSED,
}

# Where there is no status of its own: errors inside HTTP 200.
_BY_TYPE = {
    "authentication": _UNAUTHORIZED,
    "payment_required": _NO_CREDIT,
    "permission_denied": _FORBIDDEN,
    "not_found": _NOT_FOUND,
    "invalid_request": _BAD_REQUEST,
    "invalid_prompt": _BAD_REQUEST,
    "max_tokens_exceeded": _BAD_REQUEST,
    "precondition_failed": _BAD_REQUEST,
    "unprocessable": _BAD_REQUEST,
    "rate_limit_exceeded": _RATE_LIMITED,
    "timeout": _TIMEOUT,
}

_CUT_FINISHES = frozenset({"length", "max_tokens", "max_output_tokens"})


def classify(status: int, headers: Mapping[str, str], body: bytes, now: float, *, secret: str = "") -> Classified:
    """What a reply means. `headers` have lower-case names or none that matter; `now` is Unix time in seconds.

    `secret` is the API key: should an error quote it, it is taken out of the message.
    """
    reply = read_reply(headers, body)
    judgement = _judge(status, reply)
    if judgement is None:
        return Classified(Verdict.COMPLETED, answer=reply.answer)
    # What a filter or a model says about its refusal quotes the script.
    quote = "" if judgement in (_FILTERED, _REFUSED) else quoted(reply, secret)
    message = say(
        judgement.text or judgement.reason.sentence, status=None if codes.is_success(status) else status, quote=quote
    )
    wait = retry_after_seconds(headers, reply.error, now) if judgement.verdict is _R else None
    return Classified(judgement.verdict, judgement.reason, message, wait, answer=reply.answer)


def classify_exception(error: Exception) -> Classified:
    """What a transport's exception means; TimeoutError is our own deadline. Its text names addresses: unused."""
    verdict, reason, text, sent = Verdict.RETRYABLE, _F.CONNECTION_LOST, "", True
    if isinstance(error, (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout)):
        reason = _F.DEADLINE
    elif isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        reason, sent = _F.UNREACHABLE, False
    elif isinstance(error, httpx.ProxyError):
        text = "The proxy on the way to OpenRouter failed"
    elif isinstance(error, httpx.DecodingError):
        reason = _F.BAD_RESPONSE
    elif isinstance(error, (httpx.LocalProtocolError, httpx.UnsupportedProtocol)):
        verdict, reason, sent = Verdict.TERMINAL, _F.MISCONFIGURED, False
    return Classified(verdict, reason, say(text or reason.sentence), sent=sent)


def _judge(status: int, reply: Reply) -> _Judgement | None:
    """None when the reply is a completion."""
    if not codes.is_success(status):
        return _judge_error(status, reply.error)
    if reply.document is None:
        return _BAD_RESPONSE
    if reply.error is not None:
        return _judge_error(_inner_status(reply.error), reply.error)
    return _judge_choice(reply)


def _judge_choice(reply: Reply) -> _Judgement | None:
    finish = reply.answer.finish_reason
    if reply.choice is None:
        return _EMPTY
    if finish in _CUT_FINISHES or (finish is None and reply.answer.native_finish_reason in _CUT_FINISHES):
        return _CUT
    if finish == "content_filter":
        return _FILTERED
    if finish == "error":
        return _PROVIDER
    if not reply.answer.text.strip():
        return _REFUSED if reply.refusal else _EMPTY
    # `tool_calls` with content: some providers make structured output out of a tool call. The content decides.
    return None


def _judge_error(status: int | None, error: Mapping[str, Json] | None) -> _Judgement:
    """`status` is None when there is none but HTTP 200."""
    details = error or {}
    metadata = as_object(details.get("metadata"))
    judgement = _judge_kind(metadata.get("error_type"), status) or _judge_kind(details.get("code"), status)
    # The limit of a key has no status of its own: it comes as 403 and stands in the way of every call.
    if status == HTTPStatus.FORBIDDEN and (as_text(details.get("message")) or "").lower().startswith("key limit"):
        judgement = _NO_CREDIT
    if judgement is None:
        judgement = _PROVIDER if status is None else _judge_status(status)
    if judgement.verdict is _R and as_object(metadata.get("availability")).get("retryable") is False:
        return replace(judgement, verdict=_T)
    return judgement


def _judge_kind(kind: Json, status: int | None) -> _Judgement | None:
    if not isinstance(kind, str):
        return None
    return _BY_PRECISE_TYPE.get(kind) or (_BY_TYPE.get(kind) if status is None else None)


def _judge_status(status: int) -> _Judgement:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _PROVIDER
    return _REDIRECT if status < HTTPStatus.BAD_REQUEST else _BAD_REQUEST


def _inner_status(error: Mapping[str, Json]) -> int | None:
    """The status that an error inside HTTP 200 names; its code may be a number, its string, or a word."""
    code = error.get("code")
    if isinstance(code, str) and re.fullmatch("[45][0-9][0-9]", code):
        return int(code)
    return code if type(code) is int and (codes.is_client_error(code) or codes.is_server_error(code)) else None

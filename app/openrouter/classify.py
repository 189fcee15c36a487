"""The outcome of an HTTP exchange with OpenRouter: one pure function for a reply, one for a transport's exception."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import httpx
from httpx import codes

from app.marks.reasons import Reason
from app.openrouter.messages import quoted, say
from app.openrouter.refusals import (
    BAD_RESPONSE,
    FILTERED,
    PROVIDER,
    REFUSED,
    TOO_LONG,
    Judgement,
    OutcomeKind,
    affordable_tokens,
    inner_status,
    judge_error,
    provider_name,
    provider_words,
)
from app.openrouter.reply import NO_ANSWER, NO_USAGE, Answer, Reply, as_text, read_reply, retry_after_seconds

__all__ = ["Classified", "OutcomeKind", "classify", "classify_exception"]


class End(Enum):
    """How an answer ended. `UNSAID`: it is complete, as far as the reply says."""

    CUT = "the output limit was reached"
    TOO_LONG = "the context window was full"
    FILTERED = "a content filter stopped it"
    REFUSED = "the model refused"
    BROKEN = "the provider failed while it answered"
    UNSAID = ""


# In this order: a word belongs to the first line that it matches. Words are compared without case, - and blanks as _.
_MEANINGS: tuple[tuple[End, re.Pattern[str]], ...] = (
    (End.UNSAID, re.compile(r"^(stop|stop_sequence|end_turn|tool_calls?|tool_use|function_call|completed?|eos|end)$")),
    (End.TOO_LONG, re.compile(r"context_(window|length)|(window|context).*exceed")),
    (End.CUT, re.compile(r"^(max_?)?length$|max_.*tokens?|token_limit|model_length|truncat|max_?tokens|max_output")),
    (
        End.FILTERED,
        re.compile(r"filter|safety|recitation|sensitive|block(ed|list)|prohibited|spii|moderat|guardrail|polic(y|ies)"),
    ),
    (End.REFUSED, re.compile(r"refus")),
    (
        End.BROKEN,
        re.compile(
            r"error|network|resource|overload|abort|cancel|timeout|timed_out|fail|malformed|unavailable|interrupt|"
            r"unexpected_tool|disconnect"
        ),
    ),
)

_SAYS_LITTLE = {End.BROKEN: 1, End.UNSAID: 2}
_EMPTY = Judgement(OutcomeKind.RETRYABLE, Reason.EMPTY_ANSWER)
_ONLY_THOUGHT = Judgement(OutcomeKind.RETRYABLE, Reason.ONLY_THOUGHT)
_CUT = Judgement(OutcomeKind.RETRYABLE, Reason.OUT_OF_OUTPUT_TOKENS)
_BY_END = {End.CUT: _CUT, End.TOO_LONG: TOO_LONG, End.FILTERED: FILTERED, End.REFUSED: REFUSED, End.BROKEN: PROVIDER}
_UNREAD = frozenset({Reason.EMPTY_ANSWER, Reason.ONLY_THOUGHT, Reason.OUT_OF_OUTPUT_TOKENS})


@dataclass(frozen=True, slots=True)
class Classified:
    """One exchange. `reason` and `message` are None exactly when it completed.

    `answer` may also hold the part of a cut or failed answer that arrived. `wait_seconds` is the wait that the server
    asked for. `affordable_tokens` is the number of output tokens that, as the server says, the account can pay.
    `refusal` is the text of a refusal. The program only searches it; because it may hold a student's text, it is
    neither shown nor stored. `sent` is False only when the request surely never reached a server.
    """

    kind: OutcomeKind
    reason: Reason | None = None
    message: str | None = None
    wait_seconds: float | None = None
    sent: bool = True
    answer: Answer = NO_ANSWER
    affordable_tokens: int | None = None
    refusal: str = field(default="", repr=False)

    @property
    def is_unread(self) -> bool:
        """Whether the provider answered and is paid, but the answer cannot be used. A body that is no reply may come
        from a proxy on the way.
        """
        return self.reason in _UNREAD or (self.reason is Reason.BAD_RESPONSE and self.answer.usage != NO_USAGE)


def classify(status: int, headers: Mapping[str, str], body: bytes, now: float, *, secret: str = "") -> Classified:
    """The outcome of a reply. `headers` have lower-case names; `now` is Unix time in seconds.

    `secret` is the API key: if an error quotes it, the message leaves it out.
    """
    reply = read_reply(headers, body)
    judgement = _judge(status, reply)
    if judgement is None:
        return Classified(OutcomeKind.COMPLETED, answer=reply.answer)
    quote = quoted(reply.error, secret) if judgement.quotes else ""
    text = judgement.text or judgement.reason.sentence
    if judgement.kind is OutcomeKind.TERMINAL and (name := provider_name(reply.error)) is not None:
        text = f"{text.removesuffix('.')} (provider: {name})"
    return Classified(
        judgement.kind,
        judgement.reason,
        say(text, status=None if codes.is_success(status) else status, quote=quote),
        wait_seconds=retry_after_seconds(headers, reply.error, now)
        if judgement.kind is OutcomeKind.RETRYABLE
        else None,
        answer=reply.answer,
        affordable_tokens=affordable_tokens(reply.error) if judgement.reason is Reason.TOO_EXPENSIVE else None,
        refusal=_refusal(reply) if judgement.kind is OutcomeKind.TERMINAL else "",
    )


def classify_exception(error: Exception) -> Classified:
    """The outcome of a transport's exception. TimeoutError is the deadline of this program. The exception's text is not
    used, because it names addresses.
    """
    kind, reason, text, sent = OutcomeKind.RETRYABLE, Reason.CONNECTION_LOST, "", True
    if isinstance(error, (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout)):
        reason = Reason.DEADLINE
    elif isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        reason, sent = Reason.UNREACHABLE, False
    elif isinstance(error, httpx.ProxyError):
        text = "The proxy on the way to OpenRouter failed"
    elif isinstance(error, httpx.DecodingError):
        reason = Reason.BAD_RESPONSE
    elif isinstance(error, (httpx.LocalProtocolError, httpx.UnsupportedProtocol)):
        kind, reason, sent = OutcomeKind.TERMINAL, Reason.MISCONFIGURED, False
    return Classified(kind, reason, say(text or reason.sentence), sent=sent)


def _judge(status: int, reply: Reply) -> Judgement | None:
    """The fault of a reply; None if the reply is a completion."""
    if not codes.is_success(status):
        return judge_error(status, reply.error)
    if reply.document is None:
        return BAD_RESPONSE
    if reply.error is not None:
        return judge_error(inner_status(reply.error), reply.error)
    return _judge_answer(reply)


def _judge_answer(reply: Reply) -> Judgement | None:
    answer = reply.answer
    if reply.choice is None:
        return _EMPTY
    end = end_of(answer.finish_reason, answer.native_finish_reason)
    if end is not End.UNSAID:
        return _BY_END[end]
    if not answer.text.strip():
        return REFUSED if reply.has_refused else _ONLY_THOUGHT if reply.has_thought else _EMPTY
    # `tool_calls` with content: some providers make structured output out of a tool call. The content decides.
    return None


def _refusal(reply: Reply) -> str:
    message = as_text((reply.error or {}).get("message")) or ""
    return f"{message[:4000]} {provider_words(reply.error)}".strip()


def end_of(*words: str | None) -> End:
    """The most telling end that the finish reasons name. `stop` beside a provider's MAX_TOKENS means that the answer
    was cut; `error` beside RECITATION means that a filter stopped it.
    """
    ends = [_meaning(word) for word in words if word]
    return min(ends, key=lambda end: _SAYS_LITTLE.get(end, 0), default=End.UNSAID)


def _meaning(word: str) -> End:
    if word == "stop":  # nearly always
        return End.UNSAID
    folded = re.sub(r"[\s-]+", "_", word.strip().lower())
    return next((end for end, pattern in _MEANINGS if pattern.search(folded)), End.UNSAID)

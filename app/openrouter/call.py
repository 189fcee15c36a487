"""What a call is asked with and what comes back: frozen, and silent about secrets and students when printed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from app.marks.model import Json, Usage
from app.marks.reasons import Reason
from app.openrouter.classify import NO_USAGE, Classified, Verdict


class Phase(StrEnum):
    """Where a call is, for those who watch it."""

    QUEUED = "queued"  # waits for a slot or for its model's gate
    RUNNING = "running"  # an HTTP request is in flight and holds a slot
    WAITING = "waiting"  # has been tried, waits for its next request


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """`key` is whom the limiter is fair to (the session); `body` is sent as it is; `headers` are added.

    `encoded` is the body by `encode_body`, where the caller has it at hand: all tries of a marker send the same bytes.
    `output_limit` is the model's limit on `max_tokens`, None where it is not known.
    """

    key: str
    model: str
    body: Mapping[str, Json] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    output_limit: int | None = None
    encoded: bytes | None = field(default=None, repr=False)


def encode_body(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer, as the model wrote it. `finish_reason` is None where the provider gave none."""

    content: str = field(repr=False)
    finish_reason: str | None
    provider: str | None
    generation_id: str | None
    model: str | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no completion. `account_fatal`: every other call of this account would fail the same way."""

    reason: Reason
    message: str
    account_fatal: bool = False


HELD_BACK = Failure(Reason.HELD_BACK, Reason.HELD_BACK.sentence)
"""A call that its caller held back before its first request."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The evidence of one HTTP request. `at` is when it was sent, in Unix seconds; `status` is None without a reply.

    `sent` is False only when the request surely never reached a server. `content` is all the model wrote, also where
    the answer was cut or failed.
    """

    at: float
    latency_seconds: float
    status: int | None
    verdict: Verdict
    reason: Reason | None = None
    message: str | None = None
    sent: bool = True
    content: str | None = field(default=None, repr=False)
    finish_reason: str | None = None
    provider: str | None = None
    generation_id: str | None = None
    model: str | None = None
    usage: Usage = NO_USAGE

    def as_json(self) -> dict[str, Json]:
        return {
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "latency_ms": round(self.latency_seconds * 1000),
            "status": self.status,
            "verdict": self.verdict.value,
            "reason": None if self.reason is None else self.reason.value,
            "message": self.message,
            "sent": self.sent,
            "content": self.content,
            "finish_reason": self.finish_reason,
            "provider": self.provider,
            "generation_id": self.generation_id,
            "model": self.model,
            "usage": asdict(self.usage),
        }


@dataclass(frozen=True, slots=True)
class CallResult:
    """Either a completion or a failure, and everything that led to it, in order.

    `usage` is summed over every HTTP request that reported some. `latency_seconds` is the time the HTTP requests took
    together, without queueing and waiting.
    """

    completion: Completion | None
    failure: Failure | None
    exchanges: tuple[Exchange, ...] = ()
    usage: Usage = NO_USAGE
    http_requests: int = 0
    latency_seconds: float = 0.0


def exchange_of(outcome: Classified, *, at: float, latency_seconds: float, status: int | None) -> Exchange:
    return Exchange(
        at=at,
        latency_seconds=latency_seconds,
        status=status,
        verdict=outcome.verdict,
        reason=outcome.reason,
        message=outcome.message,
        sent=outcome.sent,
        content=outcome.content,
        finish_reason=outcome.finish_reason,
        provider=outcome.provider,
        generation_id=outcome.generation_id,
        model=outcome.model,
        usage=outcome.usage,
    )


def completed(exchanges: Sequence[Exchange]) -> CallResult:
    """The result of a call whose last exchange completed."""
    last = exchanges[-1]
    completion = Completion(
        content=last.content or "",
        finish_reason=last.finish_reason,
        provider=last.provider,
        generation_id=last.generation_id,
        model=last.model,
        usage=last.usage,
    )
    return _result(completion, None, exchanges)


def failed(exchanges: Sequence[Exchange], remark: str = "") -> CallResult:
    """The result of a call whose last exchange's failure is final; `remark` is a sentence to add to its message."""
    last = exchanges[-1]
    message = last.message or ""
    failure = Failure(
        reason=last.reason or Reason.BAD_RESPONSE,
        message=f"{message.rstrip('.')}. {remark}" if remark else message,
        account_fatal=last.verdict is Verdict.ACCOUNT_FATAL,
    )
    return _result(None, failure, exchanges)


def gave_up(exchanges: Sequence[Exchange], failure: Failure) -> CallResult:
    """The result of a call that its caller ended, with what it had cost until then."""
    return _result(None, failure, exchanges)


def _result(completion: Completion | None, failure: Failure | None, exchanges: Sequence[Exchange]) -> CallResult:
    return CallResult(
        completion,
        failure,
        tuple(exchanges),
        usage=sum((exchange.usage for exchange in exchanges), NO_USAGE),
        http_requests=len(exchanges),
        latency_seconds=sum(exchange.latency_seconds for exchange in exchanges),
    )

"""The request and the result of a call. Both are frozen, and printing them shows no secret and no student's text."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from app.marks.model import Json, Usage
from app.marks.reasons import Reason
from app.openrouter.classify import Classified, OutcomeKind
from app.openrouter.reply import NO_USAGE, Answer

# Bodies up to this size are stored whole. A longer body that compression does not shrink below it is stored in part:
# its head and its tail.
MOST_BYTES = 256 * 1024
_HALF = MOST_BYTES // 2
# Longer bodies are not even tried: compressing takes some 10 ms a megabyte of the event loop.
_MOST_COMPRESSED = 4 * 1024 * 1024
_FAST = 1


class Phase(StrEnum):
    """The phase of a call."""

    QUEUED = "queued"  # waits for a permit or for its model's gate
    RUNNING = "running"  # an HTTP request is in flight and holds a permit
    WAITING = "waiting"  # has been tried, waits for its next request


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """`key` names the session; the limiter shares its permits between sessions. `body` is sent as it is; `headers` are
    added.

    `encoded` is the body by `encode_body`, if the caller has it already: all tries of a marker send the same bytes.
    `output_limit` is the model's limit on `max_tokens`, None if it is not known; `least_tokens` is the need of an
    answer without any thinking. `unread` counts earlier answers to the same question that could not be used.
    `expected_usd` is the most that one request of the call can cost; 0 if no limit on costs applies. `beginnings` name
    the parts of the prompt that other calls share, the shortest first, where the model's cache pays.
    """

    key: str
    model: str
    body: Mapping[str, Json] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    output_limit: int | None = None
    encoded: bytes | None = field(default=None, repr=False)
    least_tokens: int = 1_000
    unread: int = 0
    expected_usd: float = 0.0
    beginnings: tuple[str, ...] = ()


def encode_body(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no completion. `account_fatal`: every other call of this account would fail in the same way."""

    reason: Reason
    message: str
    account_fatal: bool = False


HELD_BACK = Failure(Reason.HELD_BACK, Reason.HELD_BACK.sentence)
"""The result of a call that its caller held back before its first request."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its outcome, as it is stored. `at` is when it was sent, in Unix seconds; `status` is None
    without a reply.

    `body` is the whole reply. `notes` name the parameters that the request left out because the model refuses them.
    """

    at: float
    latency_seconds: float
    status: int | None
    outcome: Classified
    body: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        return self.outcome.answer

    def as_json(self) -> dict[str, Json]:
        reason = self.outcome.reason
        return {
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "latency_ms": round(self.latency_seconds * 1000),
            "status": self.status,
            "verdict": self.outcome.kind.value,
            "reason": None if reason is None else reason.value,
            "message": self.outcome.message,
            "sent": self.outcome.sent,
            **self.answer.as_json(),
            **({"notes": list(self.notes)} if self.notes else {}),
            **({"reply": pack(self.body)} if self.body else {}),
        }


@dataclass(frozen=True, slots=True)
class CallResult:
    """Either a completion (a whole answer, as the model wrote it) or a failure, with the exchanges that led to it,
    in order.

    `usage` is the sum over the HTTP requests that reported one. `latency_seconds` is the time the HTTP requests took
    together, without queueing and waiting.
    """

    completion: Answer | None
    failure: Failure | None
    exchanges: tuple[Exchange, ...] = ()
    usage: Usage = NO_USAGE
    http_requests: int = 0
    latency_seconds: float = 0.0

    @property
    def unread(self) -> int:
        """How many answers arrived and could not be used."""
        return sum(one.outcome.is_unread for one in self.exchanges)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the requests, each sentence once."""
        return tuple(dict.fromkeys(note for exchange in self.exchanges for note in exchange.notes))


def completed(exchanges: Sequence[Exchange]) -> CallResult:
    """The result of a call whose last exchange completed."""
    return _result(exchanges[-1].answer, None, exchanges)


def failed(exchanges: Sequence[Exchange], remark: str = "") -> CallResult:
    """The result of a call whose last exchange's failure is final; `remark` is a sentence to add to its message.

    If an answer was cut, the cut stays the reason, even if the request with more room failed for another reason.
    """
    last = exchanges[-1].outcome
    cut = next((one.outcome for one in exchanges if one.outcome.reason is Reason.OUT_OF_OUTPUT_TOKENS), last)
    if cut is not last and last.reason is not Reason.OUT_OF_OUTPUT_TOKENS:
        remark = f"Asked again with more room: {_joined(last.message or '', remark)}"
    failure = Failure(
        reason=cut.reason or Reason.BAD_RESPONSE,
        message=_joined(cut.message or "", remark),
        account_fatal=last.kind is OutcomeKind.ACCOUNT_FATAL,
    )
    return _result(None, failure, exchanges)


def _joined(message: str, remark: str) -> str:
    return f"{message.rstrip('.')}. {remark}" if remark else message


def gave_up(exchanges: Sequence[Exchange], failure: Failure) -> CallResult:
    """The result of a call that its caller ended, with its cost until then."""
    return _result(None, failure, exchanges)


def _result(completion: Answer | None, failure: Failure | None, exchanges: Sequence[Exchange]) -> CallResult:
    return CallResult(
        completion,
        failure,
        tuple(exchanges),
        usage=sum((exchange.answer.usage for exchange in exchanges), NO_USAGE),
        http_requests=len(exchanges),
        latency_seconds=sum(exchange.latency_seconds for exchange in exchanges),
    )


def pack(body: bytes) -> dict[str, Json]:
    """{size, data} or {size, head, tail}: zlib in base64, fit for JSON."""
    if len(body) <= _MOST_COMPRESSED:
        data = zlib.compress(body, _FAST)
        if len(body) <= MOST_BYTES or len(data) <= MOST_BYTES:
            return {"size": len(body), "data": b64encode(data).decode()}
    return {"size": len(body), "head": _packed(body[:_HALF]), "tail": _packed(body[-_HALF:])}


def unpack(packed: dict[str, Json]) -> bytes | None:
    """The whole body; None if only its head and tail were kept, or if it cannot be unpacked."""
    try:
        return zlib.decompress(b64decode(packed["data"]))
    except (KeyError, TypeError, ValueError, zlib.error):
        return None


def _packed(piece: bytes) -> str:
    return b64encode(zlib.compress(piece, _FAST)).decode()

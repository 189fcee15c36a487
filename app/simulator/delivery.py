"""The delivery of an answer: which bytes at which time, and the end of the connection. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus

from app.simulator.faults import Fault
from app.simulator.stats import LogEntry

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_END = b"0\r\n\r\n"
_PIECES = 10
# Long enough for the peer to read the half body before the reset overtakes it.
_HALF_BODY_SECONDS = 0.002


class Ending(Enum):
    KEEP = auto()  # answered; the connection serves the next request
    CLOSE = auto()
    RESET = auto()
    HANG = auto()  # nothing more until the client leaves


@dataclass(slots=True)
class Reply:
    """An answer before delivery. `delay` is in seconds, `images` are fetched first, `entry` is its log line.

    Not frozen: copies cost a tenth of a call's CPU time.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    delay: float = 0.0
    drip_seconds: float = 0.0
    fault: Fault | None = None
    images: tuple[str, ...] = ()
    entry: LogEntry | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class SendPlan:
    """`steps` are (seconds to wait, bytes to send) in order."""

    steps: tuple[tuple[float, bytes], ...]
    ending: Ending


def send_plan(reply: Reply) -> SendPlan:
    return _SEND_PLANS.get(reply.fault, _whole)(reply)


def _whole(reply: Reply) -> SendPlan:
    return SendPlan(((reply.delay, _head(reply) + reply.body),), Ending.KEEP)


def _reset_mid_body(reply: Reply) -> SendPlan:
    half = _head(reply) + reply.body[: len(reply.body) // 2]
    return SendPlan(((reply.delay, half), (_HALF_BODY_SECONDS, b"")), Ending.RESET)


def _blanks(reply: Reply) -> SendPlan:
    """Send the head at once, then blanks until the answer is ready."""
    pause = reply.delay / 4
    blank = (pause, _chunk(b"\n         \n"))
    return SendPlan(((0.0, _chunked_head(reply)), blank, blank, blank, (pause, _chunk(reply.body) + _END)), Ending.KEEP)


def _drip(reply: Reply) -> SendPlan:
    size = max(1, -(-len(reply.body) // _PIECES))
    pieces = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
    drops = [(reply.drip_seconds / len(pieces), _chunk(piece)) for piece in pieces]
    return SendPlan(((reply.delay, _chunked_head(reply)), *drops, (0.0, _END)), Ending.KEEP)


_SEND_PLANS: Mapping[Fault | None, Callable[[Reply], SendPlan]] = {
    Fault.HANG: lambda _: SendPlan((), Ending.HANG),
    Fault.RESET_BEFORE: lambda reply: SendPlan(((reply.delay, b""),), Ending.RESET),
    Fault.CLOSE_BEFORE: lambda reply: SendPlan(((reply.delay, b""),), Ending.CLOSE),
    Fault.RESET_MID_BODY: _reset_mid_body,
    Fault.BLANKS: _blanks,
    Fault.DRIP: _drip,
}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _chunked_head(reply: Reply) -> bytes:
    return _start(reply) + b"transfer-encoding: chunked\r\n\r\n"


def _head(reply: Reply) -> bytes:
    return _start(reply) + b"content-length: %d\r\n\r\n" % len(reply.body)


def _start(reply: Reply) -> bytes:
    reason = _REASONS.get(reply.status, "Simulated")
    lines = [f"HTTP/1.1 {reply.status} {reason}", f"content-type: {reply.content_type}", "x-simulated: SIMULATED"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")

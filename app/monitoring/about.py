"""What the running code works on: the request, session, marker and try that every log line of it names.

Tasks inherit it from the code that starts them, so a run carries the correlation id of the request that started it.
"""

from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import uuid4

T = TypeVar("T")

Fields = Mapping[str, str | int]

CORRELATION_ID = "correlation_id"

_about: ContextVar[Fields] = ContextVar("about", default=MappingProxyType({}))


def now_about() -> Fields:
    """The fields that are known here, such as `correlation_id` and `session`."""
    return _about.get()


def begin_request(correlation_id: str) -> Token[Fields]:
    """Names a request. The caller gives the token to `end_request`. No context manager: this runs once per poll."""
    return _about.set({CORRELATION_ID: correlation_id})


def end_request(token: Token[Fields]) -> None:
    _about.reset(token)


def add(**fields: str | int) -> None:
    """Adds fields until the running task ends."""
    _about.set({**_about.get(), **fields})


@contextmanager
def about(**fields: str | int) -> Iterator[None]:
    """Adds fields until the block ends. Work that no request started gets a correlation id of its own."""
    known = _about.get()
    own = {} if CORRELATION_ID in known else {CORRELATION_ID: str(uuid4())}
    token = _about.set({**known, **own, **fields})
    try:
        yield
    finally:
        _about.reset(token)


async def run_about(work: Coroutine[Any, Any, T], **fields: str | int) -> T:
    """Does `work` with these fields."""
    with about(**fields):
        return await work

"""What all attempts of a run share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.grading.recorder import Recorder
from app.grading.slices import Slice
from app.marks.model import ParsedAnswer, Question
from app.openrouter.call import CallResult, CompletionRequest
from app.store.runs import CallKey


class Asks(Protocol):
    """How an attempt reaches a model; the run decides when, and whether at all."""

    async def __call__(self, key: CallKey, request: CompletionRequest) -> CallResult: ...


class Requests(Protocol):
    """Builds requests; a marker's first ones are built once and shared by its tries."""

    def __call__(
        self, key: CallKey, *, criteria: str | None = None, ask_again: Sequence[str] = (), only: Slice | None = None
    ) -> CompletionRequest: ...


@dataclass(frozen=True, slots=True)
class AttemptTools:
    """Collaborators of an attempt, the same for all attempts of a run."""

    ask: Asks
    request: Requests
    recorder: Recorder
    questions: tuple[Question, ...]
    # Why the run was stopped for good; None while it goes on, or is only left to be resumed.
    stopped: Callable[[], str | None]
    # Of (marker, text, questions): the form of an answer depends on the marker's prompt.
    parse: Callable[[str, str, Sequence[Question]], ParsedAnswer]
    # The first slices of the attempts of each marker that asks in several requests.
    slices: Mapping[str, Sequence[Slice]]
    # Called by an attempt whose calls are made by tasks of their own.
    stand_aside: Callable[[], None]
    # Whether the end of the run closes the calls that a stop leaves unmade.
    closed_by_the_end: bool = False

"""The questions that a test has, and those about to be part of it: what is judged of a draft beside the others."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from app.generation.checks import (
    Gates,
    check_duplicate,
    check_longest_share,
    draft_key_is_longest,
    is_rejected,
    key_is_longest,
    share_holds,
    too_many_longest,
)
from app.generation.model import CheckFinding, ChoiceQuestion, Draft, Kind


@dataclass(slots=True)
class _Entry:
    key: str
    quote: str
    is_longest: bool
    counts: bool = False


class Bank:
    """A draft takes its place before it is solved, so that of two alike that are made at once only one is paid for.

    What counts once never has to be taken out again: a question that is good but whose key is the longest option waits
    until enough others count, or until nobody is left who could change that.
    """

    def __init__(self, n_target: int, gates: Gates) -> None:
        self._n_target = n_target
        self._gates = gates
        self._entries: dict[int, _Entry] = {}
        self._working: set[int] = set()
        self._waiting: dict[int, asyncio.Future[tuple[CheckFinding, ...]]] = {}

    def add(self, question: ChoiceQuestion) -> None:
        """A question that is part of the test already."""
        others = [text for letter, text in question.lettered if letter != question.correct_option]
        is_longest = question.kind is Kind.SINGLE and key_is_longest(question.key, others)
        self._entries[question.number] = _Entry(question.gist, question.quote, is_longest, counts=True)

    def begin(self, slots: Iterable[int]) -> None:
        """The slots that are worked on from now on; each is to `leave`."""
        self._working.update(slots)

    def enter(self, slot: int, draft: Draft) -> tuple[CheckFinding, ...]:
        """What speaks against the draft beside the others; if nothing does, it has its place until it is withdrawn."""
        others = [entry for number, entry in self._entries.items() if number != slot]
        findings = (
            *check_duplicate(draft, [(entry.key, entry.quote) for entry in others], self._gates),
            *check_longest_share(draft, sum(entry.is_longest for entry in others), self._n_target, self._gates),
        )
        if not is_rejected(findings):
            self._entries[slot] = _Entry(draft.gist, draft.quote, draft_key_is_longest(draft))
        return findings

    def turn(self, slot: int) -> "asyncio.Future[tuple[CheckFinding, ...]]":
        """Done when the slot's question may count, with nothing; or when it may not, with what speaks against it."""
        self._waiting[slot] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[slot]
        self._admit()
        return waiting

    def withdraw(self, slot: int) -> None:
        self._entries.pop(slot, None)

    def leave(self, slot: int) -> None:
        """The slot is worked on no more."""
        self._working.discard(slot)
        self._waiting.pop(slot, None)
        self._admit()

    def _admit(self) -> None:
        # Those that give nothing away make room for the others.
        for slot in sorted(self._waiting, key=lambda slot: (self._entries[slot].is_longest, slot)):
            entry = self._entries[slot]
            if self._fits(entry):
                entry.counts = True
                self._answer(slot, ())
        # One at a time: it is written again, and may make room for the rest.
        if self._waiting and not self._working - self._waiting.keys():
            slot = max(self._waiting)
            self._answer(slot, (too_many_longest(self._entries[slot].key, self._gates),))

    def _fits(self, entry: _Entry) -> bool:
        counted = [other.is_longest for other in self._entries.values() if other.counts]
        return not entry.is_longest or share_holds(sum(counted) + 1, len(counted) + 1, self._gates)

    def _answer(self, slot: int, findings: tuple[CheckFinding, ...]) -> None:
        waiting = self._waiting.pop(slot)
        if not waiting.done():
            waiting.set_result(findings)

"""The accepted questions of a test and its drafts: checks that compare one draft with all others."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from app.generation.checks import (
    Thresholds,
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
    """A draft enters before the solvers see it: of two equal drafts made at once, only one is solved and paid for.

    A question that counts is never removed. A good question whose key is the longest option waits until enough other
    questions count, or until no other slot is working.
    """

    def __init__(self, n_target: int, thresholds: Thresholds) -> None:
        self._n_target = n_target
        self._thresholds = thresholds
        self._entries: dict[int, _Entry] = {}
        self._working: set[int] = set()
        self._waiting: dict[int, asyncio.Future[tuple[CheckFinding, ...]]] = {}

    def add(self, question: ChoiceQuestion) -> None:
        """Count a question that is already part of the test."""
        others = [text for letter, text in question.lettered if letter != question.correct_option]
        is_longest = question.kind is Kind.SINGLE and key_is_longest(question.key, others)
        self._entries[question.number] = _Entry(question.gist, question.quote, is_longest, counts=True)

    def begin(self, slots: Iterable[int]) -> None:
        """Note which slots are working. Each of them calls `leave` when it ends."""
        self._working.update(slots)

    def enter(self, slot: int, draft: Draft) -> tuple[CheckFinding, ...]:
        """Compare the draft with the others. Without a blocking finding it keeps its place until `withdraw`."""
        others = [entry for number, entry in self._entries.items() if number != slot]
        findings = (
            *check_duplicate(draft, [(entry.key, entry.quote) for entry in others], self._thresholds),
            *check_longest_share(draft, sum(entry.is_longest for entry in others), self._n_target, self._thresholds),
        )
        if not is_rejected(findings):
            self._entries[slot] = _Entry(draft.gist, draft.quote, draft_key_is_longest(draft))
        return findings

    def turn(self, slot: int) -> "asyncio.Future[tuple[CheckFinding, ...]]":
        """A future for the slot's question: () when it counts, else the findings that reject it."""
        self._waiting[slot] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[slot]
        self._admit()
        return waiting

    def withdraw(self, slot: int) -> None:
        self._entries.pop(slot, None)

    def leave(self, slot: int) -> None:
        """The slot has ended."""
        self._working.discard(slot)
        self._waiting.pop(slot, None)
        self._admit()

    def _admit(self) -> None:
        # Questions whose key is not the longest option come first: each makes room for one whose key is.
        for slot in sorted(self._waiting, key=lambda slot: (self._entries[slot].is_longest, slot)):
            entry = self._entries[slot]
            if self._fits(entry):
                entry.counts = True
                self._answer(slot, ())
        # Reject one at a time: when it is written again, it may make room for the rest.
        if self._waiting and not self._working - self._waiting.keys():
            slot = max(self._waiting)
            self._answer(slot, (too_many_longest(self._entries[slot].key, self._thresholds),))

    def _fits(self, entry: _Entry) -> bool:
        counted = [other.is_longest for other in self._entries.values() if other.counts]
        return not entry.is_longest or share_holds(sum(counted) + 1, len(counted) + 1, self._thresholds)

    def _answer(self, slot: int, findings: tuple[CheckFinding, ...]) -> None:
        waiting = self._waiting.pop(slot)
        if not waiting.done():
            waiting.set_result(findings)

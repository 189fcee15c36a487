"""The questions that a test has, and those about to be part of it: what is judged of a draft beside the others."""

from dataclasses import dataclass

from app.generation.checks import Gates, check_duplicate, check_longest_share, is_rejected, key_is_longest
from app.generation.model import CheckFinding, ChoiceQuestion, Draft


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    quote: str
    is_longest: bool


class Bank:
    """A draft takes its place before it is solved, so that of two alike that are made at once only one is paid for."""

    def __init__(self, n_target: int, gates: Gates) -> None:
        self._n_target = n_target
        self._gates = gates
        self._entries: dict[int, _Entry] = {}

    def add(self, question: ChoiceQuestion) -> None:
        """A question that is part of the test already."""
        others = [text for letter, text in question.lettered if letter != question.correct_option]
        self._entries[question.number] = _Entry(question.key, question.quote, key_is_longest(question.key, others))

    def enter(self, slot: int, draft: Draft) -> tuple[CheckFinding, ...]:
        """What speaks against the draft beside the others; if nothing does, it has its place until it is withdrawn."""
        others = [entry for number, entry in self._entries.items() if number != slot]
        findings = (
            *check_duplicate(draft, [(entry.key, entry.quote) for entry in others], self._gates),
            *check_longest_share(draft, sum(entry.is_longest for entry in others), self._n_target, self._gates),
        )
        if not is_rejected(findings):
            is_longest = key_is_longest(draft.key, draft.distractor_texts)
            self._entries[slot] = _Entry(draft.key, draft.quote, is_longest)
        return findings

    def withdraw(self, slot: int) -> None:
        self._entries.pop(slot, None)

    def by_slot(self) -> list[tuple[int, bool]]:
        """(slot, whether its key is the longest option) by slot."""
        return sorted((slot, entry.is_longest) for slot, entry in self._entries.items())

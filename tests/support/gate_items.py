"""Stems and options by language, each with the gate that should stop it: hand-made, in tests/golden/gates.

Each folder there is a sample. The tables were built with the items of `BUILT_WITH` before the eyes. Those of `HELD_OUT`
were written when the tables stood, and nothing was changed for them since: who changes a table because of one of them
moves the sample to `BUILT_WITH` and writes another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.generation.wordings.registry import WORDINGS

FOLDER = Path(__file__).parents[1] / "golden" / "gates"
BUILT_WITH = (
    "built_with",
    "first_sample",
    "second_sample",
    "third_sample",
    "fourth_sample",
    "fifth_sample",
    "sixth_sample",
    "seventh_sample",
)
HELD_OUT = ("held_out", "held_out_later", "held_out_third", "held_out_fourth")
# The gate that must stop the items of a section; None for items that must pass all gates for their kind of text.
_SECTIONS = {
    "source": "source",
    "provisions": None,
    "negative": "negative",
    "negated": None,
    "others": "others",
    "options": None,
    "absolute": "absolute",
    "relative": None,
    "plain": None,
}
_OPTIONS = frozenset({"others", "options", "absolute", "relative"})
# How many bodies each opening is put before, so that each language has some 200 items.
_BODIES_EACH = 5


@dataclass(frozen=True, slots=True)
class GateItem:
    """`gate` should stop the text; None if every gate should pass it."""

    section: str
    text: str
    gate: str | None

    @property
    def gates(self) -> tuple[str, ...]:
        """Those that look at this kind of text."""
        if self.section == "options":
            # They speak of all and none of something, which the gate of absolutes may well stop in a key.
            return ("source", "others")
        return ("source", "others", "absolute") if self.section in _OPTIONS else ("source", "negative")


def items_of(language: str, samples: Sequence[str] = (*BUILT_WITH, *HELD_OUT)) -> list[GateItem]:
    return [item for sample in samples for item in _items(FOLDER / sample / f"{language}.txt")]


def errors_in(items: Sequence[GateItem], language: str) -> tuple[list[str], list[str]]:
    """The good texts that a gate stops, and the bad texts that their gate misses."""
    false = [item.text for item in items if item.gate is None and stopped_by(item, language)]
    missed = [item.text for item in items if item.gate is not None and item.gate not in stopped_by(item, language)]
    return false, missed


def stopped_by(item: GateItem, language: str) -> tuple[str, ...]:
    wording = WORDINGS[language]
    return tuple(gate for gate in item.gates if getattr(wording, gate)(item.text))


def _items(path: Path) -> Iterator[GateItem]:
    """None where the sample has no items of the language."""
    if not path.exists():
        return
    sections = _sections(path.read_text("utf-8"))
    bodies = sections.pop("bodies", [])
    for section, lines in sections.items():
        for index, line in enumerate(lines):
            for text in _filled(line, bodies, index):
                yield GateItem(section, text, _SECTIONS[section])


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = []
        else:
            found[list(found)[-1]].append(line)
    return found


def _filled(line: str, bodies: list[str], index: int) -> Iterator[str]:
    if "{}" not in line:
        yield line
        return
    for step in range(_BODIES_EACH):
        yield line.format(bodies[(index + 3 * step) % len(bodies)])

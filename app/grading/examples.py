"""Worked examples: scripts that a human marked, which a marker sees before the student's script. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from app.marks.model import Image, Role

Stored = Mapping[str, Any]
"""JSON of a stored plan: `plan.examples` maps session ids to {pages, marks}."""


@dataclass(frozen=True, slots=True)
class Example:
    """One script: its pages in order, and the human's mark by question id in the order of the questions."""

    pages: tuple[Image, ...]
    marks: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        return {"pages": [asdict(page) for page in self.pages], "marks": dict(self.marks)}

    @classmethod
    def from_json(cls, row: Stored) -> Self:
        pages = (Image(**{**page, "role": Role(page["role"])}) for page in row["pages"])
        return cls(tuple(pages), row["marks"])


Examples = Mapping[str, Example]
"""By session id."""


def examples_of_plan(stored: Stored) -> dict[str, Example]:
    """Those of a stored plan: a run that goes on shows what it showed before."""
    return {session_id: Example.from_json(row) for session_id, row in (stored.get("examples") or {}).items()}

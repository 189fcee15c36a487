"""Grades from percentages: `90,80,70` or `A:90,B:80,C:70`."""

from dataclasses import dataclass

from app.errors import UnprocessableError
from app.mark_tables.numbers import number

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Boundary:
    """`label` is reached from `percent` of the maximum on."""

    label: str
    percent: float


def read_boundaries(text: str) -> tuple[Boundary, ...]:
    """The boundaries from the highest down. Raises UnprocessableError naming the field."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        label, _, percent = part.rpartition(":")
        value = number(percent.strip())
        if value is None or not 0 <= value <= WHOLE:
            raise UnprocessableError.field("boundaries", f"{part!r} is no percentage from 0 to 100, such as 90 or A:90")
        found.append(Boundary(label.strip() or f"from {value:g} %", value))
    percents = [boundary.percent for boundary in found]
    if percents != sorted(set(percents), reverse=True):
        raise UnprocessableError.field("boundaries", "must fall from the highest to the lowest, each once")
    return tuple(found)


def grade_of(total: float, maximum: float, boundaries: tuple[Boundary, ...]) -> str:
    """The first label whose percentage is reached; `below` where none is."""
    percent = WHOLE * total / maximum if maximum else 0.0
    return next((one.label for one in boundaries if percent >= one.percent - 1e-9), "below")

"""Question × marker: the share of answers with exactly the human's mark, darker where it is smaller."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence, Figure
from app.agreement.pairs import Agreement
from app.agreement.table import EPSILON
from app.reporting.markup import Html, join, tag
from app.reporting.svg import label, svg
from app.reporting.view import View
from app.reporting.words import number, percent, shortened

_CELL, _ROW, _LEFT, _TOP = 56, 34, 70, 160
# Steps of the share that is not exact; each has its own shade.
_STEPS = (0.05, 0.15, 0.25, 0.4, 0.55, 0.7)
_SHADE = 42.0
# As many as a phone (360 px) shows at once; two blocks stand side by side in print, three on a desktop.
COLUMNS = 4


def heat_maps(view: View) -> list[Html]:
    """In blocks of four markers."""
    found = view.compared
    return [_block(view, found[at : at + COLUMNS], f"heat-{at}") for at in range(0, len(found), COLUMNS)]


def _block(view: View, columns: Sequence[MarkerAgreement], key: str) -> Html:
    questions = view.table.questions
    form = _Form.of(view)
    width, height = _LEFT + _CELL * len(columns), _TOP + _ROW * len(questions) + 4
    heads = [_head(found.marker, index) for index, found in enumerate(columns)]
    rows = []
    for place, question in enumerate(questions):
        y = _TOP + _ROW * place
        cells = [_cell(found, question.question_id, (_LEFT + _CELL * i, y), form) for i, found in enumerate(columns)]
        maximum = label(_LEFT - 8, y + 28, f"of {number(question.max_marks)}", "tick", "end")
        rows.append(join(label(_LEFT - 8, y + 15, shortened(question.question_id, 9), "name", "end"), maximum, *cells))
    title = "Share of answers with the human's mark, by question and marker"
    return svg(key, height, title, _description(view, columns), *heads, *rows, width=width)


def shades() -> Html:
    """The legend."""
    ends = [1.0, *(1 - step for step in _STEPS), 0.0]
    parts = []
    for step, (high, low) in enumerate(pairwise(ends)):
        x = _SHADE * step
        parts.append(tag("rect", x=x + 1.0, y=0, width=_SHADE - 2, height=18, rx=3, class_=f"cell s{step}"))
        parts.append(
            label(x + _SHADE / 2, 13, f"{round(100 * low)}–{round(100 * high)}", f"in-s{step} small", "middle")
        )
    words = "Shades from pale to strong: " + ", ".join(
        f"{round(100 * low)} to {round(100 * high)} percent" for high, low in pairwise(ends)
    )
    return svg("shades", 18, "Shades of the heat map, in percent", words, *parts, width=_SHADE * len(parts) / 2)


def _head(name: str, index: int) -> Html:
    x, y = _LEFT + _CELL * index + _CELL / 2 + 4, _TOP - 6
    words = tag("title", name)
    return tag("text", words, shortened(name, 21), x=x, y=y, class_="name", transform=f"rotate(-90 {x:.0f} {y:.0f})")


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of share in all cells: counted where all scripts are few, else in percent; n only where it differs."""

    counted: bool
    with_n: bool

    @classmethod
    def of(cls, view: View) -> "_Form":
        parts = [part for found in view.compared for part in found.per_question.values()]
        exact = [part.figures["exact"] for part in parts if part.figures["exact"].value is not None]
        whole = all(abs((e.value or 0) * e.n - round((e.value or 0) * e.n)) < EPSILON for e in exact)
        few = all(part.evidence is Evidence.DOTS for part in parts)
        return cls(counted=few and whole, with_n=not (few and whole) and len({e.n for e in exact}) > 1)


def _cell(found: MarkerAgreement, question_id: str, place: tuple[float, float], form: _Form) -> Html:
    part, (x, y) = found.per_question[question_id], place
    box = tag(
        "rect",
        tag("title", f"{found.marker}, {question_id}: {_in_words(part)}"),
        x=x + 1.5, y=y + 1.5, width=_CELL - 3, height=_ROW - 3, rx=4, class_=f"cell {shade(part)}",
    )  # fmt: skip
    middle, n = x + _CELL / 2, part.figures["exact"].n
    said = label(middle, y + (15 if form.with_n else 21), _value(part, form), f"in-{shade(part)} big", "middle")
    count = [label(middle, y + 27, f"n {n}", f"in-{shade(part)} small", "middle")] if form.with_n else []
    return join(box, said, *count)


def _value(part: Agreement, form: _Form) -> str:
    exact = part.figures["exact"]
    if exact.value is None:
        return "–"
    return f"{round(exact.value * exact.n)} of {exact.n}" if form.counted else percent(exact.value)


def shade(part: Agreement) -> str:
    """`none` and `few` are grey; `early` has a dashed edge."""
    value = part.figures["exact"].value
    if value is None:
        return "none"
    if part.evidence is Evidence.DOTS:
        return "few"
    return f"s{sum(1 - value > step for step in _STEPS)}"


def _in_words(part: Agreement) -> str:
    exact = part.figures["exact"]
    if exact.value is None:
        return exact.reason or ""
    return f"{percent(exact.value)} of {exact.n}" + (", too few to say" if part.evidence is Evidence.DOTS else "")


def weakest(view: View, columns: Sequence[MarkerAgreement], most: int) -> list[tuple[str, str, Figure]]:
    """(question, marker, share exact) of the cells with enough scripts that are furthest from the human, if any is."""
    found = [
        (question.question_id, marker.marker, exact)
        for marker in columns
        for question in view.table.questions
        for part in [marker.per_question[question.question_id]]
        for exact in [part.figures["exact"]]
        if exact.value is not None and exact.value < 1 and part.evidence is not Evidence.DOTS
    ]
    return sorted(found, key=lambda cell: cell[2].value or 0.0)[:most]


def _description(view: View, columns: Sequence[MarkerAgreement]) -> str:
    """The table beside the plot has all cells."""
    found = weakest(view, columns, 3)
    if not found:
        return "No cell of ten scripts or more holds a mark that is not the human's."
    return "Weakest: " + "; ".join(
        f"{name} on {question}, {percent(exact.value or 0)}" for question, name, exact in found
    )

"""Numbers as people read them. The exact value stands beside each in the page, in a `data` element."""

import math
from datetime import datetime

from app.agreement.figures import Evidence, Figure
from app.agreement.pairs import MARKS
from app.reporting.markup import Html, between, join, tag, text

MINUS = "\u2212"
NBSP = "\u00a0"
DASH = "–"
SHARES = {"exact", "within_tolerance", "adjacent", "unanimous", "modal_share", "share"}
IN_UNITS = {"mae", "rmse", "bias", "sd", "range"}
SIGNED = {"bias", "smd", "slope", "degradation", "total", "behind"}
TOTALS = {"total"}
_NEARLY = 0.995
_CENT = 0.01


def number(value: float, digits: int = 2) -> str:
    """Without trailing zeros behind whole marks: 3, 2.5, 0.25."""
    found = f"{round(value, digits):.{digits}f}"
    return _minus(found.rstrip("0").rstrip(".") if "." in found else found)


def fixed(value: float, digits: int = 2, *, signed: bool = False) -> str:
    rounded = round(value, digits) + 0.0
    return _minus(f"{rounded:+.{digits}f}" if signed and rounded else f"{rounded:.{digits}f}")


def _minus(found: str) -> str:
    return (found if found.strip("-0.") else found.lstrip("-")).replace("-", MINUS)


def percent(share: float, *, signed: bool = False) -> str:
    """Whole percent; what is not all, or not nothing, is not said to be."""
    found = f"{abs(100 * share):.0f}"
    if found == "100" and abs(share) < 1:
        found = ">99"
    elif found == "0" and share:
        found = "<1"
    sign = MINUS if share < 0 else "+" if signed and share > 0 else ""
    return f"{sign}{found}{NBSP}%"


def coefficient(value: float, *, signed: bool = False) -> str:
    """Two decimals, and three where two would say 1."""
    if _NEARLY <= value < 1:
        return fixed(math.floor(1000 * value) / 1000, 3, signed=signed)
    return fixed(value, 2, signed=signed)


def money(dollars: float) -> str:
    """Two significant digits below a cent."""
    if dollars == 0 or dollars >= _CENT:
        return f"${dollars:.2f}" if dollars == 0 or dollars >= 1 else f"${dollars:.3f}"
    return f"${dollars:.{1 - math.floor(math.log10(dollars))}f}"


def duration(seconds: float) -> str:
    return f"{seconds:.1f}{NBSP}s" if seconds < 10 else f"{seconds:.0f}{NBSP}s"  # noqa: PLR2004 - two digits


def moment(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} {at.tzname() or ''}".strip()


def count(n: float, noun: str) -> str:
    said = f"{n:,}" if isinstance(n, int) else number(n)
    return f"{said}{NBSP}{noun if n == 1 else plural(noun)}"


def plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("try") else f"{noun}s"


def out_of(n: int, total: int, noun: str) -> str:
    """2 of 3 answers; 1 of 1 answer."""
    return f"{n:,} of {count(total, noun)}"


def listed(names: list[Html]) -> Html:
    """A, B and C."""
    if len(names) <= 1:
        return join(*names)
    return join(between(", ", names[:-1]), " and ", names[-1])


def shown(name: str, value: float, unit: str = MARKS) -> str:
    """A figure's value by the figure's name."""
    signed = name in SIGNED
    if name in SHARES:
        return percent(value)
    if name == "behind":
        return percent(value, signed=True)
    if name in TOTALS:
        return fixed(value, 1, signed=signed)
    if name in IN_UNITS:
        return fixed(value, 2, signed=signed) if unit == MARKS else f"{fixed(value, 1, signed=signed)}{NBSP}%"
    return coefficient(value, signed=signed)


def data(value: float, said: str, title: str | None = None) -> Html:
    """`said`, with the value as the JSON has it."""
    return tag("data", said, value=repr(value), title=title)


def figure_cell(name: str, figure: Figure, unit: str = MARKS, *, interval: bool = True) -> Html:
    """Value and interval; a dash, with the reason in words, where there is none."""
    if figure.value is None:
        return tag("span", DASH, class_="none", title=figure.reason)
    value = data(figure.value, shown(name, figure.value, unit), f"n = {figure.n}")
    return join(value, " ", interval_of(name, figure, unit)) if interval and figure.shown else value


def interval_of(name: str, figure: Figure, unit: str = MARKS) -> Html:
    if figure.shown is None:
        return Html("")
    low, high = (data(end, shown(name, end, unit)) for end in figure.shown)
    return tag("small", low, " to ", high, class_="interval")


def reserve(found: Evidence) -> str:
    return {Evidence.DOTS: "too few scripts", Evidence.INDICATIVE: "indicative"}.get(found, "")


def named(name: str) -> Html:
    """A name from outside: it cannot turn the text around it."""
    return tag("bdi", name)


def band(name: str) -> str:
    return {"0_25": "0–25 %", "25_74_9": "25–75 %", "75_100": "75–100 %"}[name]


def shortened(name: str, most: int) -> str:
    """With its middle cut out: models of one maker differ at the end."""
    if len(name) <= most:
        return name
    head = (most - 1) // 3
    return f"{name[:head]}…{name[len(name) - (most - 1 - head) :]}"


def kept_together(sentence: str) -> str:
    """A sentence from elsewhere, in which no line begins with its percent sign."""
    return sentence.replace(" %", f"{NBSP}%")


def paragraph(*parts: str, class_: str | None = None) -> Html:
    return tag("p", *map(text, parts), class_=class_)

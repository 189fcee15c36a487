"""A formula of Word in one line: (1)/(2a), x², √(x+1), ∑_(i=1)^n."""

from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

from app.documents.docx_names import name_of, value_of
from app.documents.notation import fraction, grouped, lowered, raised, root, settled


def linear(element: ET.Element) -> str:
    """The formula in one line. Never raises: an unknown element is written as its parts, one after the other."""
    return settled(_linear(element))


def _linear(element: ET.Element) -> str:
    name = name_of(element)
    if name in {"m:t", "w:t"}:
        return element.text or ""
    if name in {"m:rPr", "w:rPr", "m:ctrlPr"} or name.endswith("Pr"):
        return ""
    if name in _FORMS:
        return _FORMS[name](element)
    return "".join(map(_linear, element))


def _part(element: ET.Element, name: str) -> str:
    return "".join(_linear(child) for child in element if name_of(child) == name)


def _property(element: ET.Element, name: str, default: str) -> str:
    """A property of the formula's own; one that is written with an empty value means nothing at all."""
    properties = [child for child in element if name_of(child).endswith("Pr")]
    found = [part for child in properties for part in child if name_of(part) == name]
    return value_of(found[0]) if found else default


def _fraction(element: ET.Element) -> str:
    upper, lower = _part(element, "m:num"), _part(element, "m:den")
    is_binomial = _property(element, "m:type", "bar") == "noBar"
    return f"({upper} {lower})" if is_binomial else fraction(upper, lower)


def _delimited(element: ET.Element) -> str:
    opening, closing = _property(element, "m:begChr", "("), _property(element, "m:endChr", ")")
    inside = _property(element, "m:sepChr", "|").join(_linear(part) for part in element if name_of(part) == "m:e")
    return f"{opening}{inside}{closing}"


def _large(element: ET.Element) -> str:
    sign = _property(element, "m:chr", "∫")
    return f"{sign}{lowered(_part(element, 'm:sub'))}{raised(_part(element, 'm:sup'))} {_part(element, 'm:e')}"


def _matrix(element: ET.Element) -> str:
    rows = [
        ", ".join(_linear(cell) for cell in row if name_of(cell) == "m:e") for row in element if name_of(row) == "m:mr"
    ]
    return f"[{'; '.join(rows)}]"


def _accented(element: ET.Element) -> str:
    return f"{_part(element, 'm:e')}{_property(element, 'm:chr', chr(0x302))}"


_FORMS: Mapping[str, Callable[[ET.Element], str]] = {
    "m:f": _fraction,
    "m:sSup": lambda e: grouped(_part(e, "m:e")) + raised(_part(e, "m:sup")),
    "m:sSub": lambda e: _part(e, "m:e") + lowered(_part(e, "m:sub")),
    "m:sSubSup": lambda e: _part(e, "m:e") + lowered(_part(e, "m:sub")) + raised(_part(e, "m:sup")),
    "m:sPre": lambda e: raised(_part(e, "m:sup")) + lowered(_part(e, "m:sub")) + _part(e, "m:e"),
    "m:rad": lambda e: root(_part(e, "m:e"), _part(e, "m:deg")),
    "m:d": _delimited,
    "m:nary": _large,
    "m:m": _matrix,
    "m:acc": _accented,
    "m:func": lambda e: f"{_part(e, 'm:fName')} {grouped(_part(e, 'm:e'))}",
    "m:limLow": lambda e: _part(e, "m:e") + lowered(_part(e, "m:lim")),
    "m:limUpp": lambda e: _part(e, "m:e") + raised(_part(e, "m:lim")),
    "m:eqArr": lambda e: "; ".join(_linear(part) for part in e if name_of(part) == "m:e"),
}

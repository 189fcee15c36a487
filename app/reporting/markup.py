"""Markup that nothing can be injected into: a plain string is escaped, only `Html` passes as it is."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

# C0 and C1 controls, lone surrogates and non-characters cannot stand in a page; embedded changes of direction would
# let one name rewrite the text around it.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def printable(text: str) -> str:
    """`text` without what a page cannot hold."""
    return _DIRECTION.sub("", _UNPRINTABLE.sub("\ufffd", text))


def text(content: str) -> Html:
    """`content` as markup; Html stays as it is."""
    return content if isinstance(content, Html) else Html(escape(printable(content), quote=False))


def join(*parts: str) -> Html:
    return Html("".join(map(text, parts)))


def between(separator: str, parts: Iterable[str]) -> Html:
    """`parts` with the separator between them. `Html.join` would make a plain string, which is escaped once more."""
    return Html(text(separator).join(map(text, parts)))


def lines(parts: Iterable[str]) -> Html:
    return between("\n", parts)


def tag(name: str, /, *children: str, **attributes: Any) -> Html:
    """`class_` and `stroke_width` name the attributes class and stroke-width; None and False leave one out."""
    inner = "".join(map(text, children))
    return Html(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def void(name: str, /, **attributes: Any) -> Html:
    """An element of HTML that has no content and no end."""
    return Html(f"<{name}{_attributes(attributes)}>")


def _attributes(attributes: dict[str, Any]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )


def _value(value: Any) -> str:
    """Coordinates to a tenth of a pixel."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return escape(printable(str(value)))

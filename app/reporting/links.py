"""From a figure to the answers and calls behind it, on the server that made the page."""

from typing import Any
from urllib.parse import urlencode

from app.reporting.markup import Html, tag
from app.reporting.view import View
from app.reporting.words import named


def behind(view: View, shown: Html, **where: Any) -> Html:
    """`shown` as a link to all answers of the exam that fit the desk's filters in `where`; the desk links each to its
    calls. A single script has no desk: there it leads to the calls of the marker. Without a server it is no link.
    """
    if view.here is None:
        return shown
    if view.input.kind == "exam":
        return tag("a", shown, href=f"{view.here}desk?{urlencode({'which': 'all', 'again': 1, **where})}")
    model = {"model": where["marker"]} if "marker" in where else {}
    return tag("a", shown, href=f"{view.here}calls?{urlencode(model)}" if model else f"{view.here}calls")


def marker_behind(view: View, marker: str, **where: Any) -> Html:
    """A marker's name, as a link to the answers on which it gave no mark or differs from the consensus."""
    return behind(view, named(marker), marker=marker, **where)

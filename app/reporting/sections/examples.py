"""Worked examples: the scripts that a marker saw with the human's marks, and that none of its figures counts."""

from app.reporting.markup import Html, join
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import listed, named, paragraph


def section(view: View) -> Html:
    """Nothing where no marker was shown an example."""
    shown = view.input.marks.examples_json()
    if not shown:
        return Html("")
    intro = paragraph(
        "These markers saw the listed scripts with the human's marks before they marked. Their figures leave these "
        "scripts out: a marker that has seen the marks of a script shows nothing by repeating them.",
        class_="hint",
    )
    rows = [
        [named(marker), str(len(scripts)), join(listed([named(one["script"]) for one in scripts]))]
        for marker, scripts in shown.items()
    ]
    return framed("examples", "Which scripts were shown as worked examples?", "examples", intro, table(_HEAD, rows))


_HEAD = ["Marker", "Examples", "Scripts"]

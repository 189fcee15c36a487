"""Which marks are taken for which."""

from app.reporting.confusion import CLASSES, Confusion
from app.reporting.markup import Html
from app.reporting.plots.confusion_matrix import confusion_plot
from app.reporting.tables import more, several, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import named, paragraph


def section(view: View) -> Html:
    heading = ("confusion", "Which marks are taken for which?", "confusion matrix")
    found = _found(view)
    if not found:
        return Html("")
    categories = next(iter(found.values())).categories
    kinds = "Zero, part of the marks, or full marks" if categories == tuple(CLASSES.values()) else "Marks"
    explained = paragraph(
        f"{kinds}: the human's in rows, the marker's (middle of its tries) in columns. In the framed cells both agree; "
        "to the right of them the marker gave more, to the left less.",
        class_="hint",
    )
    rows = [
        [named(name), f"human {category}", *map(str, counts)]
        for name, confusion in found.items()
        for category, counts in zip(categories, confusion.counts, strict=True)
    ]
    figures = more(
        "The same as a table", table(["Marker", "Human", *(f"marker {category}" for category in categories)], rows)
    )
    return framed(*heading, explained, several(confusion_plots(view)), figures)


def confusion_plots(view: View) -> list[Html]:
    """One per marker with answers to compare."""
    return [
        confusion_plot(f"confusion-{view.number[name]}", name, confusion) for name, confusion in _found(view).items()
    ]


def _found(view: View) -> dict[str, Confusion]:
    return {f.marker: view.confusions[f.marker] for f in view.compared if view.confusions[f.marker].n}

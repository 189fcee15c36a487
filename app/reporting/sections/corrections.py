"""Corrections that human marks teach: what each would change. The other sections show the marks as they were given."""

from collections.abc import Callable

from app.agreement.compare import Difference
from app.agreement.correction import Form, MarkerCorrection, QuestionCorrection
from app.reporting.markup import Html
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import DASH, coefficient, count, listed, named, number, paragraph, percent

_FORMS = {Form.LINEAR: "a straight line", Form.ISOTONIC: "an increasing curve"}
_FIGURES = (("rmse", number), ("exact", percent), ("qwk", coefficient))
_HEAD = ("Marker", "Question", "Corrected by", "Learned from", "RMSE, marks", "Same mark", "QWK")


def section(view: View) -> Html:
    """Nothing where nobody asked for corrections."""
    if view.input.corrections is None:
        return Html("")
    rows = [row for found in view.input.corrections for row in _rows(found)]
    intro = paragraph(
        "A correction is offered where it brings the marks nearer to the human's beyond chance. Each script is "
        "corrected by what the other scripts teach. Figures stand before and after the correction. No stored mark "
        "changes, and all other sections show the marks as they were given.",
        class_="hint",
    )
    content = [intro, table(_HEAD, rows)] if rows else [intro]
    without = [named(found.marker) for found in view.input.corrections if found.corrected is None]
    if without:
        content.append(paragraph("No correction is offered for ", listed(without), "."))
    return framed("corrections", "Would a correction help?", "corrections", *content)


def _rows(found: MarkerCorrection) -> list[list[str]]:
    return [
        [named(found.marker), named(name), _FORMS[one.offered], count(one.k, "script"), *_changes(one)]
        for name, one in found.questions.items()
        if one.offered is not None
    ]


def _changes(found: QuestionCorrection) -> list[str]:
    tried = next(one for one in found.tried if one.form is found.offered)
    return [_changed(tried.compared.figures[name], said) for name, said in _FIGURES]


def _changed(figure: Difference, said: Callable[[float], str]) -> str:
    """Before and after: `b` is of the marks as given, `a` of the corrected ones."""
    before, after = (DASH if value is None else said(value) for value in (figure.b, figure.a))
    return f"{before} → {after}"

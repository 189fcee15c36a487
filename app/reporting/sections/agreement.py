"""The trust card: published thresholds, and where each marker's interval lies; single marks where scripts are few."""

import math

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence, evidence
from app.agreement.trust import CRITERIA, Judgement, Verdict
from app.reporting.markup import Html, join, tag
from app.reporting.plots.intervals import Line, Threshold, interval_plot
from app.reporting.plots.strips import strips
from app.reporting.tables import beside, more, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import coefficient, figure_cell, named, paragraph

_SIGNS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.CLOSE: "≈",
    Verdict.UNDECIDED: "?",
    Verdict.UNDEFINED: "–",
    Verdict.NO_BASELINE: "–",
}
_THRESHOLD = 0.70
_QWK = (
    "Agreement with the human, quadratic weighted kappa (QWK): 1 is perfect, 0 is chance. The bar holds 95 % of what "
    "would be found with other scripts like these."
)
_NO_BASELINE = (
    "No human baseline: only one human marked. How well two humans agree on these answers is not known, so a marker "
    "cannot be measured against that."
)
_DOTS = (
    "Each dot is one mark: how far it lies from the human's, in marks. On the middle line are the marks that are the "
    "same. With fewer than 10 scripts a kappa could be almost anything, so none is shown."
)
_SECONDARY = (
    "exact",
    "within_tolerance",
    "adjacent",
    "mae",
    "rmse",
    "pearson",
    "spearman",
    "kappa",
    "ac2",
    "r2",
    "prmse",
)
_HEADS = ("Same mark", "In tolerance", "Within 1", "MAE", "RMSE", "r", "Spearman", "kappa", "AC2", "R²", "PRMSE")


def section(view: View) -> Html:
    if not view.compared:
        return Html("")
    if view.evidence is Evidence.DOTS:
        return framed("card", "Single marks", "too few scripts for figures", beside(strips(view), _why_dots(view)))
    explained = paragraph(
        "Passed or failed only when the whole 95 % interval lies on one side of the threshold and at least 30 scripts "
        "stand behind it. Until then: not enough data.",
        class_="hint",
    )
    card = table(
        ["Marker", *(criterion.text for criterion in CRITERIA)], [_row(found) for found in view.compared], class_="card"
    )
    return framed(
        "card",
        "The trust card",
        "published thresholds",
        explained,
        beside(qwk_plot(view), _legend(view)),
        card,
        _all(view),
    )


def _row(found: MarkerAgreement) -> list[str]:
    return [named(found.marker), *(_cell(judgement) for judgement in found.trust_card.judgements)]


def _cell(judgement: Judgement) -> Html:
    sign, words = _SIGNS[judgement.verdict], judgement.verdict.value
    verdict = tag("span", sign, " ", words, class_=f"verdict-{judgement.verdict.name.lower()}", title=judgement.because)
    if judgement.figure.value is None or evidence(judgement.n_scripts) is Evidence.DOTS:
        why = "" if judgement.verdict is Verdict.NO_BASELINE else tag("small", judgement.because)
        return join(verdict, why)
    return join(verdict, tag("span", figure_cell(judgement.criterion.figure, judgement.figure), class_="under"))


def qwk_plot(view: View) -> Html:
    rows = [Line(found.marker, found.overall.figures["qwk"], found.overall.evidence) for found in view.compared]
    ends = [row.figure.interval[0] if row.figure.interval else (row.figure.value or 0) for row in rows]
    thresholds = [Threshold(_THRESHOLD, "threshold .70")]
    baseline = view.agreement.human_baseline
    if baseline is not None and baseline.overall.figures["qwk"].value is not None:
        value = baseline.overall.figures["qwk"].value
        rows = [Line("second human", baseline.overall.figures["qwk"], baseline.overall.evidence), *rows]
        ends.append(value)
    low = max(-1.0, min(0.6, math.floor(10 * min(ends)) / 10))
    return interval_plot(
        "qwk",
        "Agreement with the human (QWK) by marker",
        rows,
        low=low,
        high=1.0,
        said=coefficient,
        thresholds=thresholds,
    )


def _legend(view: View) -> Html:
    remarks = [_QWK]
    if view.evidence is Evidence.INDICATIVE:
        remarks.append("Hollow points and dashed bars: fewer than 30 scripts, indicative only.")
    if view.agreement.human_baseline is None:
        remarks.append(_NO_BASELINE)
    rows = [
        [
            named(f.marker),
            figure_cell("qwk", f.overall.figures["qwk"]),
            figure_cell("qwk", f.totals.figures["qwk"]),
        ]
        for f in view.compared
    ]
    figures = table(["Marker", "QWK, mean of questions", "QWK, script totals"], rows)
    return join(*(paragraph(words) for words in remarks), figures)


def _all(view: View) -> Html:
    found = [(f.marker, f) for f in view.compared] + _consensus(view)
    rows: list[list[str]] = [
        [named(name), *(figure_cell(one, f.overall.figures[one], f.overall.unit) for one in _SECONDARY)]
        for name, f in found
        if f.overall.figures["exact"].n
    ]
    if view.agreement.human_baseline is not None:
        human = view.agreement.human_baseline.overall
        rows.append(
            [
                "second human",
                *(figure_cell(n, human.figures[n], human.unit) if n in human.figures else "–" for n in _SECONDARY),
            ]
        )
    unit = view.compared[0].overall.unit
    return more(
        "All figures against the human, consensus of tries and of markers included",
        paragraph(f"MAE and RMSE in {unit}. A dash: not defined here; the JSON says why.", class_="hint"),
        table(["Marker", *_HEADS], rows),
    )


def _consensus(view: View) -> list[tuple[str, MarkerAgreement]]:
    """Median and mode once where they are the same marks."""
    found: list[tuple[str, MarkerAgreement]] = []
    for one in view.agreement.consensus:
        if found and found[-1][1].overall is one.overall:
            before, _, after = found[-1][0].rpartition("median of")
            found[-1] = (f"{before}median and mode of{after}", one)
        else:
            found.append((one.marker, one))
    return found


def _why_dots(view: View) -> Html:
    rows = [
        [
            named(f.marker),
            str(f.overall.figures["exact"].n),
            *(figure_cell(n, f.overall.figures[n], f.overall.unit, interval=False) for n in ("exact", "mae")),
        ]
        for f in view.compared
    ]
    unit = view.compared[0].overall.unit
    return join(
        paragraph(_DOTS),
        table(
            ["Marker", "Answers", "Same mark", f"Mean distance ({'marks' if unit == 'marks' else '% of max'})"], rows
        ),
    )

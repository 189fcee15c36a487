"""What a second human makes possible: the human baseline, degradation, PRMSE, disattenuated correlation. Pure numpy."""

from collections.abc import Mapping

import numpy as np

from app.agreement.categories import category_draws
from app.agreement.figures import Figure, undefined
from app.agreement.leave_one_out import Estimate, LeaveOneOut, over_tries
from app.agreement.moments import moments, pearson, quadratic_weighted_kappa, ratio
from app.agreement.spread import figure_of
from app.agreement.table import EPSILON, Code, Floats, Ints, Marker, MarkTable

NO_BASELINE = "no human baseline"
FIGURES = (
    *("degradation", "degradation_pearson", "degradation_kappa", "degradation_exact"),
    *("prmse", "disattenuated"),
)
_REASONS = {
    "prmse": "no variance of true marks is left",
    "disattenuated": "the humans' marks do not correlate above 0, or the marker's do not vary",
}


def without_baseline(counts: Figure) -> dict[str, Figure]:
    """Every figure of this page, undefined: there is no second human."""
    return {name: undefined(NO_BASELINE, counts) for name in FIGURES}


def baseline_estimates(
    first: Floats, second: Floats, marks: Floats, script: Ints, *, categories: bool
) -> dict[str, Estimate]:
    """Of both humans (answers,) and the marker (answers, tries), in marks, NaN for none; one question, or totals.

    Degradation is metric(h1, h2) - metric(h1, m), of QWK unless named, on the answers that all three marked.
    PRMSE takes every answer that the marker and some human marked, as RSMTool does. `categories`: kappa as well.
    """
    estimates = _degradations(first, second, marks, script, categories=categories)
    known = np.flatnonzero((np.isfinite(first) | np.isfinite(second)) & np.isfinite(marks).any(axis=1))
    scripts = LeaveOneOut(script[known])
    draws = prmse_draws(first[known], second[known], marks[known], scripts)
    n = scripts.sums(np.isfinite(marks[known]).T.astype(float))
    return estimates | {"prmse": Estimate(over_tries(draws, n), scripts.scripts)}


def _degradations(
    first: Floats, second: Floats, marks: Floats, script: Ints, *, categories: bool
) -> dict[str, Estimate]:
    three = (np.isfinite(first) & np.isfinite(second))[:, None] & np.isfinite(marks)
    kept = np.flatnonzero(three.any(axis=1))
    scripts = LeaveOneOut(script[kept])
    three, h = three[kept], first[kept]
    machine = np.where(three, marks[kept], np.nan)
    human = np.where(three, second[kept][:, None], np.nan)
    n = scripts.sums(three.T.astype(float))
    baseline, found = (_metrics(h, other, scripts, categories=categories) for other in (human, machine))
    names = {"qwk": "degradation", **{name: f"degradation_{name}" for name in found if name != "qwk"}}
    draws = {names[name]: baseline[name] - found[name] for name in found}
    estimates = {name: Estimate(over_tries(drawn, n), scripts.scripts) for name, drawn in draws.items()}
    humans = Estimate(over_tries(baseline["pearson"], n), scripts.scripts)
    return estimates | {"disattenuated": _disattenuated(first, marks, script, humans)}


def _disattenuated(first: Floats, marks: Floats, script: Ints, humans: Estimate) -> Estimate:
    """The marker's correlation with the first human, on all answers that both marked, over the root of the humans'.

    RSMTool's: the humans' correlation is a reliability, and its root the most that a marker can reach.
    """
    kept = np.flatnonzero(np.isfinite(first) & np.isfinite(marks).any(axis=1))
    scripts = LeaveOneOut(script[kept])
    m = moments(first[kept], marks[kept], scripts)
    # Without a script that only one human marked the humans' correlation is what it is.
    reliability = np.full(1 + len(scripts.scripts), humans.value)
    reliability[1 + np.searchsorted(scripts.scripts, humans.scripts)] = humans.draws[1:]
    found = over_tries(pearson(m), m.n)
    return Estimate(ratio(found, np.sqrt(np.maximum(reliability, 0.0))), scripts.scripts)


def _metrics(human: Floats, marks: Floats, scripts: LeaveOneOut, *, categories: bool) -> dict[str, Floats]:
    m = moments(human, marks, scripts)
    found = {"qwk": quadratic_weighted_kappa(m), "pearson": pearson(m)}
    if categories:
        found["kappa"] = np.stack([_kappa(human, column) for column in marks.T])
        same = scripts.sums((np.abs(marks - human[:, None]) < EPSILON).T.astype(float))
        found["exact"] = ratio(same, m.n)
    return found


def _kappa(human: Floats, marks: Floats) -> Floats:
    paired = np.isfinite(marks)
    drawn = category_draws(human[paired], marks[paired], 0.0)["kappa"]
    return drawn[np.r_[0, np.where(paired, np.cumsum(paired), 0)]]


def prmse_draws(first: Floats, second: Floats, marks: Floats, scripts: LeaveOneOut) -> Floats:
    """1 - MSE/var_T per try, with c human marks of an answer, h̄ their mean and s²_e their variance of errors.

    s²_e = Σ(h1 - h2)²/2 over the answers with both, by their number; MSE = (Σ c (h̄ - m)² - N s²_e)/Σc;
    var_T = (Σ c (h̄ - mean h)² - (N - 1) s²_e)/(Σc - Σc²/Σc).
    """
    both, paired = np.isfinite(first) & np.isfinite(second), np.isfinite(marks)
    c = np.isfinite(first).astype(float) + np.isfinite(second)
    mean = np.where(both, (first + second) / 2, np.where(np.isfinite(first), first, second))
    gap = np.where(both, first - second, 0.0)
    centre = float(mean.min()) if len(mean) else 0.0
    x = (mean - centre)[:, None]
    weight = np.where(paired, c[:, None], 0.0)
    error = np.where(paired, (x - (marks - centre)) ** 2, 0.0)
    parts = (paired, paired * both[:, None], paired * (gap**2)[:, None], weight, weight**2)
    columns = np.stack([*(part.astype(float) for part in parts), weight * x, weight * x * x, weight * error])
    n, n_both, gaps, count, squares, total, total_squares, errors = scripts.sums(columns.transpose(0, 2, 1))
    noise = ratio(gaps, 2 * n_both)
    spread = total_squares - ratio(total**2, count)
    true_variance = ratio(spread - (n - 1) * noise, count - ratio(squares, count))
    return 1 - ratio(ratio(errors - n * noise, count), true_variance, 1e-12)


def baseline_figures(estimates: Mapping[str, Estimate], counts: Figure) -> dict[str, Figure]:
    """PRMSE's n counts the scripts' answers that some human marked; the others' those that all three marked."""
    return {
        name: figure_of(name, found, counts, _REASONS.get(name, "undefined between the humans or against the marker"))
        for name, found in estimates.items()
    }


def three_counts(table: MarkTable, marker: Marker, second: Marker, lines: Ints) -> Figure:
    """Every (answer, try) that was asked has all three marks, or an invalid one among them, or a missing one."""
    codes = marker.codes[lines]
    humans = [np.broadcast_to(voice.codes[lines], codes.shape) for voice in (table.human, second)]
    asked = codes != Code.NOT_ASKED
    given = np.all([found == Code.MARKED for found in (codes, *humans)], axis=0)
    invalid = asked & np.any([found == Code.INVALID for found in (codes, *humans)], axis=0)
    return Figure(
        0.0,
        n=int(given.any(axis=1).sum()),
        n_missing=int((asked & ~given & ~invalid).sum()),
        n_invalid=int(invalid.sum()),
    )

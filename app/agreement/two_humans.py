"""What a second human makes possible: the human baseline, degradation and PRMSE. Pure numpy."""

from dataclasses import replace

import numpy as np

from app.agreement.categories import kappa_and_spearman
from app.agreement.figures import Figure
from app.agreement.moments import pearson, quadratic_weighted_kappa, ratio
from app.agreement.pairs import NO_PAIRS, PERCENT, Pairs, pair_moments
from app.agreement.resampling import Resampler, figure_of, over_tries
from app.agreement.table import Bools, Code, Floats, Marker

NO_BASELINE = "no human baseline"


def without_baseline(counts: Figure) -> dict[str, Figure]:
    """Every figure of this page, undefined: there is no second human."""
    names = ("degradation", *(f"degradation_{name}" for name in ("pearson", "kappa", "exact")), "prmse")
    return {name: replace(counts, value=None, interval=None, reason=NO_BASELINE) for name in names}


def against_baseline(
    pairs: Pairs, voices: tuple[Marker, Marker, Marker], maxima: Floats, resampler: Resampler
) -> tuple[dict[str, Figure], int]:
    """`voices`: the marker of `pairs` and both humans; `maxima` (answers,) of the table.

    The figures, and how many scripts stand behind them. Degradation is metric(h1, h2) - metric(h1, m), of QWK
    unless named; both on the answers that all three marked.
    """
    second = voices[2].marks[pairs.lines, 0]
    three = np.isfinite(second)[:, None] & pairs.paired
    machine = np.where(three, pairs.marks, np.nan)
    human = np.where(three, second[:, None], np.nan)
    lines = maxima > 0 if pairs.unit == PERCENT else np.ones(len(maxima), bool)
    counts = _counts(voices, lines, int(three.any(axis=1).sum()))
    n_scripts = len(np.unique(pairs.script[three.any(axis=1)]))
    n = resampler.sums(three.T.astype(float), pairs.script)
    baseline, found = _metrics(pairs, human, resampler), _metrics(pairs, machine, resampler)
    draws = {
        "degradation" if name == "qwk" else f"degradation_{name}": over_tries(baseline[name] - found[name], n)
        for name in found
    }
    draws["prmse"] = over_tries(prmse_draws(pairs, machine, human, resampler), n)
    reason = "undefined between the humans or against the marker" if counts.n else NO_PAIRS
    reasons = {"prmse": "no true variance is left" if counts.n else NO_PAIRS}
    figures = {name: figure_of(drawn, counts, n_scripts, reasons.get(name, reason)) for name, drawn in draws.items()}
    return figures, n_scripts


def _counts(voices: tuple[Marker, Marker, Marker], lines: Bools, n: int) -> Figure:
    """Every (answer, try) that was asked has all three marks, or an invalid one among them, or a missing one."""
    marker, *humans = (voice.codes[lines] for voice in voices)
    all_three = [marker, *(np.broadcast_to(human, marker.shape) for human in humans)]
    asked = marker != Code.NOT_ASKED
    given = np.all([codes == Code.MARKED for codes in all_three], axis=0)
    invalid = asked & np.any([codes == Code.INVALID for codes in all_three], axis=0)
    return Figure(0.0, n=n, n_missing=int((asked & ~given & ~invalid).sum()), n_invalid=int(invalid.sum()))


def _metrics(pairs: Pairs, marks: Floats, resampler: Resampler) -> dict[str, Floats]:
    m = pair_moments(pairs, marks, resampler)
    kappas = []
    for column in marks.T:
        kept = np.isfinite(column)
        h, other = (pairs.human * pairs.scale)[kept], (column * pairs.scale)[kept]
        kappas.append(kappa_and_spearman(h, other, pairs.script[kept], resampler)[0])
    exact = ratio(m.exact, m.n)
    return {"qwk": quadratic_weighted_kappa(m), "pearson": pearson(m), "kappa": np.stack(kappas), "exact": exact}


def prmse_draws(pairs: Pairs, machine: Floats, second: Floats, resampler: Resampler) -> Floats:
    """1 - MSE/var_T per try; s²_e = Σ(h1 - h2)²/2N is taken off the variance and the error of the humans' mean."""
    kept, scale = np.isfinite(machine), pairs.scale[:, None]
    first = pairs.human[:, None] * scale
    low = float(first.min()) if first.size else 0.0
    gap, mean = (first - second * scale), (first + second * scale) / 2
    error = mean - machine * scale
    parts = (np.ones_like(machine), gap**2, mean - low, (mean - low) ** 2, error**2)
    columns = np.stack([np.where(kept, part, 0.0) for part in parts]).transpose(0, 2, 1)
    n, gaps, total, squares, errors = resampler.sums(columns, pairs.script)
    noise = ratio(gaps, 2 * n)
    true_variance = ratio(squares - ratio(total**2, n), n - 1) - noise / 2
    return 1 - ratio(ratio(errors, n) - noise / 2, true_variance, 1e-12)

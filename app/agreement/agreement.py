"""How far each marker of an exam can be trusted: every figure, per marker, question and mark band. Pure numpy."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from app.agreement.answer import Between, ExamAgreement, HumanBaseline, MarkerAgreement
from app.agreement.consensus import consensus_markers, over_tries
from app.agreement.figures import Figure, judged_only
from app.agreement.item_statistics import item_statistics
from app.agreement.leave_one_out import Estimate, LeaveOneOut, weighted_mean
from app.agreement.pairs import (
    CLOSE_FIGURES,
    NO_PAIRS,
    Agreement,
    Pairs,
    agreement_from,
    close_estimates,
    moment_estimates,
    pairs_of,
    question_agreement,
)
from app.agreement.panel import panel_advice
from app.agreement.ranking import Standing, leaderboard
from app.agreement.reliability import (
    COEFFICIENTS,
    QUESTION_FIGURES,
    TWO,
    Repeats,
    SelfConsistency,
    consistency_figures,
    once,
    question_estimates,
    repeats_of,
    spread_estimates,
    totals_estimates,
)
from app.agreement.spread import figure_of
from app.agreement.students import students
from app.agreement.table import Code, Floats, Ints, Marker, MarkTable
from app.agreement.totals import Totals, bland_altman, repeated_totals, totals_agreement, totals_of
from app.agreement.trust import (
    ANSWERS,
    CRITERIA,
    MARKED,
    QUESTIONS,
    TOTALS,
    Part,
    TrustCard,
    judge,
    judge_all,
    question_use,
    trust_card,
)
from app.agreement.two_humans import FIGURES as TWO_HUMANS
from app.agreement.two_humans import baseline_estimates, baseline_figures, three_counts, without_baseline
from app.marks.comparison import mark_range

BANDS = ("0_25", "25_74_9", "75_100")
BETWEEN_FIGURES = ("exact", "within_tolerance", "mae", "bias", "pearson", "qwk")
# Pairs of markers grow with their square: 12 markers have 66, 200 have 19,900.
MOST_PAIRS = 120
EVERY_QUESTION = "undefined for every question"

Estimates = dict[str, Estimate]


def analyse(
    table: MarkTable,
    *,
    seed: int,
    costs: Mapping[str, float] | None = None,
    seconds: Mapping[str, float] | None = None,
    boundaries: Sequence[float] = (),
) -> ExamAgreement:
    """`costs` and `seconds`: of one try of one script, by marker. The same table and seed give the same answer.

    `boundaries`: grade boundaries of script totals, in marks; without them the thirds of the human's totals.
    `seed` draws the panels that the panel advice averages over, where there are too many for all.
    """
    analysis = _Analysis(table, costs or {}, seconds or {}, boundaries)
    markers = tuple(analysis.marker(marker) for marker in table.markers)
    return ExamAgreement(
        n_scripts=len(table.scripts),
        n_questions=len(table.questions),
        items=item_statistics(table),
        human_baseline=analysis.baseline(),
        markers=markers,
        consensus=tuple(analysis.consensus()),
        between_markers=analysis.between_markers(),
        n_pairs=math.comb(len(table.markers), 2),
        leaderboard=tuple(analysis.standings()),
        panel_advice=panel_advice(table, seed=seed, costs=costs),
    )


class _Analysis:
    def __init__(
        self,
        table: MarkTable,
        costs: Mapping[str, float],
        seconds: Mapping[str, float],
        boundaries: Sequence[float],
    ) -> None:
        self._table, self._costs, self._seconds, self._boundaries = table, costs, seconds, boundaries
        self._everything = np.arange(len(table.script))
        self._lines = {q.question_id: np.flatnonzero(table.question == i) for i, q in enumerate(table.questions)}
        self._weights = {q.question_id: q.max_marks for q in table.questions}
        self._bands = _bands(table)
        self._modal_shares = {name: _modal_share(table.human.marks[lines, 0]) for name, lines in self._lines.items()}
        self._voices = {marker.name: over_tries(marker) for marker in table.markers}

    def marker(self, marker: Marker) -> MarkerAgreement:
        per_question, estimates = self._per_question(marker)
        overall = self._overall(marker, per_question, estimates)
        totals = totals_of(self._table, marker)
        of_totals = self._of_totals(totals)
        itself, itself_per_question = self._itself(marker)
        return MarkerAgreement(
            marker=marker.name,
            overall=overall,
            totals=of_totals,
            bland_altman=bland_altman(totals, overall.figures["exact"]),
            per_question=per_question,
            per_band={name: self._close(marker, lines) for name, lines in self._bands.items()},
            self_consistency=itself,
            self_consistency_per_question=itself_per_question,
            trust_card=self._card(marker, overall, of_totals, per_question, itself),
            students=students(totals_of(self._table, over_tries(marker)), self._boundaries),
            marks=_counts(marker),
            tries_per_script=_tries_per_script(self._table, marker),
            cost_usd_per_script=self._costs.get(marker.name),
            seconds_per_script=self._seconds.get(marker.name),
        )

    def consensus(self) -> Iterator[MarkerAgreement]:
        """Of up to three marks the mode is the median, so that what was just found is given again under its name."""
        known: dict[bytes, MarkerAgreement] = {}
        for marker in consensus_markers(self._table):
            key = marker.marks.tobytes() + marker.codes.tobytes()
            known[key] = known.get(key) or self.marker(marker)
            yield replace(known[key], marker=marker.name)

    def _per_question(self, marker: Marker) -> tuple[dict[str, Agreement], dict[str, Estimates]]:
        """The figures of each question, and the estimates that means over questions are made of."""
        found, estimates = {}, {}
        for name, lines in self._lines.items():
            pairs = pairs_of(self._table, marker, lines)
            agreement, parts = question_agreement(pairs)
            more, more_figures = self._with_second(marker, lines, agreement.figures["exact"])
            marked = _marked(self._table, marker, lines)
            figures = {**agreement.figures, **more_figures, "marked": _marked_figure(marked, len(lines))}
            found[name] = replace(agreement, figures=figures)
            estimates[name] = parts | more | {"marked": marked}
        return found, estimates

    def _with_second(self, marker: Marker, lines: Ints, counts: Figure) -> tuple[Estimates, dict[str, Figure]]:
        """What a second human makes possible, of one question."""
        table, human_2 = self._table, self._table.human_2
        if human_2 is None:
            return {}, without_baseline(counts)
        first, second = table.human.marks[lines, 0], human_2.marks[lines, 0]
        found = baseline_estimates(first, second, marker.marks[lines], table.script[lines], categories=True)
        figures = baseline_figures(found, three_counts(table, marker, human_2, lines))
        figures["prmse"] = replace(figures["prmse"], n=len(found["prmse"].scripts))
        return found, figures

    def _overall(
        self, marker: Marker, per_question: Mapping[str, Agreement], estimates: Mapping[str, Estimates]
    ) -> Agreement:
        """Shares and distances of all answers; everything else as the mean over questions, weighted by maxima."""
        overall = self._close(marker, self._everything)
        figures = dict(overall.figures)
        names = [name for name in next(iter(per_question.values())).figures if name not in figures] if estimates else []
        three = self._three(marker)
        for name in names:
            counts = three if name in TWO_HUMANS else overall.figures["exact"]
            figures[name] = self._mean(name, per_question, estimates, counts)
        return replace(overall, figures=figures)

    def _three(self, marker: Marker) -> Figure:
        """The counts of what both humans and the marker marked."""
        second, lines = self._table.human_2, np.flatnonzero(self._table.maxima > 0)
        return Figure(0.0) if second is None else three_counts(self._table, marker, second, lines)

    def _mean(
        self,
        name: str,
        per_question: Mapping[str, Agreement],
        estimates: Mapping[str, Estimates],
        counts: Figure,
    ) -> Figure:
        figures = {question: part.figures[name] for question, part in per_question.items()}
        parts = [(self._weights[q], estimates[q][name]) for q in figures if name in estimates[q]]
        n = sum(figure.n for figure in figures.values() if figure.value is not None)
        reasons = {figure.reason or "" for figure in figures.values() if figure.value is None}
        reason = reasons.pop() if len(reasons) == 1 else NO_PAIRS if counts.n == 0 else EVERY_QUESTION
        counted = replace(counts, n=n or counts.n)
        mean = weighted_mean(parts, len(self._table.scripts))
        found = figure_of(name, mean, counted, reason)
        several = name in {"degradation", "degradation_pearson"} and len(parts) > 1
        return judged_only(found, len(mean.scripts)) if several else found

    def _close(self, marker: Marker, lines: Ints, against: Marker | None = None) -> Agreement:
        """In a mark band the human's marks hardly vary: kappas and correlations there would speak of the band."""
        pairs = pairs_of(self._table, marker, lines, against)
        found = close_estimates(pairs)
        return agreement_from(pairs, {name: found[name] for name in CLOSE_FIGURES})

    def _of_totals(self, totals: Totals) -> Agreement:
        agreement, _ = totals_agreement(totals)
        counts = agreement.figures["bias"]
        if self._table.human_2 is None:
            more = without_baseline(counts)
            more = {name: more[name] for name in ("degradation", "degradation_pearson", "prmse", "disattenuated")}
        else:
            second = totals_of(self._table, self._table.human_2)
            script = np.arange(len(totals.human))
            human = np.where(np.isfinite(second.human), second.human, totals.human)
            found = baseline_estimates(human, second.marker[:, 0], totals.marker, script, categories=False)
            n = int((np.isfinite(second.marker[:, :1]) & np.isfinite(totals.marker)).any(axis=1).sum())
            more = baseline_figures(found, replace(counts, n=n))
        return replace(agreement, figures={**agreement.figures, **more})

    def _itself(self, marker: Marker) -> tuple[SelfConsistency, dict[str, SelfConsistency]]:
        """Of the marker's tries among each other: needs no human mark."""
        table = self._table
        if len(marker.tries) < TWO:
            each = {name: once(table, lines, QUESTION_FIGURES) for name, lines in self._lines.items()}
            return once(table, self._everything), each
        per_question, estimates = {}, {}
        for name, lines in self._lines.items():
            repeats = repeats_of(table, marker, lines)
            estimates[name] = question_estimates(repeats)
            figures = consistency_figures(
                estimates[name] | spread_estimates(repeats), repeats.counts, one_question=True
            )
            per_question[name] = SelfConsistency(repeats.unit, repeats.n_scripts, figures)
        whole = repeats_of(table, marker, self._everything)
        return self._all_of_itself(marker, whole, estimates), per_question

    def _all_of_itself(self, marker: Marker, whole: Repeats, estimates: Mapping[str, Estimates]) -> SelfConsistency:
        means = {
            name: weighted_mean([(self._weights[q], found[name]) for q, found in estimates.items()], self._n_scripts)
            for name in COEFFICIENTS
        }
        found = means | totals_estimates(*repeated_totals(self._table, marker)) | spread_estimates(whole)
        figures = consistency_figures(found, whole.counts, one_question=len(self._table.questions) == 1)
        return SelfConsistency(whole.unit, whole.n_scripts, figures)

    @property
    def _n_scripts(self) -> int:
        return len(self._table.scripts)

    def _card(
        self,
        marker: Marker,
        overall: Agreement,
        totals: Agreement,
        per_question: Mapping[str, Agreement],
        itself: SelfConsistency,
    ) -> TrustCard:
        second = self._table.human_2 is not None
        questions = {**overall.figures, "alpha": itself.figures["alpha"]}
        fewer = {"alpha": itself.n_scripts, "degradation": self._n_three(marker)}
        judgements = judge_all(CRITERIA, QUESTIONS, Part(questions, overall.n_scripts, fewer), second_human=second)
        if len(self._table.questions) > 1:
            whole = {**totals.figures, "alpha": itself.figures["alpha_totals"]}
            fewer = {"alpha": itself.figures["alpha_totals"].n, "degradation": totals.figures["degradation"].n}
            judgements += judge_all(CRITERIA, TOTALS, Part(whole, totals.n_scripts, fewer), second_human=second)
        judgements.append(judge(MARKED, overall.figures["marked"], overall.n_scripts, of=ANSWERS, second_human=second))
        uses = [
            question_use(
                name,
                Part(part.figures, part.n_scripts, {"degradation": part.figures["degradation"].n}),
                self._modal_shares[name],
                second_human=second,
            )
            for name, part in per_question.items()
        ]
        return trust_card(judgements, uses, overall.n_scripts, lambda chosen: self._totals_on(marker, chosen))

    def _n_three(self, marker: Marker) -> int:
        """Scripts with an answer that both humans and the marker marked."""
        human, second = self._table.human, self._table.human_2
        if second is None:
            return 0
        three = np.isfinite(human.marks[:, 0] + second.marks[:, 0]) & np.isfinite(marker.marks).any(axis=1)
        return len(np.unique(self._table.script[three]))

    def _totals_on(self, marker: Marker, chosen: Sequence[str]) -> Part | None:
        """Totals of some questions; None where no script holds them all."""
        wanted = np.array([q.question_id in set(chosen) for q in self._table.questions])
        agreement, _ = totals_agreement(totals_of(self._table, marker, wanted))
        return Part(agreement.figures, agreement.n_scripts) if agreement.n_scripts else None

    def baseline(self) -> HumanBaseline | None:
        second = self._table.human_2
        if second is None:
            return None
        per_question, estimates = {}, {}
        for name, lines in self._lines.items():
            per_question[name], estimates[name] = question_agreement(pairs_of(self._table, second, lines))
        overall = self._overall(second, per_question, estimates)
        return HumanBaseline(overall, totals_agreement(totals_of(self._table, second))[0], per_question)

    def between_markers(self) -> tuple[Between, ...]:
        """Each pair of markers once, by their consensus over tries; none where there are more than `MOST_PAIRS`."""
        if math.comb(len(self._voices), 2) > MOST_PAIRS:
            return ()
        return tuple(self.between(*pair) for pair in combinations(self._voices, 2))

    def between(self, first: str, second: str) -> Between:
        a, b = self._voices[first], self._voices[second]
        overall = self._close(b, self._everything, against=a)
        figures = {name: overall.figures[name] for name in BETWEEN_FIGURES if name in overall.figures}
        estimates = {q: moment_estimates(pairs_of(self._table, b, lines, a)) for q, lines in self._lines.items()}
        for name in ("pearson", "qwk"):
            parts = [(self._weights[q], found[name]) for q, found in estimates.items()]
            mean = weighted_mean(parts, self._n_scripts)
            figures[name] = figure_of(name, mean, overall.figures["exact"], EVERY_QUESTION)
        return Between(first, second, replace(overall, figures=figures))

    def standings(self) -> list[Standing]:
        named = [replace(marker, name=name) for name, marker in self._voices.items()]
        return leaderboard(self._table, named, [self._ranked_by(marker) for marker in named])

    def _ranked_by(self, marker: Marker) -> tuple[Figure, Figure]:
        """Share exact of all answers, and the mean over questions of QWK."""
        exact = self._close(marker, self._everything).figures["exact"]
        pairs: list[tuple[str, Pairs]] = [(q, pairs_of(self._table, marker, lines)) for q, lines in self._lines.items()]
        parts = [(self._weights[q], moment_estimates(found)["qwk"]) for q, found in pairs]
        reason = NO_PAIRS if exact.n == 0 else EVERY_QUESTION
        return exact, figure_of("qwk", weighted_mean(parts, self._n_scripts), exact, reason)


def _modal_share(marks: Floats) -> float:
    found = marks[np.isfinite(marks)]
    return float(np.unique(found, return_counts=True)[1].max() / len(found)) if len(found) else 0.0


def _marked(table: MarkTable, marker: Marker, lines: Ints) -> Estimate:
    """The share of answers, among scripts that the marker was asked for and answers that a human marked, with a mark.

    An answer that the marker was not asked for, in a script that it was, counts as left out.
    """
    asked_scripts = np.zeros(len(table.scripts), bool)
    asked_scripts[table.script[(marker.codes != Code.NOT_ASKED).any(axis=1)]] = True
    kept = lines[(table.human.codes[lines, 0] == Code.MARKED) & asked_scripts[table.script[lines]]]
    scripts = LeaveOneOut(table.script[kept])
    codes = marker.codes[kept]
    tried = (codes != Code.NOT_ASKED).sum(axis=1)
    share = (codes == Code.MARKED).sum(axis=1) / np.maximum(tried, 1)
    n, given = scripts.sums(np.stack([np.ones(len(kept)), share]))
    draws = np.divide(given, n, out=np.full(len(n), np.nan), where=n > 0)
    return Estimate(draws, scripts.scripts)


def _marked_figure(found: Estimate, n: int) -> Figure:
    return figure_of("marked", found, Figure(0.0, n=min(n, len(found.scripts))), NO_PAIRS)


def _counts(marker: Marker) -> dict[str, int]:
    codes = {"given": Code.MARKED, "missing": Code.MISSING, "invalid": Code.INVALID}
    counts = {name: int((marker.codes == code).sum()) for name, code in codes.items()}
    return {"asked": sum(counts.values()), **counts}


def _tries_per_script(table: MarkTable, marker: Marker) -> float:
    """The mean over the scripts that the marker was asked for."""
    made = np.zeros((len(table.scripts), len(marker.tries)), bool)
    lines, tries = np.nonzero(marker.codes != Code.NOT_ASKED)
    made[table.script[lines], tries] = True
    return float(made.sum()) / max(int(made.any(axis=1).sum()), 1)


def _bands(table: MarkTable) -> dict[str, Ints]:
    """Answers by the human's mark; those without one, or to a question worth 0, are in no band."""
    kept = np.flatnonzero((table.human.codes[:, 0] == Code.MARKED) & (table.maxima > 0))
    marks, maxima = table.human.marks[kept, 0].tolist(), table.maxima[kept].tolist()
    found = np.array([mark_range(mark, maximum) for mark, maximum in zip(marks, maxima, strict=True)], object)
    return {name: kept[found == name] for name in BANDS}

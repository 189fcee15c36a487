"""How far each marker of an exam can be trusted: every figure, per marker, question and mark band. Pure numpy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.agreement.bland_altman import BlandAltman, Totals, bland_altman, totals_of
from app.agreement.consensus import consensus_markers, over_tries
from app.agreement.definitions import DEFINITIONS
from app.agreement.figures import Figure
from app.agreement.pairs import FIGURES, Agreement, Draws, agreement_of, mean_over_questions, pairs_of
from app.agreement.panel import PanelAdvice, panel_advice
from app.agreement.ranking import Standing, leaderboard
from app.agreement.reliability import SelfConsistency, self_consistency
from app.agreement.resampling import REPLICATES, Resampler
from app.agreement.table import Bools, Code, Marker, MarkTable
from app.agreement.trust import TrustCard, trust_card
from app.agreement.two_humans import against_baseline, without_baseline
from app.marks.comparison import mark_range
from app.marks.model import Json

BANDS = ("0_25", "25_74_9", "75_100")
# Within a band the human's marks hardly vary: kappas and correlations there would speak of the band.
BAND_FIGURES = ("exact", "within_tolerance", "adjacent", "mae", "rmse", "bias")
BETWEEN_FIGURES = ("exact", "within_tolerance", "mae", "bias", "pearson", "qwk")


@dataclass(frozen=True)
class MarkerAgreement:
    """All that is said of one marker, a consensus included. Cost and seconds are of one try of one script.

    `marks` counts single marks over all tries: asked, given, missing, invalid.
    """

    marker: str
    overall: Agreement
    bland_altman: BlandAltman
    per_question: Mapping[str, Agreement]
    per_band: Mapping[str, Agreement]
    self_consistency: SelfConsistency
    self_consistency_per_question: Mapping[str, SelfConsistency]
    trust_card: TrustCard
    marks: Mapping[str, int]
    tries_per_script: float
    cost_usd_per_script: float | None
    seconds_per_script: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "marker": self.marker,
            "overall": self.overall.as_json() | {"bland_altman": self.bland_altman.as_json()},
            "per_question": {name: part.as_json() for name, part in self.per_question.items()},
            "per_band": {name: part.as_json() for name, part in self.per_band.items()},
            "self_consistency": self.self_consistency.as_json()
            | {"per_question": {name: part.as_json() for name, part in self.self_consistency_per_question.items()}},
            "trust_card": self.trust_card.as_json(),
            "marks": dict(self.marks),
            "cost_usd_per_script": self.cost_usd_per_script,
            "seconds_per_script": self.seconds_per_script,
        }


@dataclass(frozen=True)
class Between:
    """The marks of `second` against those of `first`, each its consensus over tries; bias is second - first."""

    first: str
    second: str
    agreement: Agreement

    def as_json(self) -> dict[str, Json]:
        return {"first": self.first, "second": self.second, **self.agreement.as_json()}


@dataclass(frozen=True)
class HumanBaseline:
    """The second human against the first."""

    overall: Agreement
    per_question: Mapping[str, Agreement]

    def as_json(self) -> dict[str, Json]:
        per_question = {name: part.as_json() for name, part in self.per_question.items()}
        return {"overall": self.overall.as_json(), "per_question": per_question}


@dataclass(frozen=True)
class ExamAgreement:
    """The agreement answer of an exam or session. `human_baseline` is None without a second human."""

    n_scripts: int
    n_questions: int
    human_baseline: HumanBaseline | None
    markers: tuple[MarkerAgreement, ...]
    consensus: tuple[MarkerAgreement, ...]
    between_markers: tuple[Between, ...]
    leaderboard: tuple[Standing, ...]
    panel_advice: PanelAdvice

    def as_json(self) -> dict[str, Json]:
        return {
            "n_scripts": self.n_scripts,
            "n_questions": self.n_questions,
            "human_baseline": None if self.human_baseline is None else self.human_baseline.as_json(),
            "markers": [marker.as_json() for marker in self.markers],
            "consensus": [marker.as_json() for marker in self.consensus],
            "between_markers": [pair.as_json() for pair in self.between_markers],
            "leaderboard": [standing.as_json() | self._spent(standing.marker) for standing in self.leaderboard],
            "panel_advice": self.panel_advice.as_json(),
            "definitions": DEFINITIONS,
        }

    def _spent(self, name: str) -> dict[str, Json]:
        """On what is ranked, the consensus over all tries: they are paid one by one and run side by side."""
        (marker,) = (marker for marker in self.markers if marker.marker == name)
        cost = marker.cost_usd_per_script
        return {
            "cost_usd_per_script": None if cost is None else cost * marker.tries_per_script,
            "seconds_per_script": marker.seconds_per_script,
        }


def analyse(
    table: MarkTable,
    *,
    seed: int,
    costs: Mapping[str, float] | None = None,
    seconds: Mapping[str, float] | None = None,
    replicates: int = REPLICATES,
) -> ExamAgreement:
    """`costs` and `seconds`: of one try of one script, by marker. The same table and seed give the same answer."""
    analysis = _Analysis(table, seed, costs or {}, seconds or {}, replicates)
    markers = tuple(analysis.marker(marker) for marker in table.markers)
    consensus = tuple(analysis.consensus())
    return ExamAgreement(
        n_scripts=len(table.scripts),
        n_questions=len(table.questions),
        human_baseline=analysis.baseline(),
        markers=markers,
        consensus=consensus,
        between_markers=analysis.between_markers(),
        leaderboard=tuple(analysis.standings()),
        panel_advice=panel_advice(table, seed=seed, costs=costs),
    )


class _Analysis:
    """One table, with the two sets of resamples: of the scripts that a human marked, and of all."""

    def __init__(
        self,
        table: MarkTable,
        seed: int,
        costs: Mapping[str, float],
        seconds: Mapping[str, float],
        replicates: int,
    ) -> None:
        self._table, self._seed, self._costs, self._seconds = table, seed, costs, seconds
        given = table.human.codes[:, 0] == Code.MARKED
        self._judged = np.isin(np.arange(len(table.scripts)), table.script[given])
        self._number = np.cumsum(self._judged) - 1
        self._scripts = Resampler(len(table.scripts), seed, replicates)
        self._judged_scripts = (
            self._scripts if self._judged.all() else Resampler(int(self._judged.sum()), seed, replicates)
        )
        self._everything = np.ones(len(table.script), bool)
        self._questions = {q.question_id: table.question == index for index, q in enumerate(table.questions)}
        self._bands = _bands(table, given)
        self._voices = {marker.name: over_tries(marker) for marker in table.markers}

    def marker(self, marker: Marker) -> MarkerAgreement:
        parts = {name: self._against_human(marker, chosen) for name, chosen in self._questions.items()}
        overall, _ = self._against_human(marker, self._everything)
        overall = replace(overall, figures={**overall.figures, **mean_over_questions(list(parts.values()), overall)})
        overall, n_baseline = self._with_baseline(marker, overall)
        itself = self_consistency(self._table, marker, self._everything, self._scripts)
        scripts = dict.fromkeys(overall.figures, overall.n_scripts)
        scripts |= {"degradation": n_baseline, "alpha": itself.n_scripts}
        return MarkerAgreement(
            marker=marker.name,
            overall=overall,
            bland_altman=self._totals(marker, overall.figures["exact"]),
            per_question={name: part for name, (part, _) in parts.items()},
            per_band={
                name: self._against_human(marker, chosen, BAND_FIGURES)[0] for name, chosen in self._bands.items()
            },
            self_consistency=itself,
            self_consistency_per_question={
                name: self_consistency(self._table, marker, chosen, self._scripts)
                for name, chosen in self._questions.items()
            },
            trust_card=trust_card(
                {**overall.figures, **itself.figures}, scripts, second_human=self._table.human_2 is not None
            ),
            marks=_counts(marker),
            tries_per_script=_tries_per_script(self._table, marker),
            cost_usd_per_script=self._costs.get(marker.name),
            seconds_per_script=self._seconds.get(marker.name),
        )

    def consensus(self) -> Iterator[MarkerAgreement]:
        """Of up to three marks the mode is the median, so that what was just found is said again under its name."""
        known: dict[bytes, MarkerAgreement] = {}
        for marker in consensus_markers(self._table):
            key = marker.marks.tobytes() + marker.codes.tobytes()
            known[key] = known.get(key) or self.marker(marker)
            yield replace(known[key], marker=marker.name)

    def _against_human(self, marker: Marker, chosen: Bools, names: Sequence[str] = FIGURES) -> tuple[Agreement, Draws]:
        pairs = pairs_of(self._table, marker, chosen)
        return agreement_of(replace(pairs, script=self._number[pairs.script]), self._judged_scripts, names)

    def _with_baseline(self, marker: Marker, overall: Agreement) -> tuple[Agreement, int]:
        """`overall` with what a second human makes possible, and how many scripts stand behind that."""
        second = self._table.human_2
        if second is None:
            more, n_scripts = without_baseline(overall.figures["exact"]), 0
        else:
            pairs = pairs_of(self._table, marker, self._everything)
            pairs = replace(pairs, script=self._number[pairs.script])
            voices = marker, self._table.human, second
            more, n_scripts = against_baseline(pairs, voices, self._table.maxima, self._judged_scripts)
        return replace(overall, figures={**overall.figures, **more}), n_scripts

    def _totals(self, marker: Marker, counts: Figure) -> BlandAltman:
        totals = totals_of(self._table, marker)
        judged = Totals(totals.human[self._judged], totals.marker[self._judged], totals.tried[self._judged])
        return bland_altman(judged, counts, self._judged_scripts, len(self._table.scripts))

    def baseline(self) -> HumanBaseline | None:
        second = self._table.human_2
        if second is None:
            return None
        per_question = {name: self._against_human(second, chosen)[0] for name, chosen in self._questions.items()}
        return HumanBaseline(self._against_human(second, self._everything)[0], per_question)

    def between_markers(self) -> tuple[Between, ...]:
        """Each pair of markers once, by their consensus over tries."""
        found = []
        for first, second in combinations(self._voices, 2):
            a, b = self._voices[first], self._voices[second]
            pairs = pairs_of(self._table, b, self._everything, against=a)
            found.append(Between(first, second, agreement_of(pairs, self._scripts, BETWEEN_FIGURES)[0]))
        return tuple(found)

    def standings(self) -> list[Standing]:
        ranked = list(self._voices.values())
        figures = [self._against_human(marker, self._everything, ("exact", "qwk"))[0].figures for marker in ranked]
        named = [replace(marker, name=name) for name, marker in self._voices.items()]
        return leaderboard(self._table, named, [(f["exact"], f["qwk"]) for f in figures], self._seed)


def _counts(marker: Marker) -> dict[str, int]:
    codes = {"given": Code.MARKED, "missing": Code.MISSING, "invalid": Code.INVALID}
    counts = {name: int((marker.codes == code).sum()) for name, code in codes.items()}
    return {"asked": sum(counts.values()), **counts}


def _tries_per_script(table: MarkTable, marker: Marker) -> float:
    """The mean over the scripts that the marker was asked for."""
    lines, tries = np.nonzero(marker.codes != Code.NOT_ASKED)
    made = np.unique(np.stack([table.script[lines], tries]), axis=1)
    return len(made.T) / max(len(np.unique(made[0])), 1)


def _bands(table: MarkTable, given: Bools) -> dict[str, Bools]:
    """Answers by the human's mark; those without one, or to a question worth 0, are in no band."""
    kept = np.flatnonzero(given & (table.maxima > 0))
    marks, maxima = table.human.marks[kept, 0].tolist(), table.maxima[kept].tolist()
    found = np.array([mark_range(mark, maximum) for mark, maximum in zip(marks, maxima, strict=True)], object)
    bands = {}
    for name in BANDS:
        bands[name] = np.zeros(len(table.script), bool)
        bands[name][kept[found == name]] = True
    return bands

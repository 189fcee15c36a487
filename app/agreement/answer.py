"""What the agreement answer of an exam or session holds, and its JSON. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.agreement.definitions import DEFINITIONS
from app.agreement.item_statistics import ItemStatistics
from app.agreement.pairs import Agreement
from app.agreement.panel import PanelAdvice
from app.agreement.ranking import Standing
from app.agreement.reliability import SelfConsistency
from app.agreement.students import Students
from app.agreement.totals import BlandAltman
from app.agreement.trust import TrustCard, Use, Verdict
from app.marks.model import Json


@dataclass(frozen=True)
class MarkerAgreement:
    """Everything about one marker, a consensus included. Cost and seconds are of one try of one script.

    `overall`: shares and distances of all answers; coefficients are means over questions, weighted by their maxima.
    `totals`: the figures of script totals. `marks` counts single marks over all tries: asked, given, missing, invalid.
    """

    marker: str
    overall: Agreement
    totals: Agreement
    bland_altman: BlandAltman
    per_question: Mapping[str, Agreement]
    per_band: Mapping[str, Agreement]
    self_consistency: SelfConsistency
    self_consistency_per_question: Mapping[str, SelfConsistency]
    trust_card: TrustCard
    students: Students
    marks: Mapping[str, int]
    tries_per_script: float
    cost_usd_per_script: float | None
    seconds_per_script: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "marker": self.marker,
            "overall": self.overall.as_json()
            | {"totals": self.totals.as_json(), "bland_altman": self.bland_altman.as_json()},
            "per_question": {name: part.as_json() for name, part in self.per_question.items()},
            "per_band": {name: part.as_json() for name, part in self.per_band.items()},
            "self_consistency": self.self_consistency.as_json()
            | {"per_question": {name: part.as_json() for name, part in self.self_consistency_per_question.items()}},
            "trust_card": self.trust_card.as_json(),
            "students": self.students.as_json(),
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
    totals: Agreement
    per_question: Mapping[str, Agreement]

    def as_json(self) -> dict[str, Json]:
        per_question = {name: part.as_json() for name, part in self.per_question.items()}
        return {"overall": self.overall.as_json() | {"totals": self.totals.as_json()}, "per_question": per_question}


@dataclass(frozen=True)
class ExamAgreement:
    """The agreement answer of an exam or session. `human_baseline` is None without a second human.

    `between_markers` is empty where there are too many pairs; `n_pairs` counts them all.
    """

    n_scripts: int
    n_questions: int
    items: tuple[ItemStatistics, ...]
    human_baseline: HumanBaseline | None
    markers: tuple[MarkerAgreement, ...]
    consensus: tuple[MarkerAgreement, ...]
    between_markers: tuple[Between, ...]
    n_pairs: int
    leaderboard: tuple[Standing, ...]
    panel_advice: PanelAdvice

    def failed_questions(self) -> dict[str, tuple[str, ...]]:
        """By marker: the questions that it failed on, all of them where it failed as a whole."""
        every = {m.marker: tuple(m.per_question) for m in self.markers if m.trust_card.verdict is Verdict.FAIL}
        some = {m.marker: tuple(m.trust_card.named(Use.NO)) for m in self.markers}
        return {name: questions for name, questions in (some | every).items() if questions}

    def as_json(self) -> dict[str, Json]:
        return {
            "n_scripts": self.n_scripts,
            "n_questions": self.n_questions,
            "items": [item.as_json() for item in self.items],
            "human_baseline": None if self.human_baseline is None else self.human_baseline.as_json(),
            "markers": [marker.as_json() for marker in self.markers],
            "consensus": [marker.as_json() for marker in self.consensus],
            "between_markers": [pair.as_json() for pair in self.between_markers],
            "n_pairs_of_markers": self.n_pairs,
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

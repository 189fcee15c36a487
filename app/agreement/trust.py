"""The trust card: published thresholds, judged on the interval's bounds. Pure, no numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.agreement.figures import INDICATIVE_FROM, JUDGED_FROM, Evidence, Figure, evidence
from app.marks.model import Json

WILLIAMSON = "Williamson, Xi & Breyer 2012"
KRIPPENDORFF = "Krippendorff 2004"


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNDECIDED = "not enough data"
    NO_BASELINE = "no human baseline"


@dataclass(frozen=True, slots=True)
class Criterion:
    """Passes with the whole interval in [low, high]; fails with all of it below `fail_below` or above `fail_above`."""

    figure: str
    text: str
    source: str
    low: float | None = None
    high: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None


CRITERIA = (
    Criterion("qwk", "QWK ≥ .70", WILLIAMSON, low=0.70, fail_below=0.70),
    Criterion("pearson", "r ≥ .70", WILLIAMSON, low=0.70, fail_below=0.70),
    Criterion("degradation", "human–human QWK less human–machine QWK ≤ .10", WILLIAMSON, high=0.10, fail_above=0.10),
    Criterion("smd", "abs SMD ≤ .15", WILLIAMSON, low=-0.15, high=0.15, fail_below=-0.15, fail_above=0.15),
    Criterion("alpha", "alpha over tries ≥ .80; below .667 fails", KRIPPENDORFF, low=0.80, fail_below=0.667),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    criterion: Criterion
    figure: Figure
    n_scripts: int
    verdict: Verdict
    because: str

    def as_json(self) -> dict[str, Json]:
        return {
            "figure": self.criterion.figure,
            "threshold": self.criterion.text,
            "source": self.criterion.source,
            "verdict": self.verdict.value,
            "because": self.because,
            "n_scripts": self.n_scripts,
            "evidence": evidence(self.n_scripts).value,
            **{name: part for name, part in self.figure.as_json().items() if name != "reason"},
        }


@dataclass(frozen=True, slots=True)
class TrustCard:
    judgements: tuple[Judgement, ...]

    @property
    def verdict(self) -> Verdict:
        """Fail if anything fails; pass if everything that can be asked passes.

        Degradation cannot be asked without a second human, nor alpha of one try.
        """
        asked = [j.verdict for j in self.judgements if not _cannot_be_asked(j)]
        if Verdict.FAIL in asked:
            return Verdict.FAIL
        return Verdict.PASS if asked and set(asked) == {Verdict.PASS} else Verdict.UNDECIDED

    def as_json(self) -> dict[str, Json]:
        return {"verdict": self.verdict.value, "criteria": [judgement.as_json() for judgement in self.judgements]}


def _cannot_be_asked(judgement: Judgement) -> bool:
    no_tries = judgement.criterion.figure == "alpha" and judgement.figure.value is None
    return judgement.verdict is Verdict.NO_BASELINE or no_tries


def trust_card(figures: Mapping[str, Figure], n_scripts: Mapping[str, int], *, second_human: bool) -> TrustCard:
    """`n_scripts` by figure: the scripts that stand behind it."""
    return TrustCard(
        tuple(judge(c, figures[c.figure], n_scripts[c.figure], second_human=second_human) for c in CRITERIA)
    )


def judge(criterion: Criterion, figure: Figure, n_scripts: int, *, second_human: bool) -> Judgement:
    if criterion.figure == "degradation" and not second_human:
        verdict, because = Verdict.NO_BASELINE, "there is no second human mark to compare with"
    elif figure.value is None:
        verdict, because = Verdict.UNDECIDED, figure.reason or "undefined"
    elif evidence(n_scripts) is not Evidence.JUDGED:
        verdict, because = Verdict.UNDECIDED, _too_few(n_scripts)
    elif figure.interval is None:
        verdict, because = Verdict.UNDECIDED, figure.reason or "no interval"
    else:
        verdict, because = _on_bounds(criterion, *figure.interval)
    return Judgement(criterion, figure, n_scripts, verdict, because)


def _too_few(n_scripts: int) -> str:
    if n_scripts < INDICATIVE_FROM:
        scripts = "1 script" if n_scripts == 1 else f"{n_scripts} scripts"
        return f"{scripts}: fewer than {INDICATIVE_FROM} show nothing but single marks"
    return f"{n_scripts} scripts: indicative only, pass or fail needs {JUDGED_FROM}"


def _on_bounds(criterion: Criterion, low: float, high: float) -> tuple[Verdict, str]:
    c = criterion
    above = c.low is None or low >= c.low
    below = c.high is None or high <= c.high
    if above and below:
        return Verdict.PASS, "the whole interval is on the right side"
    if (c.fail_below is not None and high < c.fail_below) or (c.fail_above is not None and low > c.fail_above):
        return Verdict.FAIL, "the whole interval is on the wrong side"
    return Verdict.UNDECIDED, "the interval holds the threshold"

"""The trust card: published thresholds, judged on the interval's bounds, and what a marker may be used for. Pure.

A marker passes with the mean over questions and with script totals, on every threshold that can be asked, and only if
no question clearly fails. No numpy here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.agreement.figures import INDICATIVE_FROM, JUDGED_FROM, Evidence, Figure, evidence
from app.marks.model import Json

WILLIAMSON = "Williamson, Xi & Breyer 2012"
KRIPPENDORFF = "Krippendorff 2004"
OWN = "Secondmark"

# From so many scripts an interval that holds a threshold is not for want of data.
PLENTY = 100
# With so large a share of answers marked alike by the human, kappas are low whatever a marker does.
SKEWED = 0.90

QUESTIONS, TOTALS, ANSWERS = "mean over questions", "script totals", "all answers"

Figures = Mapping[str, Figure]


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    PARTLY = "partly"
    FAIL = "fail"
    CLOSE = "too close to call"
    UNDECIDED = "not enough data"
    UNDEFINED = "cannot be computed"
    NO_BASELINE = "no human baseline"


class Use(StrEnum):
    """What a marker may be used for on one question."""

    YES = "use"
    NO = "do not use"
    OPEN = "undecided"
    UNMARKED = "left unmarked"


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


QWK = Criterion("qwk", "QWK ≥ .70", WILLIAMSON, low=0.70, fail_below=0.70)
PEARSON = Criterion("pearson", "r ≥ .70", WILLIAMSON, low=0.70, fail_below=0.70)
DEGRADATION = Criterion(
    "degradation", "human–human QWK less human–machine QWK ≤ .10", WILLIAMSON, high=0.10, fail_above=0.10
)
SMD = Criterion("smd", "abs SMD ≤ .15", WILLIAMSON, low=-0.15, high=0.15, fail_below=-0.15, fail_above=0.15)
ALPHA = Criterion("alpha", "alpha over tries ≥ .80; below .667 fails", KRIPPENDORFF, low=0.80, fail_below=0.667)
MARKED = Criterion("marked", "at least 90 % of answers marked", OWN, low=0.90, fail_below=0.90)

CRITERIA = (QWK, PEARSON, DEGRADATION, SMD, ALPHA)
QUESTION_CRITERIA = (QWK, PEARSON, DEGRADATION, SMD)


@dataclass(frozen=True, slots=True)
class Judgement:
    criterion: Criterion
    of: str
    figure: Figure
    n_scripts: int
    verdict: Verdict
    because: str

    @property
    def asked(self) -> bool:
        """Degradation cannot be asked without a second human, nor alpha of one try, nor totals where there are none."""
        no_tries = self.criterion is ALPHA and self.figure.value is None
        no_totals = self.of == TOTALS and self.n_scripts == 0
        return not (self.verdict is Verdict.NO_BASELINE or no_tries or no_totals)

    def as_json(self) -> dict[str, Json]:
        return {
            "figure": self.criterion.figure,
            "of": self.of,
            "threshold": self.criterion.text,
            "source": self.criterion.source,
            "verdict": self.verdict.value,
            "because": self.because,
            "n_scripts": self.n_scripts,
            "evidence": evidence(self.n_scripts).value,
            **{name: part for name, part in self.figure.as_json().items() if name != "reason"},
        }


@dataclass(frozen=True, slots=True)
class QuestionUse:
    question_id: str
    use: Use
    because: str
    # Whether its marks agree, also where it leaves many answers without one.
    agrees: bool = False

    def as_json(self) -> dict[str, Json]:
        return {"question_id": self.question_id, "verdict": self.use.value, "because": self.because}


@dataclass(frozen=True, slots=True)
class TrustCard:
    """`questions` in the exam's order; `verdict` and `sentence` are about the whole exam."""

    judgements: tuple[Judgement, ...]
    questions: tuple[QuestionUse, ...]
    verdict: Verdict
    sentence: str

    def named(self, *uses: Use) -> list[str]:
        return [question.question_id for question in self.questions if question.use in uses]

    def as_json(self) -> dict[str, Json]:
        return {
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "usable_questions": self.named(Use.YES),
            "failed_questions": self.named(Use.NO),
            "unmarked_questions": self.named(Use.UNMARKED),
            "undecided_questions": self.named(Use.OPEN),
            "criteria": [judgement.as_json() for judgement in self.judgements],
            "questions": [question.as_json() for question in self.questions],
        }


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one question, of the mean over questions or of totals, and the scripts behind each of them."""

    figures: Figures
    n_scripts: int
    fewer: Mapping[str, int] | None = None

    def scripts(self, name: str) -> int:
        return (self.fewer or {}).get(name, self.n_scripts)


def judge_all(criteria: Sequence[Criterion], of: str, part: Part, *, second_human: bool) -> list[Judgement]:
    return [
        judge(c, part.figures[c.figure], part.scripts(c.figure), of=of, second_human=second_human)
        for c in criteria
        if c.figure in part.figures
    ]


def judge(
    criterion: Criterion, figure: Figure, n_scripts: int, *, second_human: bool, of: str = QUESTIONS
) -> Judgement:
    if criterion is DEGRADATION and not second_human:
        verdict, because = Verdict.NO_BASELINE, "there is no second human mark to compare with"
    elif evidence(n_scripts) is not Evidence.JUDGED:
        verdict, because = Verdict.UNDECIDED, _too_few(n_scripts, figure)
    elif figure.value is None:
        verdict, because = Verdict.UNDEFINED, figure.reason or "undefined"
    elif criterion is MARKED:
        verdict, because = _counted(figure.value)
    elif figure.interval is None:
        verdict, because = Verdict.UNDECIDED, figure.reason or "no interval"
    else:
        verdict, because = _on_bounds(criterion, *figure.interval, n_scripts)
    return Judgement(criterion, of, figure, n_scripts, verdict, because)


def _counted(marked: float) -> tuple[Verdict, str]:
    """Which answers of this exam have a mark is known, not estimated."""
    return (Verdict.PASS if marked >= (MARKED.low or 0.0) else Verdict.FAIL), f"{100 * marked:.0f} % are marked"


def _too_few(n_scripts: int, figure: Figure) -> str:
    if n_scripts == 0:
        return figure.reason or "no script"
    if n_scripts < INDICATIVE_FROM:
        scripts = "1 script" if n_scripts == 1 else f"{n_scripts} scripts"
        return f"{scripts}: fewer than {INDICATIVE_FROM} show nothing but single marks"
    return f"{n_scripts} scripts: indicative only, pass or fail needs {JUDGED_FROM}"


def _on_bounds(criterion: Criterion, low: float, high: float, n_scripts: int) -> tuple[Verdict, str]:
    c = criterion
    above = c.low is None or low >= c.low
    below = c.high is None or high <= c.high
    if above and below:
        return Verdict.PASS, "the whole interval is on the right side"
    if (c.fail_below is not None and high < c.fail_below) or (c.fail_above is not None and low > c.fail_above):
        return Verdict.FAIL, "the whole interval is on the wrong side"
    return Verdict.CLOSE if n_scripts >= PLENTY else Verdict.UNDECIDED, "the interval holds the threshold"


def question_use(question_id: str, part: Part, modal_share: float, *, second_human: bool) -> QuestionUse:
    """`part` holds `marked` beside the thresholds' figures; `modal_share` is that of the human's commonest mark."""
    found = [j for j in judge_all(QUESTION_CRITERIA, QUESTIONS, part, second_human=second_human) if j.asked]
    failed = [j for j in found if j.verdict is Verdict.FAIL]
    agrees = bool(found) and all(j.verdict is Verdict.PASS for j in found)
    marked = part.figures["marked"]
    if marked.value == 0:
        return QuestionUse(question_id, Use.UNMARKED, "it marked none of the answers")
    if failed:
        if modal_share >= SKEWED and not any(j.criterion is SMD for j in failed):
            return QuestionUse(question_id, Use.OPEN, "almost all answers have the same mark: too little to go by")
        return QuestionUse(question_id, Use.NO, "; ".join(failure(j) for j in failed))
    if judge(MARKED, marked, part.n_scripts, second_human=False).verdict is Verdict.FAIL:
        return QuestionUse(question_id, Use.UNMARKED, f"it marked only {100 * (marked.value or 0):.0f} %", agrees)
    if agrees:
        return QuestionUse(question_id, Use.YES, "passes every threshold that can be asked", agrees)
    doubt = next((j.because for j in found if j.verdict is not Verdict.PASS), "nothing to compare with")
    return QuestionUse(question_id, Use.OPEN, doubt)


def failure(judgement: Judgement) -> str:
    """What is wrong with a marker that fails, as a clause."""
    whole = " in script totals" if judgement.of == TOTALS else ""
    generous = "too generous" if (judgement.figure.value or 0.0) > 0 else "too strict"
    return {
        "qwk": f"it agrees with the human too little{whole}",
        "pearson": f"it does not put {'scripts' if whole else 'answers'} in the human's order",
        "degradation": f"a second human agrees clearly better{whole}",
        "smd": f"it is {generous}{whole}",
        "alpha": f"its tries contradict each other{whole}",
        "marked": "it leaves too many answers unmarked",
    }[judgement.criterion.figure]


def trust_card(
    judgements: Sequence[Judgement],
    questions: Sequence[QuestionUse],
    n_scripts: int,
    totals_on: Callable[[Sequence[str]], Part | None],
) -> TrustCard:
    """`judgements`: of the mean over questions, of totals and of `marked`; `totals_on`: totals of some questions."""
    card = TrustCard(tuple(judgements), tuple(questions), Verdict.UNDECIDED, "")
    verdict = _verdict(card, n_scripts, totals_on)
    return TrustCard(card.judgements, card.questions, verdict, _sentence(card, verdict))


def _verdict(card: TrustCard, n_scripts: int, totals_on: Callable[[Sequence[str]], Part | None]) -> Verdict:
    if evidence(n_scripts) is not Evidence.JUDGED:
        return Verdict.UNDECIDED
    asked = [j for j in card.judgements if j.asked]
    failed = [j for j in asked if j.verdict is Verdict.FAIL]
    if not failed and not card.named(Use.NO):
        # Totals cannot be judged of a marker that leaves answers out; then nothing passes.
        if asked and all(j.verdict is Verdict.PASS for j in asked):
            return Verdict.PASS
        return Verdict.CLOSE if n_scripts >= PLENTY and not _too_few_complete(card) else Verdict.UNDECIDED
    if any(j.criterion is ALPHA for j in failed):
        return Verdict.FAIL
    if all(j.criterion is MARKED for j in failed) and not card.named(Use.NO):
        return Verdict.PARTLY if any(q.agrees for q in card.questions) else Verdict.FAIL
    return Verdict.PARTLY if _holds_up(card, totals_on) else Verdict.FAIL


def _too_few_complete(card: TrustCard) -> bool:
    """Whether nothing is open but totals, and too few scripts are marked completely to judge these."""
    undecided = [j for j in card.judgements if j.asked and j.verdict is not Verdict.PASS]
    return bool(undecided) and all(j.of == TOTALS and evidence(j.n_scripts) is not Evidence.JUDGED for j in undecided)


def _holds_up(card: TrustCard, totals_on: Callable[[Sequence[str]], Part | None]) -> bool:
    """Whether what fails is a matter of some questions: others pass, and so do totals of these."""
    usable = card.named(Use.YES)
    if not usable or not card.named(Use.NO, Use.UNMARKED):
        return False
    part = totals_on(usable) if len(usable) > 1 else None
    if part is None:
        return True
    found = judge_all((QWK, PEARSON, SMD), TOTALS, part, second_human=False)
    return not any(j.verdict is Verdict.FAIL for j in found)


def _sentence(card: TrustCard, verdict: Verdict) -> str:
    if verdict is Verdict.PASS:
        return f"Use it on the whole exam.{_left_out(card)}"
    if verdict is Verdict.PARTLY:
        return _partly(card)
    if verdict is Verdict.FAIL:
        because = "; ".join(failures(card)) or _nowhere(card)
        return f"Do not use it: {because}."
    if verdict is Verdict.CLOSE:
        return "Too close to call: it may be good enough and it may not."
    if _too_few_complete(card):
        n = min(j.n_scripts for j in card.judgements if j.asked and j.verdict is not Verdict.PASS)
        return f"Not enough data for a verdict: script totals need {JUDGED_FROM} completely marked scripts, not {n}."
    return "Not enough data for a verdict."


def _nowhere(card: TrustCard) -> str:
    """Why what fails on some questions is not even usable on the others."""
    others = "what is left does not hold up in script totals" if card.named(Use.YES) else "no other question passes"
    return f"it fails on {listed(card, Use.NO)}, and {others}"


def failures(card: TrustCard) -> list[str]:
    """What is wrong, each thing once: totals are named where the mean over questions does not fail too."""
    failed = [j for j in card.judgements if j.asked and j.verdict is Verdict.FAIL]
    with_questions = {j.criterion for j in failed if j.of != TOTALS}
    return [failure(j) for j in failed if j.of != TOTALS or j.criterion not in with_questions]


def _partly(card: TrustCard) -> str:
    usable, failed, unmarked = (listed(card, use) for use in (Use.YES, Use.NO, Use.UNMARKED))
    if not failed and not usable:
        return f"Use its marks only where it gives one.{_left_out(card)}"
    said = [f"Use it on {usable}."]
    if failed:
        said.append(f"Do not use it on {failed}.")
    if unmarked:
        said.append(f"It leaves too much of {unmarked} unmarked.")
    if undecided := listed(card, Use.OPEN):
        said.append(f"Too close to call on {undecided}.")
    return " ".join(said)


def _left_out(card: TrustCard) -> str:
    marked = next((j.figure.value for j in card.judgements if j.criterion is MARKED), None)
    share = 100 * (1 - (1.0 if marked is None else marked))
    return f" It left {share:.0f} % of answers unmarked: mark those yourself." if share >= 1 else ""


def listed(card: TrustCard, use: Use) -> str:
    """Question ids; three or more that follow each other as "1a–3(ii)"."""
    runs: list[list[str]] = [[]]
    for question in card.questions:
        if question.use is use:
            runs[-1].append(question.question_id)
        elif runs[-1]:
            runs.append([])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs if run)  # noqa: PLR2004

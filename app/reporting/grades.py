"""The verdict on a marker in two or three words, with its reason. A verdict never claims more than the data show."""

from collections.abc import Iterable, Sequence
from enum import Enum

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM, JUDGED_FROM, Evidence
from app.agreement.ranking import Standing
from app.agreement.table import Code, Marker
from app.agreement.trust import Judgement, Verdict
from app.marks.reasons import INVALID, Reason
from app.reporting.seed_misses import SeedMisses
from app.reporting.words import count


class Grade(Enum):
    """In the order of the page. `sign` and the words carry what colour repeats."""

    CLOSE = ("close", "✓", "Close enough to help")
    PARTLY = ("partly", "◐", "Close enough on some questions")
    OPEN = ("open", "?", "Not certain yet")
    EARLY = ("early", "≈", "Early signs only")
    FEW = ("few", "…", "Too few scripts")
    NOT_CLOSE = ("not-close", "✗", "Not close enough")
    OFF_SEEDS = ("off-seeds", "✗", "Failed on the seeds")
    NO_HUMAN = ("no-human", "–", "No human marks")
    NO_MARK = ("no-mark", "–", "No usable mark")

    @property
    def key(self) -> str:
        return self.value[0]

    @property
    def sign(self) -> str:
        return self.value[1]

    @property
    def words(self) -> str:
        return self.value[2]


_REFUSED = "marks were refused (out of range, no number, or two for one question)"
_CAUSES = {
    Reason.CALL_FAILED: "calls failed",
    Reason.PARSE: "answers could not be read",
    Reason.MISSING: "questions were left out",
    Reason.ABSTAINED: "it declined to mark",
    Reason.QUESTION_CHANGED: "questions were changed after they had been marked",
    Reason.NO_KEY: "questions name no right letter",
    **dict.fromkeys(INVALID, _REFUSED),
}
_ONLY = {
    "calls failed": "Every call failed, so there is no answer to read.",
    "answers could not be read": "Not one answer could be read as marks.",
    "questions were left out": "Its answers left every question out.",
    "it declined to mark": "It declined to mark every question.",
    "questions were changed after they had been marked": "All questions were changed after they had been marked; "
    "grade them again.",
    "questions name no right letter": "No question names its right letter.",
    _REFUSED: "Every mark it gave was refused: out of range, no number, or two for one question.",
}

_BOTH = 2
_BY_VERDICT = {Verdict.PASS: Grade.CLOSE, Verdict.PARTLY: Grade.PARTLY, Verdict.FAIL: Grade.NOT_CLOSE}
_BY_EVIDENCE = {Evidence.DOTS: Grade.FEW, Evidence.INDICATIVE: Grade.EARLY}


def grade(found: MarkerAgreement, marker: Marker, seeds: SeedMisses | None = None) -> Grade:
    """A marker that a run stopped at the seeds has too few scripts for a verdict, and will get no more."""
    given = _by_marks(found, marker)
    undecided = given in {Grade.FEW, Grade.EARLY, Grade.OPEN}
    return Grade.OFF_SEEDS if undecided and seeds is not None and seeds.too_many else given


def _by_marks(found: MarkerAgreement, marker: Marker) -> Grade:
    if not (marker.codes == Code.MARKED).any():
        return Grade.NO_MARK
    if found.overall.figures["exact"].n == 0:
        return Grade.NO_HUMAN
    return _BY_EVIDENCE.get(found.overall.evidence) or _BY_VERDICT.get(found.trust_card.verdict, Grade.OPEN)


def unmarked(causes: Iterable[Reason]) -> str:
    """Why nothing was marked, in one sentence; `causes` are all there were, the most frequent first."""
    found = list(dict.fromkeys(_CAUSES[cause] for cause in causes if cause in _CAUSES))
    if not found:
        return "It gave no usable mark; why stands with each answer."
    return _ONLY[found[0]] if len(found) == 1 else f"No usable mark: {'; '.join(found)}."


def shared_rank(standings: Sequence[Standing]) -> str | None:
    """What a shared first rank means; None where the first has its rank alone."""
    ranked = [standing for standing in standings if standing.rank is not None]
    tied = sum(standing.rank == 1 for standing in ranked)
    if tied <= 1:
        return None
    everybody = "Both markers" if len(ranked) == _BOTH else f"All {tied} markers"
    return (
        f"{everybody if tied == len(ranked) else f'{tied} markers'} share rank 1: they cannot be told apart from the "
        "leader with these scripts, and the differences between them may be chance."
    )


def because(found: MarkerAgreement, given: Grade, causes: Iterable[Reason]) -> str:
    """One plain sentence: what the grade rests on. `causes` is of a marker without a usable mark."""
    asked = [j for j in found.trust_card.judgements if j.asked]
    scripts = count(found.overall.n_scripts, "script")
    undecided = [_doubt(j) for j in asked if j.verdict not in {Verdict.PASS, Verdict.FAIL}]
    doubts = list(dict.fromkeys(undecided)) or ["whether it is close enough"]
    return {
        Grade.CLOSE: f"Passes {_all(len({j.criterion for j in asked}))} that could be checked.",
        Grade.PARTLY: found.trust_card.sentence,
        Grade.NOT_CLOSE: found.trust_card.sentence,
        Grade.OPEN: f"{_too_close(found)} Nothing fails, but these scripts do not decide {' or '.join(doubts)}.",
        Grade.EARLY: f"{scripts}: a verdict needs {JUDGED_FROM}.",
        Grade.FEW: f"{scripts}: first signs need {INDICATIVE_FROM}, a verdict {JUDGED_FROM}.",
        Grade.OFF_SEEDS: "It is outside the tolerance on too many seeds.",
        Grade.NO_HUMAN: "A human marked none of the answers it marked: how right it is cannot be said.",
        Grade.NO_MARK: unmarked(causes),
    }[given]


def _too_close(found: MarkerAgreement) -> str:
    return "Too close to call." if found.trust_card.verdict is Verdict.CLOSE else "Not enough data."


def _all(n: int) -> str:
    return "the one threshold" if n == 1 else f"all {n} thresholds"


def _doubt(judgement: Judgement) -> str:
    return {
        "qwk": "whether it agrees enough",
        "pearson": "whether it puts answers in the human's order",
        "degradation": "whether a second human agrees better",
        "smd": "whether it is generous or strict",
        "alpha": "whether its tries agree",
        "marked": "whether it marks enough answers",
    }[judgement.criterion.figure]

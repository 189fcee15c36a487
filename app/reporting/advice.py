"""One sentence per marker that ends in an action and a size. It says nothing that figures deny."""

import math

import numpy as np

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM, JUDGED_FROM, Figure
from app.agreement.table import EPSILON, Floats
from app.agreement.trust import MARKED, TOTALS, Judgement, Use, Verdict
from app.reporting.grades import Grade, because
from app.reporting.markup import Html, between, join, text
from app.reporting.view import View
from app.reporting.words import (
    NBSP,
    coefficient,
    count,
    data,
    number,
    out_of,
    percent,
)

# More scripts than so many times those there are nobody marks to settle a doubt.
MOST_TIMES = 3
# A marker with so many answers at each question's commonest mark is told so, where the human has so few.
SAME_FROM, HUMAN_BELOW = 0.95, 0.90
_QWK = "agreement, QWK, of which 1 is perfect:"


def sentence(view: View, found: MarkerAgreement) -> Html:
    given = view.grades[found.marker]
    return {
        Grade.CLOSE: _close,
        Grade.PARTLY: _partly,
        Grade.OPEN: _open,
        Grade.EARLY: _early,
        Grade.FEW: _few,
        Grade.NOT_CLOSE: _not_close,
        Grade.OFF_SEEDS: _off_seeds,
    }.get(given, _as_it_is)(view, found)


def _close(view: View, found: MarkerAgreement) -> Html:
    return join(_compared(view, found), ": use it as second marker", _looked_at(view, found, found.per_question), ".")


def _compared(view: View, found: MarkerAgreement) -> Html:
    """Against the second human, where there is one."""
    figures, baseline = found.overall.figures, view.agreement.human_baseline
    qwk = figures["qwk"]
    ours = data(qwk.value or 0.0, coefficient(qwk.value or 0.0))
    human = None if baseline is None else baseline.overall.figures["qwk"].value
    interval = figures["degradation"].interval
    if human is None or interval is None:
        return join("Agrees closely with the human (", _QWK, " ", ours, ")")
    low, high = interval
    how = "better than" if high < 0 else "nearly as well as" if low > 0 else "as well as"
    theirs = data(human, coefficient(human))
    return join(f"Agrees with the human {how} the second human does (", _QWK, " ", ours, " against ", theirs, ")")


def _looked_at(view: View, found: MarkerAgreement, questions: object) -> Html:
    """A second marker is there to be looked at where it differs."""
    n = differing(view, found, questions)
    if n == 0:
        return Html("; it differs from the human nowhere by more than the tolerance")
    return join(
        ", and look at the ", out_of(n, found.overall.figures["exact"].n, "answer"), " on which it differs from the "
        "human by more than the tolerance"
    )  # fmt: skip


def differing(view: View, found: MarkerAgreement, questions: object) -> int:
    """Answers to these questions on which the middle of the marker's tries lies beyond the tolerance."""
    table = view.table
    wanted = np.array([q.question_id in questions for q in table.questions])[table.question]  # type: ignore[operator]
    apart = np.abs(view.voices[found.marker].marks[:, 0] - table.human.marks[:, 0])
    return int((wanted & (apart > table.tolerances + EPSILON)).sum())


def _partly(view: View, found: MarkerAgreement) -> Html:
    usable = found.trust_card.named(Use.YES)
    n = differing(view, found, usable)
    look = "" if n == 0 else f" Where you use it, look at the {count(n, 'answer')} on which it differs from the human."
    return join(found.trust_card.sentence, look, _what_it_left_out(view, found))


def _what_it_left_out(view: View, found: MarkerAgreement) -> Html:
    """Agreement on the answers that a marker chose to mark says nothing of the others, which may be harder."""
    if not any(j.criterion is MARKED and j.verdict is Verdict.FAIL for j in found.trust_card.judgements):
        return Html("")
    table = view.table
    human = table.human.marks[:, 0] / np.where(table.maxima > 0, table.maxima, np.nan)
    known = np.isfinite(human)
    given = np.isfinite(view.voices[found.marker].marks[:, 0])
    if not (known & given).any() or not (known & ~given).any():
        return Html("")
    marked, left = float(human[known & given].mean()), float(human[known & ~given].mean())
    return join(
        " How right it would be on the others is not known: the human gave them ", data(left, percent(left)),
        " of the maximum on average, and ", data(marked, percent(marked)), " to those that it marked.",
    )  # fmt: skip


def _open(view: View, found: MarkerAgreement) -> Html:
    said = because(found, view.grades[found.marker], ())
    if missing := completing(view, found):
        return join(said, f" {missing}.")
    more = scripts_needed(found)
    if more is None:
        return join(said, " Marking more scripts will hardly settle it: do not rely on it.")
    return join(said, f" {marking(view, more)} to settle it; the number is a rough one.")


def completing(view: View, found: MarkerAgreement) -> str:
    """What to mark if the human left answers out on too many scripts to judge totals; else nothing."""
    table = view.table
    unmarked = np.bincount(table.script[~np.isfinite(table.human.marks[:, 0])], minlength=len(table.scripts))
    begun = np.zeros(len(table.scripts), bool)
    begun[table.script[np.isfinite(table.human.marks[:, 0])]] = True
    complete, wanting = int((unmarked == 0).sum()), int((begun & (unmarked > 0)).sum())
    totals_open = any(j.asked and j.of == TOTALS and j.n_scripts < JUDGED_FROM for j in found.trust_card.judgements)
    missing = JUDGED_FROM - complete
    if not totals_open or not 0 < missing <= wanting:
        return ""
    whole = "1 is" if complete == 1 else f"{complete} are"
    return (
        f"Mark by hand what is missing on {count(missing, 'script')}: only {whole} marked completely, and totals are "
        f"judged from {JUDGED_FROM}"
    )


def marking(view: View, more: int) -> str:
    """How `more` scripts with a human's marks come about: where all are marked, new ones are needed first."""
    scripts, them = count(more, "script"), "it" if more == 1 else "them"
    if _unmarked_scripts(view) >= more:
        return f"Mark {scripts} more by hand"
    return f"Add {scripts} and mark {them} by hand"


def _unmarked_scripts(view: View) -> int:
    """Scripts without any mark of a human."""
    marked = np.unique(view.table.script[np.isfinite(view.table.human.marks[:, 0])])
    return len(view.table.scripts) - len(marked)


def scripts_needed(found: MarkerAgreement) -> int | None:
    """How many more scripts would bring every undecided interval to one side, if the figures stay as they are."""
    undecided = [j for j in found.trust_card.judgements if j.asked and j.verdict not in {Verdict.PASS, Verdict.FAIL}]
    wanted = [_scripts_for(j) for j in undecided if j.figure.value is not None]
    known = [n for n in wanted if n is not None]
    if not wanted or len(known) < len(wanted):
        return None
    more = max(known) - found.overall.n_scripts
    return _rounded(more) if 0 < more <= MOST_TIMES * max(found.overall.n_scripts, 1) else None


def _scripts_for(judgement: Judgement) -> int | None:
    figure, c = judgement.figure, judgement.criterion
    if judgement.n_scripts < JUDGED_FROM:
        return JUDGED_FROM
    ends = [end for end in (c.low, c.high, c.fail_below, c.fail_above) if end is not None]
    return _for_gap(figure, min(abs((figure.value or 0.0) - end) for end in ends), judgement.n_scripts)


def _for_gap(figure: Figure, gap: float, n_scripts: int) -> int | None:
    """An interval shrinks with the root of the number of scripts."""
    if figure.interval is None or gap == 0:
        return None
    half = (figure.interval[1] - figure.interval[0]) / 2
    return math.ceil(n_scripts * max(half / gap, 1.0) ** 2)


def _rounded(n: int) -> int:
    step = 10 if n < 200 else 50  # noqa: PLR2004 - an estimate has no more digits
    return math.ceil(n / step) * step


def _early(view: View, found: MarkerAgreement) -> Html:
    return Html(f"Early signs only. {marking(view, JUDGED_FROM - found.overall.n_scripts)}, for a verdict.")


def _few(view: View, found: MarkerAgreement) -> Html:
    n = found.overall.n_scripts
    more = marking(view, JUDGED_FROM - n)
    return Html(f"Too few scripts to say anything. {more}, for a verdict; first signs need {INDICATIVE_FROM - n}.")


def _off_seeds(view: View, found: MarkerAgreement) -> Html:
    seeds = view.seed_misses[found.marker]
    return Html(
        f"Do not use it: it is outside the tolerance on {seeds.outside} of {count(seeds.n, 'seed')}, and "
        f"{seeds.limit} {'is' if seeds.limit == 1 else 'are'} allowed. A run stops such a marker before it marks other "
        "scripts."
    )


def _as_it_is(view: View, found: MarkerAgreement) -> Html:
    return text(because(found, view.grades[found.marker], view.input.causes.get(found.marker, ())))


def _not_close(view: View, found: MarkerAgreement) -> Html:
    leans = found.bland_altman.figures["bias"].interval is not None and lean(view, found)
    more = [join(leans, ".")] if leans else []
    return between(" ", [_as_it_is(view, found), *more, *_always_the_same(view, found)])


def _always_the_same(view: View, found: MarkerAgreement) -> list[Html]:
    """Said of a marker that gives nearly every answer to a question one mark, where the human does not."""
    human = view.table.human.marks[:, 0]
    marks = np.where(np.isfinite(human), view.voices[found.marker].marks[:, 0], np.nan)
    same, by_human = _at_the_commonest(view, marks), _at_the_commonest(view, human)
    if same < SAME_FROM or by_human >= HUMAN_BELOW:
        return []
    return [
        join(
            "On each question it gives nearly every answer the same mark (", data(same, percent(same)),
            " of answers; the human ", data(by_human, percent(by_human)), "): it does not tell answers apart.",
        )
    ]  # fmt: skip


def _at_the_commonest(view: View, marks: Floats) -> float:
    """The share of these marks (answers,), NaN for none, that are the commonest of their question."""
    known = np.isfinite(marks)
    if not known.any():
        return 0.0
    counts = [
        np.unique(marks[known & (view.table.question == question)], return_counts=True)[1]
        for question in range(len(view.table.questions))
    ]
    return float(sum(found.max(initial=0) for found in counts) / known.sum())


def lean(view: View, found: MarkerAgreement) -> Html:
    """By how many marks script totals are too high or too low, without a stop; nothing where no bias was found."""
    bias = found.bland_altman.figures["bias"]
    if bias.value is None or (bias.interval is not None and bias.interval[0] <= 0 <= bias.interval[1]):
        return Html("")
    whole = "" if view.total_maximum is None else f" of {number(view.total_maximum)}"
    return join("Script totals", whole, " come out ", data(bias.value, high_or_low(bias.value)), " on average")


def high_or_low(marks: float) -> str:
    if round(marks, 1) == 0:
        return "level"
    return (
        f"{abs(marks):.1f}{NBSP}{'mark' if abs(round(marks, 1)) == 1 else 'marks'} too {'high' if marks > 0 else 'low'}"
    )

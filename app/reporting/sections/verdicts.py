"""Which markers can be trusted: one plain verdict per marker, and the figures for those who know them."""

from urllib.parse import urlencode

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence, Figure
from app.agreement.pairs import MARKS
from app.agreement.table import EPSILON
from app.agreement.trust import Use
from app.reporting.advice import high_or_low, lean, sentence
from app.reporting.grades import Grade, shared_rank
from app.reporting.markup import Html, between, join, lines, tag
from app.reporting.next_steps import next_steps
from app.reporting.tables import more
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import (
    count,
    data,
    duration,
    figure_cell,
    fixed,
    listed,
    money,
    named,
    number,
    paragraph,
    percent,
    shown,
)

FEW_ANSWERS = 30
_WORDS = (
    "A marker is a model, and a try is one time that it marks a script. The human is the person whose marks this exam "
    "holds. The tolerance is how far a mark may lie from the human's before it counts as different: what is set for "
    "the question, else 0 on questions of up to 3 marks, and above a tenth of the maximum, but at least half a mark."
)
_TERMS = (
    "In tolerance: no further from the human's mark than the question allows. Bias: above 0 too generous, below 0 too "
    "strict. Agreement (quadratic weighted kappa, QWK): 1 is perfect, 0 is no better than chance. Two humans: how well "
    "a second human agrees with the first. A range holds 95 % of what other scripts like these would show."
)


def section(view: View) -> Html:
    heading = ("trust", "Which markers can be trusted?", "verdicts")
    if not view.markers:
        return framed(*heading, paragraph("No marks yet."))
    shared = shared_rank(view.agreement.leaderboard)
    hints = [paragraph(words, class_="hint") for words in (shared, _alike(view)) if words]
    steps = next_steps(view)
    box = [tag("div", tag("h3", "What to do next"), tag("ol", lines(tag("li", step) for step in steps)), class_="todo")]
    verdicts = tag("ol", lines(_verdict(view, found) for found in view.markers), class_="verdicts")
    return framed(
        *heading,
        *(box if steps else []),
        *hints,
        verdicts,
        *([paragraph(_WORDS, class_="hint")] if view.compared else []),
        *([more("What the words behind Figures mean", paragraph(_TERMS))] if view.compared else []),
    )


def _alike(view: View) -> Html | None:
    """Markers that gave the same mark to every answer: together they say no more than one of them."""
    by_marks: dict[bytes, list[str]] = {}
    for found in view.compared:
        by_marks.setdefault(view.voices[found.marker].marks[:, 0].tobytes(), []).append(found.marker)
    same = [listed([named(name) for name in names]) for names in by_marks.values() if len(names) > 1]
    if not same:
        return None
    return join(between("; ", same), " gave the same marks throughout: together they say no more than one of them.")


def _verdict(view: View, found: MarkerAgreement) -> Html:
    given = view.grades[found.marker]
    badge = tag("p", tag("b", given.sign, aria_hidden="true"), " ", _words(given, found), class_="badge")
    head = tag("div", tag("h3", named(found.marker)), badge, class_="who")
    action = paragraph(sentence(view, found), class_="action")
    said = between(" ", filter(None, _sentences(view, found)))
    figures = more("Figures", paragraph(said, class_="plain"), _numbers(view, found))
    return tag("li", head, action, figures, class_=given.key)


def _words(given: Grade, found: MarkerAgreement) -> str:
    """A marker that leaves out answers to every question is no marker of some questions."""
    card = found.trust_card
    only_where = given is Grade.PARTLY and not card.named(Use.YES, Use.NO)
    return "Close enough where it gives a mark" if only_where else given.words


def _sentences(view: View, found: MarkerAgreement) -> list[Html]:
    given = view.grades[found.marker]
    if given in {Grade.NO_MARK, Grade.NO_HUMAN}:
        return [_repeats(found), _price(found)]
    if found.overall.evidence is Evidence.DOTS:
        return [_same(found), _price(found)]
    return [_same(found), _off(found), _totals(view, found), _price(found)]


def _same(found: MarkerAgreement) -> Html:
    exact, within = found.overall.figures["exact"], found.overall.figures["within_tolerance"]
    few = found.overall.evidence is Evidence.DOTS
    if exact.value is None or within.value is None:
        return Html("")
    return join(
        "The same mark as the human in ",
        data(exact.value, _share(exact, few=few)),
        "; within the tolerance in ",
        data(within.value, _share(within, of=False, few=few)),
        ".",
    )


def _share(figure: Figure, *, of: bool = True, few: bool = False) -> str:
    """Counted where few answers, or `few` scripts, make a percentage of little meaning; on average over tries."""
    value = figure.value or 0.0
    hits = round(value * figure.n, 6)
    if few or (figure.n < FEW_ANSWERS and hits.is_integer()):
        return f"{number(hits, 1)} of {count(figure.n, 'answer')}" if of else number(hits, 1)
    return f"{percent(value)} of {count(figure.n, 'answer')}" if of else percent(value)


def _off(found: MarkerAgreement) -> Html:
    mae = found.overall.figures["mae"]
    if mae.value is None:
        return Html("")
    if mae.value == 0:
        return Html("No mark differs.")
    if found.overall.unit == MARKS:
        return join("Off by ", data(mae.value, count(round(mae.value, 2), "mark")), " an answer on average.")
    return join(
        "Off by ", data(mae.value, shown("mae", mae.value, found.overall.unit)), " of an answer's maximum on average."
    )


def _totals(view: View, found: MarkerAgreement) -> Html:
    """Bias and limits of the totals; the limits only of enough scripts to bear them."""
    figures = found.bland_altman.figures
    bias, lower, upper = (figures[name] for name in ("bias", "lower", "upper"))
    if bias.value is None:
        return Html("")
    whole = "" if view.total_maximum is None else f" of {number(view.total_maximum)}"
    said = lean(view, found) or join("No bias found in script totals", whole)
    if lower.value is None or upper.value is None:
        return join(said, ".")
    if max(abs(lower.value), abs(upper.value)) < EPSILON:
        return join("All script totals", whole, " are the human's.")
    if high_or_low(lower.value) == high_or_low(upper.value):
        return join(said, "; 19 in 20 of them lie within 0.1 marks of the human's.")
    ends = (data(lower.value, high_or_low(lower.value)), data(upper.value, high_or_low(upper.value)))
    return join(said, "; 19 in 20 of them lie between ", ends[0], " and ", ends[1], ".")


def _repeats(found: MarkerAgreement) -> Html:
    unanimous = found.self_consistency.figures["unanimous"]
    if unanimous.value is None:
        return Html("")
    return join("Its tries all gave one mark in ", data(unanimous.value, _share(unanimous)), ".")


def _price(found: MarkerAgreement) -> Html:
    cost = found.cost_usd_per_script
    return Html("") if cost is None else join("Costs ", data(cost, money(cost)), " a script for each try.")


def _numbers(view: View, found: MarkerAgreement) -> Html:
    figures, unit = found.overall.figures, found.overall.unit
    few = found.overall.evidence is Evidence.DOTS
    cost, seconds = found.cost_usd_per_script, found.seconds_per_script
    rank = _rank(view, found.marker)
    against_human = [
        ("Bias", _of_maximum(figures["bias"], unit) if not few else _withheld()),
        ("Agreement (QWK)", figure_cell("qwk", figures["qwk"]) if not few else _withheld()),
        ("Two humans", _baseline(view)),
    ]
    terms = [
        ("Compared", join(count(figures["exact"].n, "answer"), ", ", count(found.overall.n_scripts, "script"))),
        *([("Rank", rank)] if rank and len(view.compared) > 1 else []),
        *(against_human if figures["exact"].n else []),
        *([("Cost a script and try", data(cost, money(cost)))] if cost is not None else []),
        *([("Time a script and try", data(seconds, duration(seconds)))] if seconds is not None else []),
    ]
    if view.here is not None:
        terms.append(("Behind these figures", between(" · ", _behind(view, found.marker))))
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", said)) for term, said in terms))


def _behind(view: View, marker: str) -> list[Html]:
    """Where the marks are that the figures of a marker were computed from."""
    marks = tag("a", "each mark with its try and cost", href=f"{view.here}export.csv")
    if view.input.kind == "session":
        return [marks, tag("a", "its calls", href=f"{view.here}calls?{urlencode({'model': marker})}")]
    where = urlencode({"which": "all", "again": 1, "marker": marker})
    return [marks, tag("a", "the answers on which it differs, and its calls", href=f"{view.here}desk?{where}")]


def _rank(view: View, name: str) -> Html | None:
    rank = view.standing[name].rank
    if rank is None:
        return None
    shared = sum(standing.rank == rank for standing in view.agreement.leaderboard) > 1
    return join(data(rank, str(rank)), ", shared" if shared else "")


def _of_maximum(figure: Figure, unit: str) -> Html:
    cell = figure_cell("bias", figure, unit)
    return cell if figure.value is None else join(cell, " ", tag("small", "marks" if unit == MARKS else "of max"))


def _withheld() -> Html:
    return tag("span", "from 10 scripts", class_="none")


def _baseline(view: View) -> Html:
    baseline = view.agreement.human_baseline
    if baseline is None:
        return tag("span", "no human baseline", class_="none", title="Only one human marked")
    qwk = baseline.overall.figures["qwk"]
    if baseline.overall.evidence is Evidence.DOTS or qwk.value is None:
        return _withheld()
    return data(qwk.value, f"QWK {fixed(qwk.value)}")

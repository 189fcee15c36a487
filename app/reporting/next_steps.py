"""What a head of department does next, as the figures have it, in the order in which it is done."""

from app.agreement.answer import MarkerAgreement
from app.agreement.fairness import GroupFairness
from app.agreement.figures import JUDGED_FROM
from app.reporting.advice import completing, marking, scripts_needed
from app.reporting.grades import Grade
from app.reporting.markup import Html, join, tag, text
from app.reporting.view import View
from app.reporting.words import count, kept_together, listed, money, named


def next_steps(view: View) -> list[Html]:
    """In the order in which they are done."""
    more = _more(view)
    queue = [] if more and view.input.queue.advised is None else _queue(view)
    steps = [*_use(view), *_groups(view), *_off(view), *queue, *more]
    if view.markers and not view.compared:
        steps.insert(0, Html(f"Mark {JUDGED_FROM} scripts or more by hand: then there is a verdict on each marker."))
    enough = len(view.table.scripts) >= JUDGED_FROM
    if enough and view.compared and view.agreement.human_baseline is None:
        steps.append(
            Html(
                f"Have a second person mark {JUDGED_FROM} scripts or more: without it nobody knows how well two people "
                "agree on this exam."
            )
        )
    return steps


def _use(view: View) -> list[Html]:
    close = [f for f in view.markers if view.grades[f.marker] is Grade.CLOSE]
    partly = [f for f in view.markers if view.grades[f.marker] is Grade.PARTLY]
    if close:
        chosen = min(close, key=lambda f: (f.cost_usd_per_script is None, f.cost_usd_per_script or 0.0))
        best = close[0] if chosen.cost_usd_per_script is None else chosen
        cost = best.cost_usd_per_script
        price = (
            ""
            if cost is None or len(close) == 1
            else join(", the cheapest of those that pass (", money(cost), " for each script and try)")
        )
        return [join("Use ", tag("strong", named(best.marker)), " as second marker", price, ".")]
    if partly:
        return [
            join("Use ", tag("strong", named(partly[0].marker)), " where it passes. ", partly[0].trust_card.sentence)
        ]
    return []


def _groups(view: View) -> list[Html]:
    """What hinders the use of a marker that agrees on the whole, but not for each group of students."""
    return [
        join(
            "Before you use ", tag("strong", named(found.marker)), ", look at ",
            tag("a", "its differences between groups", href="#groups"), ": compared with the human it marks ",
            listed([join(named(one.group), f" too {_side(one)}") for one in flagged]), ".",
        )
        for found in view.markers
        if view.grades[found.marker] in {Grade.CLOSE, Grade.PARTLY}
        and (flagged := [one for one in view.fairness[found.marker] if one.flag])
    ]  # fmt: skip


def _side(found: GroupFairness) -> str:
    return "high" if (found.figures["smd"].value or 0.0) > 0 else "low"


def _queue(view: View) -> list[Html]:
    if not view.markers:
        return []
    queue = view.input.queue
    step = queue.advised
    if not view.n_human or step is None:
        return [text(kept_together(queue.advice))]
    if not step.n_review:
        look = "nobody need look at them again"
    else:
        listed = f"the {step.n_review:,} most doubtful of the {count(queue.n_answers, 'answer')}"
        look = join("a human should first look at ", tag("a", listed, href="#review"))
    return [
        join(
            "If ",
            _heard(view),
            " are to stand in place of the human's, ",
            look,
            ": ",
            kept_together(queue.promise(step)),
        )
    ]


def _heard(view: View) -> Html:
    """Whose marks the queue counts: not those of a marker on questions that it failed on."""
    if len(view.markers) == 1:
        return Html("the marker's marks")
    without = view.input.queue.left_out
    asked = len(view.table.questions)
    heard = [f.marker for f in view.markers if len(without.get(f.marker, ())) < asked]
    if len(heard) == 1:
        return join("the marks of ", named(heard[0]), " alone")
    if without and heard:
        return Html("the marks of these markers together, each only where it did not fail,")
    return Html("the marks of all these markers together")


def _off(view: View) -> list[Html]:
    failed = [f for f in view.markers if view.grades[f.marker] in {Grade.NOT_CLOSE, Grade.OFF_SEEDS}]
    if not failed:
        return []
    names = [tag("strong", named(f.marker)) for f in failed]
    said = join(*(join(", " if i else "", name) for i, name in enumerate(names[:5])))
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004 - a sentence, no list
    return [
        join(
            "Do not pay for ",
            said,
            rest,
            " again: they are not close enough to the human."
            if len(names) > 1
            else " again: it is not close enough to the human.",
        )
    ]


def _more(view: View) -> list[Html]:
    if any(view.grades[f.marker] in {Grade.CLOSE, Grade.PARTLY} for f in view.markers):
        return []
    open_ = [f for f in view.compared if view.grades[f.marker] is Grade.OPEN]
    if missing := next(filter(None, (completing(view, f) for f in open_)), ""):
        return [Html(f"{missing}.")]
    wanted = [n for f in view.compared if (n := _wanted(view, f)) is not None]
    return [Html(f"{marking(view, min(wanted))}: then there is a verdict.")] if wanted else []


def _wanted(view: View, found: MarkerAgreement) -> int | None:
    given = view.grades[found.marker]
    if given in {Grade.EARLY, Grade.FEW}:
        return JUDGED_FROM - found.overall.n_scripts
    return scripts_needed(found) if given is Grade.OPEN else None

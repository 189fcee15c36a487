"""Answers to look at against what differs from the human among the others."""

from app.agreement.review import ReviewQueue
from app.reporting.markup import Html, join
from app.reporting.svg import WIDTH, Scale, circle, label, line, svg, x_axis, y_axis
from app.reporting.words import percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, WIDTH - 22, 26, 206
_LEAST = 0.1


def trade_off_plot(queue: ReviewQueue, n_answers: int) -> Html:
    """One point per threshold, with its upper bound. Ringed: the advice, else the whole list."""
    steps = [step for step in queue.trade_off if step.residual.error.value is not None]
    highest = max(
        end for step in steps for end in (step.residual.error.value or 0.0, *(step.residual.error.shown or ()))
    )
    x, y = Scale(0, 1, _LEFT, _RIGHT), Scale(0, max(highest, _LEAST), _BOTTOM, _TOP)
    parts = [
        _point(step.n_review / n_answers, step.residual.error.value or 0, step.residual.error.shown, x, y)
        for step in steps
    ]
    ringed = queue.residual if queue.advised is None else queue.advised.residual
    chosen = ringed.error
    share = (n_answers - ringed.n_unflagged) / n_answers
    ring = [] if chosen.value is None else [circle(x(share), y(chosen.value), 8, "ring")]
    axes = [x_axis(x, _BOTTOM, _TOP, percent), y_axis(y, _LEFT, _RIGHT, percent)]
    words = [
        label(4, 14, "differing among the rest", "tick"),
        label(_RIGHT, _BOTTOM + 30, "answers a human looks at", "tick", "end"),
    ]
    about = f"With {percent(share)} of answers looked at, "
    about += "nothing is known of the rest." if chosen.value is None else f"{percent(chosen.value)} of the rest differ."
    return svg(
        "trade-off",
        _BOTTOM + 38,
        "Answers to look at against those left that differ from the human",
        about,
        *axes,
        *words,
        *parts,
        *ring,
    )


def _point(share: float, error: float, interval: tuple[float, float] | None, x: Scale, y: Scale) -> Html:
    bar = [line(x(share), y(error), x(share), y(interval[1]), "bar thin")] if interval else []
    return join(
        *bar,
        circle(
            x(share), y(error), 3, "point judged", f"{percent(share)} looked at: {percent(error)} of the rest differ"
        ),
    )

"""Errors caught against answers to review, for each way to spend the same calls."""

from collections.abc import Sequence

from app.agreement.panel import TRIES, Option
from app.reporting.markup import Html, join, tag
from app.reporting.svg import WIDTH, Scale, circle, label, svg, x_axis, y_axis
from app.reporting.words import percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, WIDTH - 22, 26, 226


def panel_plot(options: Sequence[Option]) -> Html:
    """Squares: one marker several times; circles: several markers once. The number inside is that of calls."""
    x, y = Scale(0, 1, _LEFT, _RIGHT), Scale(0, 1, _BOTTOM, _TOP)
    drawn = [option for option in options if option.caught.value is not None and option.review.value is not None]
    axes = [x_axis(x, _BOTTOM, _TOP, percent), y_axis(y, _LEFT, _RIGHT, percent)]
    words = [
        label(4, 14, "wrong marks caught", "tick"),
        label(_RIGHT, _BOTTOM + 30, "answers sent to review", "tick", "end"),
    ]
    about = "; ".join(
        f"{_name(option)}: {percent(option.caught.value or 0)} caught, {percent(option.review.value or 0)} to review"
        for option in drawn
    )
    title = "Wrong marks caught against answers to review"
    return svg("panel-plot", _BOTTOM + 38, title, about, *axes, *words, *(_point(option, x, y) for option in drawn))


def _name(option: Option) -> str:
    return f"one marker × {option.calls}" if option.kind == TRIES else f"{option.calls} markers × 1"


def _point(option: Option, x: Scale, y: Scale) -> Html:
    at, level = x(option.review.value or 0), y(option.caught.value or 0)
    title = tag("title", _name(option))
    square = tag("rect", title, x=at - 8, y=level - 8, width=16, height=16, rx=2, class_="point hollow")
    shape = square if option.kind == TRIES else circle(at, level, 9, "point numbered", _name(option))
    return join(
        shape, label(at, level + 4, str(option.calls), "in-hollow" if option.kind == TRIES else "in-point", "middle")
    )

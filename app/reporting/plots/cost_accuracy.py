"""What a script costs against the share of marks that are right; numbers stand for the markers of the table."""

from collections.abc import Sequence

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence
from app.reporting.markup import Html, join, tag
from app.reporting.svg import WIDTH, Scale, circle, label, line, svg, x_axis, y_axis
from app.reporting.view import View
from app.reporting.words import money, percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, WIDTH - 18, 26, 246
# A linear axis would press the cheap ones together.
_LOG_FROM = 12
_ROUND = 0.05


def priced(view: View) -> list[MarkerAgreement]:
    return [
        f for f in view.compared if f.cost_usd_per_script is not None and f.overall.figures["exact"].value is not None
    ]


def pareto(found: Sequence[MarkerAgreement]) -> list[MarkerAgreement]:
    """Those that no other beats at the same or a lower cost, cheapest first."""
    best, front = -1.0, []
    for marker in sorted(found, key=lambda f: (_cost(f), -_exact(f))):
        if _exact(marker) > best:
            best = _exact(marker)
            front.append(marker)
    return front


def _cost(found: MarkerAgreement) -> float:
    return found.cost_usd_per_script or 0.0


def _exact(found: MarkerAgreement) -> float:
    return found.overall.figures["exact"].value or 0.0


def cost_accuracy_plot(view: View) -> Html:
    found = priced(view)
    front = pareto(found)
    x, y = _x_scale([_cost(f) for f in found]), _y_scale(found)
    axes = [x_axis(x, _BOTTOM, _TOP, lambda dollars: f"${dollars:g}", 4), y_axis(y, _LEFT, _RIGHT, percent)]
    words = [
        label(4, 14, "same mark as the human", "tick"),
        label(_RIGHT, _BOTTOM + 30, "US dollars a script, one try", "tick", "end"),
    ]
    path = "".join(f"{'M' if i == 0 else 'L'}{x(_cost(f)):.1f} {y(_exact(f)):.1f}" for i, f in enumerate(front))
    points = [_point(view, f, x, y) for f in sorted(found, key=_cost)]
    about = "Best for their cost: " + "; ".join(f"{f.marker}, {money(_cost(f))}, {percent(_exact(f))}" for f in front)
    front_line = tag("path", d=path, class_="front")
    return svg("cost-plot", _BOTTOM + 38, "Cost and accuracy of each marker", about, *axes, *words, front_line, *points)


def _x_scale(costs: Sequence[float]) -> Scale:
    low, high = min(costs), max(costs)
    if low > 0 and high / low > _LOG_FROM:
        return Scale(low / 1.4, high * 1.4, _LEFT, _RIGHT, log=True)
    return Scale(0, high * 1.12 or 1.0, _LEFT, _RIGHT)


def _y_scale(found: Sequence[MarkerAgreement]) -> Scale:
    ends = [
        end
        for f in found
        if f.overall.evidence is not Evidence.DOTS
        for end in f.overall.figures["exact"].interval or ()
    ]
    low = min([*ends, *map(_exact, found)])
    high = max([*ends, *map(_exact, found)])
    return Scale(max(0.0, low // _ROUND * _ROUND - _ROUND), min(1.0, high + _ROUND), _BOTTOM, _TOP)


def _point(view: View, found: MarkerAgreement, x: Scale, y: Scale) -> Html:
    at, level = x(_cost(found)), y(_exact(found))
    interval = found.overall.figures["exact"].interval
    bar = (
        [line(at, y(interval[0]), at, y(interval[1]), "bar")]
        if interval and found.overall.evidence is not Evidence.DOTS
        else []
    )
    title = f"{found.marker}: {money(_cost(found))}, {percent(_exact(found))}"
    number = label(at, level + 4, str(view.number[found.marker]), "in-point", "middle")
    return join(*bar, circle(at, level, 9, "point numbered", title), number)

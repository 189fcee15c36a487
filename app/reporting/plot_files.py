"""The plots of the report as files: SVG, PNG, and the numbers behind them as CSV. A plot has its section's name."""

import csv
import io
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from app.agreement.figures import INDICATIVE_FROM, Evidence, evidence
from app.errors import UnprocessableError
from app.marks.formulas import harmless
from app.pages.sealed import REPORT_STYLE
from app.reporting.markup import Html, printable, tag
from app.reporting.plot_names import PlotFormat, PlotName
from app.reporting.plots import data
from app.reporting.plots.bland_altman import bland_altman_plots
from app.reporting.plots.cost_accuracy import cost_accuracy_plot, priced
from app.reporting.plots.distributions import distribution_plots
from app.reporting.plots.heat_map import heat_maps
from app.reporting.plots.panel_plot import panel_plot
from app.reporting.plots.strips import strips
from app.reporting.plots.trade_off import trade_off_plot
from app.reporting.sections.agreement import qwk_plot
from app.reporting.sections.bands import bands_plot
from app.reporting.sections.confusion import confusion_plots
from app.reporting.sections.leaderboard import leader_plot
from app.reporting.sections.tries import tries_plot
from app.reporting.view import ReportInput, View

_GAP, _WIDEST = 16, 1080
# Sharp in print; a picture of many markers is made smaller instead of larger than memory.
_ZOOM, _MOST_PIXELS = 3.0, 24_000_000
_SIZE = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


@dataclass(frozen=True)
class _Plot:
    """`needs`: what is missing where there is nothing to draw."""

    draw: Callable[[View], Sequence[Html]]
    rows: Callable[[View], data.Rows]
    needs: str


def plot_file(report: ReportInput, name: PlotName, form: PlotFormat) -> bytes:
    """Raises UnprocessableError where the exam has nothing to draw."""
    view, plot = View(report), _PLOTS[name]
    drawn = plot.draw(view)
    if not drawn:
        raise UnprocessableError.field("plot", f"{name!r} cannot be drawn: it needs {plot.needs}.")
    if form == "csv":
        return _csv(plot.rows(view))
    svg, width, height = _svg_file(drawn)
    return svg.encode() if form == "svg" else _png(svg, width, height)


def _compared(draw: Callable[[View], Sequence[Html]]) -> Callable[[View], Sequence[Html]]:
    """Nothing where no answer was marked by a human and a marker."""
    return lambda view: draw(view) if view.compared else []


def _enough(draw: Callable[[View], Sequence[Html]]) -> Callable[[View], Sequence[Html]]:
    return lambda view: draw(view) if view.evidence is not Evidence.DOTS else []


def _card(view: View) -> list[Html]:
    return [strips(view) if view.evidence is Evidence.DOTS else qwk_plot(view)]


def _review(view: View) -> list[Html]:
    known = any(step.residual.error.interval for step in view.input.queue.trade_off)
    return [trade_off_plot(view.input.queue, len(view.table.script))] if known else []


def _panel(view: View) -> list[Html]:
    advice = view.agreement.panel_advice
    options = [option for option in advice.options if option.review.value is not None]
    return [panel_plot(options)] if options and evidence(advice.n_scripts) is not Evidence.DOTS else []


_BOTH = "answers that a human and a marker both marked"
_ENOUGH = f"{_BOTH}, in {INDICATIVE_FROM} scripts or more"
_PLOTS: dict[PlotName, _Plot] = {
    "students": _Plot(distribution_plots, data.students, f"the totals of {INDICATIVE_FROM} completely marked scripts"),
    "questions": _Plot(_compared(heat_maps), data.questions, _BOTH),
    "review": _Plot(_review, data.review, "human marks among the answers that nobody is asked to look at"),
    "card": _Plot(_compared(_card), data.card, _BOTH),
    "totals": _Plot(_enough(bland_altman_plots), data.totals, _ENOUGH),
    "cost": _Plot(
        _enough(lambda view: [cost_accuracy_plot(view)] if priced(view) else []), data.cost, f"costs, and {_ENOUGH}"
    ),
    "tries": _Plot(lambda view: list(filter(None, [tries_plot(view)])), data.tries, "a marker with two tries or more"),
    "confusion": _Plot(confusion_plots, data.confusion, _BOTH),
    "bands": _Plot(_compared(lambda view: list(filter(None, [bands_plot(view)]))), data.bands, _ENOUGH),
    "leaderboard": _Plot(_compared(_enough(lambda view: [leader_plot(view)])), data.leaderboard, _ENOUGH),
    "panel": _Plot(_panel, data.panel, f"several tries or markers, and {_ENOUGH}"),
}
if set(_PLOTS) != set(get_args(PlotName)):
    raise RuntimeError("each name has a plot")


def _csv(rows: data.Rows) -> bytes:
    """With a mark of its encoding, without which spreadsheets take it for another."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig", errors="replace")


def _svg_file(plots: Sequence[Html]) -> tuple[str, int, int]:
    """All of them on one white sheet, and its width and height. It holds its own style, in plain colours."""
    placed, x, y, row, widest = [], _GAP, _GAP, 0, 0
    for plot in plots:
        width, height = _size(plot)
        if x > _GAP and x + width > _WIDEST:
            x, y, row = _GAP, y + row + _GAP, 0
        placed.append(Html(plot.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1)))
        x, row = x + width + _GAP, max(row, height)
        widest = max(widest, x)
    height = y + row + _GAP
    sheet = tag("rect", width=widest, height=height, fill="#ffffff")
    about = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {widest} {height}"}
    file = tag("svg", tag("style", Html(plain_style())), sheet, *placed, **about, width=widest, height=height)
    return f"{file}\n", widest, height


def _size(plot: Html) -> tuple[int, int]:
    found = _SIZE.search(plot)
    if found is None:
        raise ValueError("a plot says its size")
    return int(found[1]), int(found[2])


@cache
def plain_style() -> str:
    """The rules of the report that plots use, with the colours of light pages in place of variables."""
    text = re.sub(r"/\*.*?\*/", "", REPORT_STYLE, flags=re.DOTALL)
    root = re.search(r":root \{(.*?)\}", text, re.DOTALL)
    colours = dict(re.findall(r"(--[\w-]+): ([^;]+);", root[1] if root else ""))
    text = re.sub(r"@[^{}]+\{(?:[^{}]|\{[^{}]*\})*\}", "", text)
    rules = [(one.strip(), said) for one, said in re.findall(r"([^{}]+)\{([^{}]*)\}", text)]
    kept = "".join(
        f"{one}{{{said.strip()}}}" for one, said in rules if "fill" in said or "stroke" in said or _of_svg(one)
    )
    kept = re.sub(r"var\((--[\w-]+), ?(var\(--[\w-]+\))\)", lambda m: str(colours.get(m[1], m[2])), kept)
    return re.sub(r"var\((--[\w-]+)\)", lambda m: str(colours[m[1]]), kept)


def _of_svg(selector: str) -> bool:
    return selector.startswith("svg .")


def _png(svg: str, width: int, height: int) -> bytes:
    """Text is drawn with fonts of the machine, and where it has none with the one that Pillow brings."""
    from resvg_py import svg_to_bytes  # noqa: PLC0415 - only where a picture is wanted

    zoom = min(_ZOOM, math.sqrt(_MOST_PIXELS / (width * height)))
    with tempfile.NamedTemporaryFile(suffix=".otf") as font:
        font.write(_font())
        font.flush()
        # That font has neither of these signs.
        drawn = printable(svg).replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-")
        return svg_to_bytes(svg_string=drawn, zoom=zoom, font_files=[font.name], sans_serif_family="Aileron")


@cache
def _font() -> bytes:
    from PIL import ImageFont  # noqa: PLC0415 - only where a picture is wanted

    found = ImageFont.load_default(12)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return bytes(found.font_bytes)

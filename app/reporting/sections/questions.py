"""Question by question: where the markers are right, and every single mark where answers are few."""

from collections.abc import Callable

import numpy as np

from app.agreement.figures import Evidence
from app.agreement.pairs import Agreement
from app.agreement.table import EPSILON, Code, Marker
from app.agreement.trust import QuestionUse, Use
from app.reporting.links import behind
from app.reporting.markup import Html, between, join, tag
from app.reporting.plots.heat_map import heat_maps, shades, weakest
from app.reporting.tables import more, several, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import DASH, NBSP, coefficient, data, figure_cell, named, number, paragraph, percent

_FIGURES = ("exact", "within_tolerance", "mae", "bias")
# Answers whose every mark fits a table that someone reads.
MOST_ANSWERS = 40
WEAKEST = 8
# Columns that a page holds; the JSON has them all.
MOST_MARKERS = 8
_FACILITY = "Facility: the human's mean mark as a share of the maximum; the higher, the easier the question."
_DISCRIMINATION = (
    " Discrimination: how well the question tells strong students from weak ones, from 0 (not at all) to 1 "
    "(correlation with the rest of the total)."
)
_MEANING = (
    "✓ on this question the marker agrees enough. ✗ it does not. ? these scripts show neither: use it there only if "
    "the verdict on the whole marker is good, and look at the answers on which it differs."
)
_CLOSE = (
    " On a question worth many marks few are exactly the same. That alone is no fault: ✓ and ✗ above judge how "
    "close the marks lie."
)
_PALE = " Without colour: fewer than 10 scripts, nothing to conclude."
_SIGNS = {Use.YES: "✓", Use.NO: "✗", Use.OPEN: "?", Use.UNMARKED: "–"}


def section(view: View) -> Html:
    parts = [_usable(view)] if view.n_human else []
    if view.compared:
        shaded = any(
            part.evidence is not Evidence.DOTS for found in view.compared for part in found.per_question.values()
        )
        parts += [
            _legend(view),
            tag("figure", shades(), class_="legend") if shaded else Html(""),
            tag("div", several(heat_maps(view)), _weakest(view), class_="flow"),
            _figures(view),
        ]
    else:
        parts.append(paragraph("Without answers that a human and a marker both marked there is no heat map."))
    if len(view.table.script) <= MOST_ANSWERS and view.markers:
        parts.append(_every_mark(view))
    return framed("questions", "Question by question", "heat map", *parts)


def _usable(view: View) -> Html:
    """Facility and discrimination of each question, and what each marker may be used for."""
    judged = [f for f in view.compared if f.overall.evidence is Evidence.JUDGED][:MOST_MARKERS]
    uses = {f.marker: {q.question_id: q for q in f.trust_card.questions} for f in judged}
    rows = [
        [
            named(item.question_id),
            _number(item.facility, percent),
            _number(item.discrimination, coefficient),
            *(_use(uses[f.marker][item.question_id]) for f in judged),
        ]
        for item in view.agreement.items
    ]
    known = any(item.discrimination is not None for item in view.agreement.items)
    hint = paragraph(_FACILITY, _DISCRIMINATION if known else "", class_="hint")
    head = ["Question", "Facility", "Discrimination", *(named(f.marker) for f in judged)]
    return join(hint, table(head, rows, class_="usable"), paragraph(_MEANING, class_="hint") if judged else "")


def _number(value: float | None, said: Callable[[float], str]) -> Html:
    return Html(DASH) if value is None else data(value, said(value))


def _use(found: QuestionUse) -> Html:
    kind = {Use.YES: "pass", Use.NO: "fail"}.get(found.use, "undecided")
    # Where answers were left out it matters how many.
    words = found.because.removeprefix("it ") if found.use is Use.UNMARKED else found.use.value
    return tag("span", f"{_SIGNS[found.use]} {words}", class_=f"verdict-{kind}", title=found.because)


def _legend(view: View) -> Html:
    few = any(part.evidence is Evidence.DOTS for f in view.compared for part in f.per_question.values())
    judged = any(f.overall.evidence is Evidence.JUDGED for f in view.compared)
    words = "The share of answers with exactly the human's mark: the darker, the fewer."
    return paragraph(words, _CLOSE if judged else "", _PALE if few else "", class_="hint")


def _weakest(view: View) -> Html:
    found = weakest(view, view.compared, WEAKEST)
    if not found:
        return Html("")
    rows = [[join(named(question), " · ", named(name)), figure_cell("exact", exact)] for question, name, exact in found]
    return tag("div", tag("h3", "Furthest from the human"), table(["Question, marker", "Same mark (95 % range)"], rows))


def _figures(view: View) -> Html:
    rows = [
        [
            _behind(view, q.question_id, found.marker),
            named(found.marker),
            str(part.figures["exact"].n),
            *(_cell(part, name) for name in _FIGURES),
        ]
        for q in view.table.questions
        for found in view.compared
        for part in [found.per_question[q.question_id]]
    ]
    head = ["Question", "Marker", "n", "Same mark", "In tolerance", "Mean distance", "Bias"]
    return more("The same as a table, with distances in marks", table(head, rows))


def _behind(view: View, question_id: str, marker: str) -> Html:
    """The name of a question: on its server a link to the answers on which the marker differs. A page has no room for
    the links of many markers.
    """
    if len(view.compared) > MOST_MARKERS:
        return named(question_id)
    return behind(view, named(question_id), question_id=question_id, marker=marker)


def _cell(part: Agreement, name: str) -> Html:
    return figure_cell(name, part.figures[name], part.unit, interval=part.evidence is not Evidence.DOTS)


def _every_mark(view: View) -> Html:
    """The tries of a marker side by side."""
    hidden = {(note["session_id"], note["question_id"]) for note in view.input.notes if note.get("hidden")}
    rows = [_answer(view, line) for line, answer in enumerate(view.input.marks.answers()) if answer not in hidden]
    if not rows:
        return Html("")
    head = ["Answer", "Max", "Human", *(named(found.marker) for found in view.markers)]
    hint = paragraph(
        "Tries are side by side. ≠ further from the human's mark than the tolerance, – no mark.", class_="hint"
    )
    return join(tag("h3", "Every mark"), hint, table(head, rows, class_="marks"))


def _answer(view: View, answer: int) -> list[str]:
    table_ = view.table
    question = table_.questions[table_.question[answer]]
    script = view.script_name(table_.scripts[table_.script[answer]])
    name = (
        named(question.question_id)
        if len(table_.scripts) == 1
        else join(named(script), " · ", named(question.question_id))
    )
    human = float(table_.human.marks[answer, 0])
    cells = [_tries(view, view.marker_of[found.marker], answer) for found in view.markers]
    return [name, number(question.max_marks), number(human) if np.isfinite(human) else "–", *cells]


def _tries(view: View, marker: Marker, answer: int) -> Html:
    human, tolerance = view.table.human.marks[answer, 0], view.table.tolerances[answer]
    said = []
    for mark, code in zip(marker.marks[answer].tolist(), marker.codes[answer].tolist(), strict=True):
        if code == Code.NOT_ASKED:
            continue
        said.append(number(mark) + against(mark, float(human), float(tolerance)) if code == Code.MARKED else "–")
    return between(" · ", (tag("span", words, class_="off" if "≠" in words else None) for words in said))


def against(mark: float, human: float, tolerance: float) -> str:
    """The sign of a mark beside the human's: ≠ beyond the tolerance."""
    return f"{NBSP}≠" if abs(mark - human) > tolerance + EPSILON else ""

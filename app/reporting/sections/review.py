"""What a human should look at: the most doubtful answers with their marks and notes, and what is left unseen."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

from app.agreement.residual import Residual
from app.agreement.review import QueueItem, QueueItems
from app.agreement.table import EPSILON, Code
from app.reporting.markup import Html, between, join, lines, tag, text
from app.reporting.plots.marks_line import marks_line
from app.reporting.plots.trade_off import trade_off_plot
from app.reporting.sections.questions import against
from app.reporting.tables import beside, more, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import count, data, fixed, kept_together, named, number, paragraph, percent

SHOWN = 20
SAMPLE_SHOWN = 4
OPENED = 1
# Fewer points are no curve.
LEAST_STEPS = 3
# All notes together stay below this, in bytes as sent, so that the page stays below 2 MB.
NOTES_BYTES = 700_000
LONGEST_NOTE = 600
CUT = " … (cut)"

Note = Mapping[str, Any]
Notes = Mapping[tuple[str, str], Note]


def section(view: View) -> Html:
    queue = view.input.queue
    sampled = queue.items.n_sampled
    flagged = len(queue.items) - sampled
    shown = shown_items(queue.items)
    notes: Notes = {(note["session_id"], note["question_id"]): note for note in view.input.notes}
    longest = longest_note(shown, notes)
    answers = [
        _answer(view, item, notes.get((item.script, item.question_id), {}), place, longest)
        for place, item in enumerate(shown)
    ]
    advice = paragraph(tag("strong", kept_together(queue.advice)))
    summary = paragraph(
        _doubtful(view, flagged),
        f" At its end stand {count(sampled, 'answer')} drawn at random from the others, to measure what is left. "
        if sampled > 1
        else " At its end stands one answer drawn at random from the others, to measure what is left. "
        if sampled
        else " ",
        kept_together(queue.residual.sentence),
    )  # fmt: skip
    listed = (
        [_legend(view), tag("div", lines(answers), class_="queue"), _rest(view)]
        if answers
        else [paragraph("No answer is doubtful.")]
    )
    return framed("review", "What a human should look at", "review queue", advice, summary, _trade_off(view), *listed)


def _doubtful(view: View, flagged: int) -> Html:
    """How many answers the list holds, and how many of them the advice is about."""
    n, advised = len(view.table.script), view.input.queue.advised
    if not flagged:
        return Html(f"No answer of {n:,} gives any reason for doubt.")
    first = advised is not None and 0 < advised.n_review < flagged
    return join(
        f"The list below holds all {count(flagged, 'answer')} of {n:,} on which the markers' own marks give reason for "
        "doubt, most doubtful first."
        if flagged > 1
        else f"The list below holds the one answer of {n:,} on which the markers' own marks give reason for doubt.",
        f" Its first {advised.n_review:,} are these; a look at the whole list leaves fewer differences."
        if first and advised is not None
        else "",
    )


def _legend(view: View) -> Html:
    """The words and signs of the list."""
    one = len(view.markers) == 1
    whose = "The marker's mark is the middle of its tries" if one else "The markers' mark is the middle of all theirs"
    return paragraph(
        f"{whose}, of two middle marks the lower. On the line from 0 to the maximum ● is a mark given, larger where "
        "more gave it, and ▲ the human's. Disagreement: the marks given are not all the same. Near a boundary: they "
        "lie near a quarter or three quarters of the maximum, or on both sides of it.",
        class_="hint",
    )


def shown_items(items: QueueItems) -> tuple[QueueItem, ...]:
    """The most doubtful, and at the end some of the sample: it measures what is left only where it is looked at."""
    flagged = len(items) - items.n_sampled
    drawn = items[flagged : flagged + SAMPLE_SHOWN]
    return (*items[: min(flagged, SHOWN - len(drawn))], *drawn)


def _rest(view: View) -> Html:
    items = view.input.queue.items
    shown = shown_items(items)
    left = len(items) - len(shown)
    if not left:
        return Html("")
    sampled = items.n_sampled - sum(item.sampled for item in shown)
    return paragraph(
        f"{len(shown)} are shown. {count(left, 'more answer')} in the list",
        f", {sampled} of them drawn at random: " if sampled else ": ",
        _where(view),
        class_="rest",
    )


def _where(view: View) -> Html:
    of = view.input.json_url.removesuffix("/agreement")
    if view.input.kind == "session":
        return join("GET ", tag("code", f"{of}/review-queue"), " lists them all.")
    if view.here is not None:
        return join("look at them all on the ", tag("a", "review desk", href=f"{view.here}desk"), ".")
    return join("the server with these marks shows them all on the review desk, ", tag("code", f"{of}/desk"), ".")


def longest_note(shown: tuple[QueueItem, ...], notes: Notes) -> int:
    """How long a note may be so that all shown together stay in bounds."""
    found = [
        str(mark.get("rubric_notes") or "")
        for item in shown
        for mark in notes.get((item.script, item.question_id), {}).get("marks", ())
    ]
    longest = LONGEST_NOTE
    while longest > 1 and sum(len(text(note[:longest]).encode()) for note in found) > NOTES_BYTES:
        longest //= 2
    return longest


def _trade_off(view: View) -> Html:
    steps = view.input.queue.trade_off
    head = ["Doubt from", "To look at", "Differing among the rest", "Measured on"]
    rows = [
        [fixed(step.threshold), f"{step.n_review:,}", _error(step.residual), count(step.residual.error.n, "answer")]
        for step in steps
    ]
    whole = more("Look at more, or at fewer: every threshold", table(head, rows))
    intro = paragraph(
        "Differing, and ≠ beside a mark: further from the human's mark than the question's tolerance. ", _unheard(view),
        "“At most” holds with 95 per cent confidence. Measured on ",
        view.input.queue.residual.basis, ".", class_="hint",
    )  # fmt: skip
    intro = join(intro, _curve(view))
    if sum(step.residual.error.value is not None for step in steps) < LEAST_STEPS:
        return join(intro, _now(view), whole)
    drawn = paragraph(
        "In the picture each dot is one choice of how many answers to look at; the line above it ends at the most that "
        f"may differ among the rest. The ring is {'the advice' if view.input.queue.advised else 'the whole list'}.",
        class_="hint",
    )
    return beside(trade_off_plot(view.input.queue, len(view.table.script)), join(drawn, intro), _now(view), whole)


def _unheard(view: View) -> str:
    queue = view.input.queue
    if not queue.n_unmarked or not queue.n_known:
        return ""
    return "An answer without a mark, or with marks of failed markers only, counts as differing too. "


def _curve(view: View) -> Html:
    """How well the probabilities hold: each answer's comes from the other scripts."""
    curve = view.input.queue.curve
    if not curve:
        return Html("")
    rows = [[data(p.predicted, percent(p.predicted)), data(p.observed, percent(p.observed)), str(p.n)] for p in curve]
    head = ["Predicted to differ", "Did differ", "Answers"]
    return more("How often predicted differences came true", table(head, rows))


def _now(view: View) -> Html:
    left = view.input.queue.residual
    rows = [[count(left.n_unflagged, "answer"), _error(left), count(left.error.n, "answer")]]
    return table(["Outside the list", "Differing among them", "Measured on"], rows)


def _error(left: Residual) -> Html:
    error = left.error
    if error.value is None:
        return tag("span", "–", class_="none", title=error.reason)
    if error.shown is None:
        return data(error.value, percent(error.value))
    return join(
        data(error.value, percent(error.value)),
        " ",
        tag("small", "at most ", data(error.shown[1], percent(error.shown[1])), class_="interval"),
    )


def _answer(view: View, item: QueueItem, note: Note, place: int, longest: int) -> Html:
    if note.get("hidden"):
        return _hidden(view, item)
    maximum = view.table.questions[view.table.question[item.answer]].max_marks
    marks = [("human", item.human), ("marker" if len(view.markers) == 1 else "markers", item.consensus)]
    said = between(" · ", (join(f"{who} ", tag("b", "–" if mark is None else number(mark))) for who, mark in marks))
    summary = join(
        tag("span", _which(view, item), class_="which"),
        tag("span", said, f" of {number(maximum)}", class_="given"),
        marks_line(view, item, f"line-{place}"),
        tag("span", ", ".join(item.reasons), class_="reasons"),
        tag("span", "" if item.sampled else _doubt(view, item), class_="doubt"),
    )
    body = [_marks(view, item, note, longest), _reviews(note), _links(view, item)]
    return more(summary, *body, opened=place < OPENED, class_="answer")


def _hidden(view: View, item: QueueItem) -> Html:
    """An answer that nobody has marked, where the exam has blind marking."""
    summary = join(
        tag("span", _which(view, item), class_="which"),
        tag("span", "blind marking hides all marks until a person has marked this answer", class_="given"),
    )
    return more(summary, *(paragraph(link, class_="hint") for link in _desk_link(view, item)), class_="answer")


def _which(view: View, item: QueueItem) -> Html:
    return join(named(view.script_name(item.script)), " · ", named(item.question_id))


def _links(view: View, item: QueueItem) -> Html:
    """Where the answer can be looked at, and what was paid for its marks."""
    if view.here is None:
        return Html("")
    calls = tag("a", "the calls behind these marks", href=f"{view.input.server}/sessions/{quote(item.script)}/calls")
    return paragraph(between(" · ", [*_desk_link(view, item), calls]), class_="hint")


def _desk_link(view: View, item: QueueItem) -> list[Html]:
    """A single script has no desk."""
    if view.here is None or view.input.kind != "exam":
        return []
    where = urlencode({"session": item.script, "question": item.question_id})
    return [tag("a", "look at this answer on the desk", href=f"{view.here}desk?{where}")]


def _doubt(view: View, item: QueueItem) -> Html:
    """How far the markers are from the human, or how likely far where no human marked."""
    if item.human is not None and item.consensus is not None:
        apart = abs(item.consensus - item.human)
        if apart <= EPSILON:
            return Html("same mark")
        if apart <= float(view.table.tolerances[item.answer]) + EPSILON:
            return Html("in tolerance")
        return join("differs by ", data(apart, number(apart)))
    if item.consensus is None:
        return Html("")
    if item.probability is None:
        return join("doubt ", data(item.doubt, fixed(item.doubt)))
    return join(data(item.probability, percent(item.probability)), " likely to differ")


def _marks(view: View, item: QueueItem, note: Note, longest: int) -> Html:
    by_marker: dict[str, dict[int, Note]] = defaultdict(dict)
    for mark in note.get("marks", ()):
        by_marker[mark["model_name"]][mark["try_index"]] = mark
    rows = [
        [named(found.marker), *_marker_cells(view, item, found.marker, by_marker[found.marker], longest)]
        for found in view.markers
    ]
    return table(["Marker", "Marks", "Notes"], rows, class_="notes")


def _marker_cells(view: View, item: QueueItem, name: str, notes: Mapping[int, Note], longest: int) -> list[Html]:
    marker = view.marker_of[name]
    human = view.table.human.marks[item.answer, 0]
    tolerance = float(view.table.tolerances[item.answer])
    said, notes_of_tries = [], []
    for index, mark, code in zip(
        marker.tries, marker.marks[item.answer].tolist(), marker.codes[item.answer].tolist(), strict=True
    ):
        if code != Code.NOT_ASKED:
            said.append(number(mark) + against(mark, float(human), tolerance) if np.isfinite(mark) else "–")
            notes_of_tries.append((index, _note(notes.get(index, {}), longest)))
    several = len(marker.tries) > 1
    return [
        between(" · ", said),
        lines(_try(index, words, several=several) for index, words in _merged(notes_of_tries)),
    ]


def _merged(notes_of_tries: list[tuple[int, str]]) -> list[tuple[str, str]]:
    """Each different note once, with the tries that gave it."""
    by_words: dict[str, list[int]] = {}
    for index, words in notes_of_tries:
        by_words.setdefault(words, []).append(index)
    return [(", ".join(map(str, tries)), words) for words, tries in by_words.items() if words]


def _try(index: str, words: str, *, several: bool) -> Html:
    return paragraph(tag("small", f"try {index}: ") if several else "", words, class_="note")


def _note(mark: Note, longest: int) -> str:
    words = str(mark.get("rubric_notes") or "").strip()
    errors = [str(error.get("message") or error.get("reason") or "") for error in mark.get("validation_errors") or ()]
    if mark and mark.get("marks_awarded") is None and errors:
        words = f"No mark: {'; '.join(errors)} {words}".strip()
    return words if len(words) <= longest else words[:longest].rstrip() + CUT


def _reviews(note: Note) -> Html:
    return join(*(_review(review) for review in note.get("reviews", ())))


def _review(review: Note) -> Html:
    by = join(" by ", named(str(review["reviewer"]))) if review.get("reviewer") else Html("")
    words = f": {str(review['note'])[:LONGEST_NOTE]}" if review.get("note") else ""
    return paragraph("Reviewed", by, ", final mark ", tag("b", number(float(review["mark"]))), words, class_="reviewed")

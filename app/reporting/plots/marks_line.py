"""All marks of one answer on a line from 0 to its maximum; the human's is the triangle below."""

from collections import Counter

import numpy as np

from app.agreement.review import QueueItem
from app.reporting.markup import Html, join, tag
from app.reporting.svg import Scale, circle, line, svg
from app.reporting.view import View
from app.reporting.words import number

_WIDTH, _HEIGHT, _BASE = 132.0, 30.0, 18.0


def marks_line(view: View, item: QueueItem, key: str) -> Html:
    """The area of a dot grows with the number of marks."""
    maximum = view.table.questions[view.table.question[item.answer]].max_marks
    scale = Scale(0, maximum or 1, 8, _WIDTH - 8)
    marks = np.concatenate([marker.marks[item.answer] for marker in view.table.markers] or [np.empty(0)])
    counts = Counter(np.round(marks[np.isfinite(marks)], 6).tolist())
    most = max(counts.values(), default=1)
    points = [
        circle(scale(mark), _BASE, 2 + 4 * (times / most) ** 0.5, "mark") for mark, times in sorted(counts.items())
    ]
    ends = [line(x, _BASE - 4, x, _BASE + 4, "axis") for x in (scale.start, scale.end)]
    given = ", ".join(f"{number(mark)} ({times})" for mark, times in sorted(counts.items())) or "none"
    human = "no human mark" if item.human is None else f"human {number(item.human)}"
    base = line(scale.start, _BASE, scale.end, _BASE, "axis")
    words = f"Marks given, and how often: {given}; {human}; maximum {number(maximum)}."
    return svg(
        key, _HEIGHT, "Marks of this answer", words, base, *ends, join(*points), _human(item, scale), width=_WIDTH
    )


def _human(item: QueueItem, scale: Scale) -> Html:
    if item.human is None:
        return Html("")
    x = scale(item.human)
    return tag("path", d=f"M{x:.1f} {_BASE + 2:.1f}l5 9h-10z", class_="human")

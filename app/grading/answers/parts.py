"""Marks of parts: which entries are parts, and their sum if the template asks for parts."""

import re
from collections.abc import Iterable, Sequence

from app.answer_json import repair_latex
from app.grading.answers.keys import Meaning, meaning, words
from app.grading.answers.one_mark import finding, read_mark
from app.grading.answers.shapes import Entry
from app.marks.model import Finding, Question, QuestionMark
from app.marks.reasons import Reason

# A label such as "M1" or "(ii)". A longer text is a description.
_LONGEST_LABEL = 24
# The page of an answer does not make it a part.
_PLACES = frozenset({"page", "section"})
_QUOTED_KEY = re.compile(r"""["'“”]([^"'“”\n]{1,60})["'“”]\s{0,20}:""")


def asks_for_parts(form: str) -> bool:
    """Whether a form of answer, as a template shows it, has entries for parts: a part's name and an award."""
    meant = {meaning(key) for key in _QUOTED_KEY.findall(form) if not words(key) & _PLACES}
    return Meaning.PART in meant and bool(meant & {Meaning.AWARD, Meaning.PLAIN})


def is_a_part(entry: Entry, question: Question) -> bool:
    """Whether one entry by itself is about a part of the question."""
    if entry.parts and not entry.marks:
        return True
    return any(
        not words(key) & _PLACES and len(label) <= _LONGEST_LABEL and not question.question_id.endswith(label)
        for key, label in entry.part
    )


def are_parts(entries: Sequence[Entry], question: Question) -> bool:
    """Whether several entries of one question say themselves that each is about another part of it."""
    labels = {entry.part for entry in entries}
    inside = any(entry.parts and not entry.marks for entry in entries)
    return len(entries) > 1 and (inside or (len(labels) == len(entries) and bool(question) and () not in labels))


def sum_of_parts(question: Question, entries: Sequence[Entry]) -> QuestionMark:
    """The sum of all parts, each read once, or why there is none."""
    parts = list(_parts(entries))
    raw = [entry.raw for entry in entries]
    notes = "\n".join(filter(None, (repair_latex(part.notes) for part in parts))) or None
    total = _total(question, parts)
    if isinstance(total, Finding):
        return QuestionMark(question.question_id, None, notes, raw, (total,))
    return QuestionMark(question.question_id, total, notes, raw)


def _parts(entries: Iterable[Entry]) -> Iterable[Entry]:
    for entry in entries:
        yield from entry.parts if entry.parts and not entry.marks else (entry,)


def _total(question: Question, parts: Sequence[Entry]) -> float | Finding:
    total = 0.0
    labels = [part.part for part in parts]
    given = ", ".join(str(mark) for part in parts for mark in part.marks)
    if () in labels or len(set(labels)) < len(labels):
        message = "The answer gives several marks for this question and does not say of which part each is."
        return finding(Reason.SEVERAL_ENTRIES, message, question, given)
    for part in parts:
        marks = [read_mark(mark, question) for mark in part.marks]
        if len(marks) != 1:
            return finding(Reason.SEVERAL_ENTRIES, "A part of this question has no single mark.", question, given)
        mark = marks[0]
        if isinstance(mark, Finding):
            return mark
        total += mark
    checked = read_mark(round(total, 6), question)
    return finding(Reason.OUT_OF_RANGE, checked.message, question, given) if isinstance(checked, Finding) else checked

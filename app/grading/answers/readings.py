"""What one entry says of its question, as a mark or as the reason why there is none."""

from collections.abc import Sequence

from app.answer_json import repair_latex
from app.grading.answers.one_mark import finding, read_mark
from app.grading.answers.shapes import Entry
from app.marks.model import Finding, Json, Question, QuestionMark
from app.marks.reasons import Reason


def reading_of(question: Question, entry: Entry, written: Json) -> QuestionMark:
    """The mark that one award of `entry` gives, or the finding that says why it gives none."""
    notes = repair_latex(entry.notes)
    if written is None:
        if notes:
            return unmarked(question, Reason.ABSTAINED, Reason.ABSTAINED.sentence, [entry])
        return unmarked(question, Reason.UNREADABLE, "The answer gives no mark here and no reason why.", [entry])
    mark = read_mark(written, question)
    if isinstance(mark, Finding):
        return QuestionMark(question.question_id, None, notes, entry.raw, (mark,))
    return QuestionMark(question.question_id, mark, notes, entry.raw)


def unmarked(
    question: Question, reason: Reason, message: str, entries: Sequence[Entry] = (), found: Json = None
) -> QuestionMark:
    """No mark, with the reason, the first entry's notes and every entry stored with it."""
    raw = [entry.raw for entry in entries]
    notes = repair_latex(entries[0].notes) if entries else None
    kept = raw[0] if len(raw) == 1 else raw or None
    return QuestionMark(question.question_id, None, notes, kept, (finding(reason, message, question, found),))

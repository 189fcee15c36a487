"""Two answers of one attempt as one."""

from collections.abc import Iterable

from app.marks.model import ParsedAnswer, QuestionMark

NOTHING_READ = "Nothing in the model's answer could be read as marks."


def merge(first: ParsedAnswer, second: ParsedAnswer) -> ParsedAnswer:
    """`first`, with what it left unmarked filled from `second`, an answer to the same questions asked again.

    A question that `first` marked or declined stays as it is. One that neither marked keeps its first reason, and has
    the second one after it where that is another. A mark that both give and only their totals contradict is taken: two
    answers agree on it, and models add up badly.
    """
    others = {mark.question_id: mark for mark in second.marks}
    marks = tuple(_filled(mark, others.get(mark.question_id)) for mark in first.marks)
    findings = tuple(dict.fromkeys(first.findings + second.findings))
    passed_over = first.passed_over + second.passed_over
    return ParsedAnswer(marks, f"{first.parse_path}+{second.parse_path}", error_of(marks), findings, passed_over)


def _filled(first: QuestionMark, second: QuestionMark | None) -> QuestionMark:
    if first.marks_awarded is not None or first.abstained or second is None:
        return first
    if second.marks_awarded is not None:
        return second
    if first.withheld is not None and first.withheld == second.withheld:
        return QuestionMark(first.question_id, first.withheld, first.rubric_notes, first.raw)
    findings = tuple(dict.fromkeys(first.findings + second.findings))
    notes = first.rubric_notes or second.rubric_notes
    return QuestionMark(first.question_id, None, notes, first.raw if first.raw is not None else second.raw, findings)


def error_of(marks: Iterable[QuestionMark]) -> str | None:
    return None if any(mark.marks_awarded is not None or mark.abstained for mark in marks) else NOTHING_READ

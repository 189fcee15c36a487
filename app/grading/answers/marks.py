"""From a completion to marks: pure, total (nothing a model writes raises), and never a mark that was not given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.answer_json import (
    LONGEST_TEXT,
    decode_whole,
    find_json,
    repair_latex,
    with_stray_backslashes_doubled,
    without_thinking,
)
from app.grading.answers.criteria import ParsedCriteria, parse_criteria
from app.grading.answers.one_mark import finding, read_mark, shown
from app.grading.answers.repair import repair
from app.grading.answers.shapes import Entry, read_entries
from app.marks.model import Finding, Json, ParsedAnswer, Question, QuestionMark
from app.marks.reasons import Reason

__all__ = ["ParsedCriteria", "merge", "parse_answer", "parse_criteria"]

NOTHING_READ = "Nothing in the model's answer could be read as marks."
_MOST_UNKNOWN = 20


@dataclass(frozen=True, slots=True)
class _Candidate:
    entries: list[Entry]
    covered: int
    path: str


def parse_answer(text: str, questions: Sequence[Question]) -> ParsedAnswer:
    """Read a completion against the questions that were asked.

    Of several JSON values the one that gives marks to most of the questions counts, the later one on a tie.
    `parse_path` is one of
    - `json`: the completion is JSON and nothing else; `fenced`, `prose`: found in a code fence, in other text;
    - `escapes`: found after doubling stray backslashes (LaTeX in notes), which touches no mark;
    - `repaired`: mended by json_repair, and every question is there exactly once with the mark that stands in the text;
    - `none`: no JSON with marks.
    A mark of null is an abstention when a note says why, otherwise it is unreadable. `parse_error` is set exactly when
    no question has a mark or an abstention.
    """
    known = frozenset(question.question_id for question in questions)
    best = _best_candidate(text, known)
    if best is None:
        marks = tuple(_unmarked(question, Reason.PARSE, NOTHING_READ) for question in questions)
        return ParsedAnswer(marks, "none", NOTHING_READ)
    by_id: dict[str, list[Entry]] = {}
    for entry in best.entries:
        for question_id in entry.ids:
            by_id.setdefault(question_id, []).append(entry)
    marks = tuple(_mark(question, by_id.get(question.question_id, [])) for question in questions)
    return ParsedAnswer(marks, best.path, _error(marks), _unknown(best.entries, known))


def merge(first: ParsedAnswer, second: ParsedAnswer) -> ParsedAnswer:
    """`first`, with what it left unmarked filled from `second`, an answer to the same questions asked again.

    A question that `first` marked or declined stays as it is. One that neither marked keeps its first reason, and has
    the second one after it where that is another.
    """
    others = {mark.question_id: mark for mark in second.marks}
    marks = tuple(_filled(mark, others.get(mark.question_id)) for mark in first.marks)
    findings = tuple(dict.fromkeys(first.findings + second.findings))
    return ParsedAnswer(marks, f"{first.parse_path}+{second.parse_path}", _error(marks), findings)


def _filled(first: QuestionMark, second: QuestionMark | None) -> QuestionMark:
    if first.marks_awarded is not None or first.abstained or second is None:
        return first
    if second.marks_awarded is not None:
        return second
    findings = tuple(dict.fromkeys(first.findings + second.findings))
    notes = first.rubric_notes or second.rubric_notes
    return QuestionMark(first.question_id, None, notes, first.raw if first.raw is not None else second.raw, findings)


def _error(marks: Iterable[QuestionMark]) -> str | None:
    return None if any(mark.marks_awarded is not None or mark.abstained for mark in marks) else NOTHING_READ


def _best_candidate(text: str, known: frozenset[str]) -> _Candidate | None:
    if len(text) > LONGEST_TEXT:
        text = text.strip()
    if len(text) > LONGEST_TEXT:
        return None
    # A note may speak of a think block: what is JSON as it stands needs no clearing.
    visible = text if decode_whole(text.strip()) is not None else without_thinking(text)
    best = _best_of(_candidates(visible, known))
    escaped = with_stray_backslashes_doubled(visible)
    if (best is None or best.covered < len(known)) and escaped != visible:
        best = _best_of([*_candidates(escaped, known, path="escapes"), *([best] if best else [])])
    if best is None or best.covered == 0:
        best = _repaired(visible, known) or best
    return best


def _candidates(text: str, known: frozenset[str], path: str | None = None) -> list[_Candidate]:
    found = find_json(text)
    candidates = []
    for one in found:
        # {"1a": 3} in prose may be anything, such as the maxima; alone it is the answer.
        alone = one.path == "json" or (one.path == "fenced" and len(found) == 1)
        entries = read_entries(one.value, known, bare_map=alone)
        if entries:
            candidates.append(_Candidate(entries, _covered(entries, known), path or one.path))
    return candidates


def _covered(entries: Iterable[Entry], known: frozenset[str]) -> int:
    return len({one for entry in entries if entry.marks for one in entry.ids} & known)


def _best_of(candidates: Iterable[_Candidate]) -> _Candidate | None:
    return max(reversed(list(candidates)), key=lambda candidate: candidate.covered, default=None)


def _repaired(text: str, known: frozenset[str]) -> _Candidate | None:
    mended = repair(text, len(known))
    if mended is None:
        return None
    value, marks = mended
    entries = read_entries(value, known)
    each_once = len(entries) == len(known) and _covered(entries, known) == len(known)
    as_written = each_once and tuple(mark for entry in entries for mark in entry.marks) == marks
    return _Candidate(entries, len(known), "repaired") if as_written else None


def _mark(question: Question, entries: list[Entry]) -> QuestionMark:
    spoken = [entry for entry in entries if entry.marks]
    if not spoken:
        message = "The answer names this question but gives it no mark." if entries else "The answer leaves it out."
        return _unmarked(question, Reason.MISSING, message, entries)
    if any(len(entry.ids) > 1 for entry in spoken):
        return _unmarked(question, Reason.DUPLICATE, "The answer gives one mark for two different questions.", spoken)
    readings = [_reading(question, entry, mark) for entry in spoken for mark in entry.marks]
    if len({_gist(reading) for reading in readings}) > 1:
        given = ", ".join(shown(mark) for entry in spoken for mark in entry.marks)
        return _unmarked(question, Reason.DUPLICATE, "The answer gives this question different marks.", spoken, given)
    return readings[0]


def _gist(reading: QuestionMark) -> float | Reason:
    return reading.findings[0].reason if reading.marks_awarded is None else reading.marks_awarded


def _reading(question: Question, entry: Entry, written: Json) -> QuestionMark:
    notes = repair_latex(entry.notes)
    if written is None:
        if notes:
            return _unmarked(question, Reason.ABSTAINED, "The model declined to mark this question.", [entry])
        return _unmarked(question, Reason.UNREADABLE, "The answer gives no mark here and no reason why.", [entry])
    mark = read_mark(written, question)
    if isinstance(mark, Finding):
        return QuestionMark(question.question_id, None, notes, entry.raw, (mark,))
    return QuestionMark(question.question_id, mark, notes, entry.raw)


def _unmarked(
    question: Question, reason: Reason, message: str, entries: Sequence[Entry] = (), found: Json = None
) -> QuestionMark:
    raw = [entry.raw for entry in entries]
    notes = repair_latex(entries[0].notes) if entries else None
    kept = raw[0] if len(raw) == 1 else raw or None
    return QuestionMark(question.question_id, None, notes, kept, (finding(reason, message, question, found),))


def _unknown(entries: Iterable[Entry], known: frozenset[str]) -> tuple[Finding, ...]:
    """One finding for each id that was not asked; of very many the first 20 and how many more there are."""
    ids = dict.fromkeys(one for entry in entries if entry.marks for one in entry.ids or ("",))
    strange = [one for one in ids if one not in known]
    findings = [
        Finding(Reason.UNKNOWN_QUESTION, "The answer marks a question that was not asked.", found=shown(one))
        if one
        else Finding(Reason.UNKNOWN_QUESTION, "The answer gives a mark without saying for which question.")
        for one in strange[:_MOST_UNKNOWN]
    ]
    if len(strange) > _MOST_UNKNOWN:
        rest = f"The answer marks {len(strange) - _MOST_UNKNOWN} more questions that were not asked."
        findings.append(Finding(Reason.UNKNOWN_QUESTION, rest))
    return tuple(findings)

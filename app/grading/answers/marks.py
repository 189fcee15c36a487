"""From a completion to marks: pure, total (nothing a model writes raises), and never a mark that was not given.

A mark is taken only where the answer states it as the award for that question and nothing in the answer contradicts it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.grading.answers.checks import contradiction
from app.grading.answers.keys import Meaning
from app.grading.answers.merged import NOTHING_READ, error_of
from app.grading.answers.one_mark import finding, shown
from app.grading.answers.parts import are_parts, is_a_part, sum_of_parts
from app.grading.answers.pieces import Piece, Pieces, known_ids, read_pieces
from app.grading.answers.readings import reading_of, unmarked
from app.grading.answers.requested import requested_form
from app.grading.answers.shapes import Entry
from app.grading.answers.spoken import spoken_mark
from app.grading.answers.totals import other_total
from app.marks.model import Finding, Json, ParsedAnswer, PassedOver, Question, QuestionMark
from app.marks.question_ids import QuestionIds
from app.marks.reasons import Reason

_BEATEN = "The marks in the requested form were read instead."
_OTHER_TOTAL = "A total over all questions that the answer states does not fit its marks."
_MOST_UNKNOWN = 20


@dataclass(frozen=True, slots=True)
class _Said:
    """One statement about a question: the entry, and which piece of the answer it stands in."""

    entry: Entry
    piece: int


def parse_answer(text: str, questions: Sequence[Question], *, adds_parts: bool = False) -> ParsedAnswer:
    """Read a completion against the configured questions. `adds_parts`: the template asks for marks of parts, and their
    sum is the question's mark; otherwise parts leave the question unmarked.

    Of several pieces of JSON those in the requested form count where they give every question a mark. Pieces that
    contradict each other leave the questions unmarked about which they differ; a later piece that leaves a question out
    takes back what an earlier one gave. `parse_path` is one of
    - `json`: the completion is JSON and nothing else; `fenced`, `prose`: found in a code fence, in other text;
    - `escapes`: found after doubling stray backslashes (LaTeX in notes), which touches no mark;
    - `repaired`: mended by json_repair, and every question is there exactly once with the mark that stands in the text;
    - `none`: no JSON with marks.
    A mark of null is an abstention when a note says why, otherwise it is unreadable. `parse_error` is set exactly when
    no question has a mark or an abstention.
    """
    marks = requested_form(text, questions)
    if marks is not None:
        return ParsedAnswer(marks, "json", error_of(marks))
    return parse_any_form(text, questions, adds_parts=adds_parts)


def parse_any_form(text: str, questions: Sequence[Question], *, adds_parts: bool = False) -> ParsedAnswer:
    """The same for any completion, without the short way for one that is wholly the requested form."""
    read = read_pieces(text, questions)
    known = known_ids(questions)
    chosen, beaten = _chosen(read.pieces, known)
    passed_over = (*read.passed_over, *(PassedOver(_BEATEN, _excerpt(piece)) for piece in beaten))
    if not chosen:
        marks = tuple(unmarked(question, Reason.PARSE, NOTHING_READ) for question in questions)
        return ParsedAnswer(marks, "none", NOTHING_READ, passed_over=passed_over)
    marks = tuple(_Reading(question, read, chosen, known, adds_parts).mark() for question in questions)
    marks = _withheld(marks, read, known, questions)
    entries = [entry for piece in chosen for entry in piece.entries]
    return ParsedAnswer(marks, read.path, error_of(marks), _unknown(entries, known), passed_over)


def _withheld(
    marks: tuple[QuestionMark, ...], read: Pieces, known: QuestionIds, questions: Sequence[Question]
) -> tuple[QuestionMark, ...]:
    """`marks`, all of them withheld where a total that the answer states for all questions contradicts their sum."""
    given = [mark.marks_awarded for mark in marks if mark.marks_awarded is not None]
    if not given or not all(mark.marks_awarded is not None or mark.abstained for mark in marks):
        return marks
    totals = (other_total(value, known, questions, given) for value in read.values)
    said = next(filter(None, totals), None)
    return marks if said is None else tuple(_without(mark, said, is_of_several=len(marks) > 1) for mark in marks)


def _without(mark: QuestionMark, said: str, *, is_of_several: bool) -> QuestionMark:
    if mark.marks_awarded is None:
        return mark
    found = f"{mark.marks_awarded:g}; {said}"
    why = Finding(Reason.CONTRADICTORY, _OTHER_TOTAL, mark.question_id, found)
    withheld = mark.marks_awarded if is_of_several else None
    return QuestionMark(mark.question_id, None, mark.rubric_notes, mark.raw, (why,), withheld)


def _chosen(pieces: Sequence[Piece], known: QuestionIds) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """The pieces that count, and those beaten by the requested form."""
    if any(piece.is_asked and len(piece.covers(known)) == len(known) for piece in pieces):
        return [piece for piece in pieces if piece.is_asked], [piece for piece in pieces if not piece.is_asked]
    return pieces, []


def _excerpt(piece: Piece) -> str:
    return shown(str(piece.entries[0].raw))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One question against the pieces that count."""

    question: Question
    read: Pieces
    pieces: Sequence[Piece]
    known: QuestionIds
    adds_parts: bool

    def mark(self) -> QuestionMark:
        """The mark that everything in the answer agrees on, or why there is none."""
        given = self._given()
        if given.marks_awarded is None:
            return given
        found = self.read.doubt and f"{given.marks_awarded:g}, {shown(self.read.doubt)}"
        if found:
            message = "The answer takes marks back, or goes on with a piece that cannot be read."
            return self._refused(given, finding(Reason.CONTRADICTORY, message, self.question, found))
        if self.read.path != "json" and (said := spoken_mark(self.read.prose, self.question, given.marks_awarded)):
            message = "The text beside the answer gives this question another mark."
            found = f"{given.marks_awarded:g}, {shown(said)}"
            return self._refused(given, finding(Reason.CONTRADICTORY, message, self.question, found))
        return given

    def _given(self) -> QuestionMark:
        question = self.question
        said = [
            _Said(entry, index)
            for index, piece in enumerate(self.pieces)
            for entry in piece.entries
            if question.question_id in entry.ids
        ]
        spoken = [one for one in said if one.entry.marks or one.entry.parts]
        entries = [one.entry for one in spoken]
        if not spoken:
            named = "The answer names this question but gives it no mark."
            return unmarked(
                question, Reason.MISSING, named if said else Reason.MISSING.sentence, [o.entry for o in said]
            )
        if any(len(entry.ids) > 1 for entry in entries):
            found = ", ".join(shown(one) for entry in entries for one in entry.ids)
            message = "The answer gives one mark for two different questions."
            return unmarked(question, Reason.DUPLICATE, message, entries, found)
        if any(self._only_counts(self.pieces[one.piece]) for one in spoken):
            message = "The answer counts the questions instead of naming them: this id may mean another question."
            return unmarked(question, Reason.CONTRADICTORY, message, entries, _all_marks(entries))
        if self._is_left_out_later(max(one.piece for one in spoken)):
            message = "A later piece of the answer leaves out the mark that an earlier one gives this question."
            return unmarked(question, Reason.CONTRADICTORY, message, entries, _all_marks(entries))
        return self._agreed(spoken, said)

    def _only_counts(self, piece: Piece) -> bool:
        """Whether the ids of a piece are 1, 2, 3 (or 0, 1, 2) for as many questions, and not all are configured."""
        ids = [one for entry in piece.entries for one in entry.ids]
        if len(ids) != len(self.known) or all(one in self.known for one in ids):
            return False
        return any(ids == [str(number) for number in range(first, first + len(ids))] for first in (0, 1))

    def _is_left_out_later(self, last: int) -> bool:
        covered = self.pieces[last].covers(self.known)
        return any(piece.covers(self.known) & covered for piece in self.pieces[last + 1 :])

    def _agreed(self, spoken: Sequence[_Said], said: Sequence[_Said]) -> QuestionMark:
        question, entries = self.question, _distinct(spoken)
        if are_parts(entries, question) or (len(entries) == 1 and is_a_part(entries[0], question)):
            return self._sum(entries, said)
        readings = [reading_of(question, entry, mark) for entry in entries for mark in entry.marks]
        if len({_gist(reading) for reading in readings}) > 1:
            return unmarked(question, Reason.DUPLICATE, Reason.DUPLICATE.sentence, entries, _all_marks(entries))
        if len(entries) > 1:
            return self._sum(entries, said)
        against = contradiction(entries[0], readings[0].marks_awarded, question) or self._other_maximum(said)
        return self._refused(readings[0], against) if against else readings[0]

    def _other_maximum(self, said: Sequence[_Said]) -> Finding | None:
        """Another maximum of this question that a map or an entry without a mark states."""
        stated = self.read.maxima.get(self.question.question_id)
        claimed = ((Meaning.MAXIMUM, stated),) if stated is not None else ()
        beside = [one.entry for one in said if not one.entry.marks]
        entries = [Entry((), (), None, None, claimed), *beside]
        return next(filter(None, (contradiction(entry, None, self.question) for entry in entries)), None)

    def _sum(self, entries: Sequence[Entry], said: Sequence[_Said]) -> QuestionMark:
        """The sum of the parts, where the template asks for parts and none of them can have been lost."""
        everything = (entry for piece in self.pieces for entry in piece.entries)
        is_lost = any(not (entry.marks or entry.parts) for entry in (one.entry for one in said)) or any(
            not any(one in self.known for one in entry.ids) for entry in everything
        )
        return sum_of_parts(self.question, entries) if self.adds_parts and not is_lost else self._several(entries)

    def _several(self, entries: Sequence[Entry]) -> QuestionMark:
        reason = Reason.SEVERAL_ENTRIES
        parts = [part for entry in entries for part in (entry.parts if not entry.marks else (entry,))]
        return unmarked(self.question, reason, reason.sentence, entries, _all_marks(parts))

    def _refused(self, given: QuestionMark, why: Finding) -> QuestionMark:
        return QuestionMark(given.question_id, None, given.rubric_notes, given.raw, (why,))


def _distinct(spoken: Sequence[_Said]) -> list[Entry]:
    """The statements without repeats. In another piece the same mark without a word more is a repeat as well."""
    kept: dict[tuple[Json, ...], _Said] = {}
    for one in spoken:
        entry = one.entry
        marks, rest = tuple(str(mark).strip() for mark in entry.marks), entry.beside_the_mark()
        twins = [
            other
            for (others, remark), other in kept.items()
            if others == marks and other.piece != one.piece and not (rest and remark)
        ]
        if (marks, rest) not in kept and not twins:
            kept[marks, rest] = one
    return [one.entry for one in kept.values()]


def _all_marks(entries: Iterable[Entry]) -> str:
    return ", ".join(shown(mark) for entry in entries for mark in entry.marks)


def _gist(reading: QuestionMark) -> float | Reason:
    return reading.findings[0].reason if reading.marks_awarded is None else reading.marks_awarded


def _unknown(entries: Iterable[Entry], known: QuestionIds) -> tuple[Finding, ...]:
    """One finding for each id that was not asked; of very many the first 20 and how many more there are."""
    ids = dict.fromkeys(one for entry in entries if entry.marks for one in entry.ids or ("",))
    strange = [one for one in ids if one not in known]
    findings = [
        Finding(Reason.UNKNOWN_QUESTION, Reason.UNKNOWN_QUESTION.sentence, found=shown(one))
        if one
        else Finding(Reason.UNKNOWN_QUESTION, "The answer gives a mark without saying for which question.")
        for one in strange[:_MOST_UNKNOWN]
    ]
    if len(strange) > _MOST_UNKNOWN:
        rest = f"The answer marks {len(strange) - _MOST_UNKNOWN} more questions that were not asked."
        findings.append(Finding(Reason.UNKNOWN_QUESTION, rest))
    return tuple(findings)

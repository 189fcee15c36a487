"""The short way for the usual answer: JSON in the requested form, every question once, and nothing else."""

from collections.abc import Sequence

from app.answer_json import LONGEST_TEXT, RepeatedKeys, decode_whole
from app.grading.answers.checks import contradiction
from app.grading.answers.keys import ASKED_AWARD, ASKED_ID
from app.grading.answers.one_mark import rounded
from app.grading.answers.pieces import known_ids
from app.grading.answers.readings import reading_of
from app.grading.answers.shapes import Entry
from app.grading.answers.silent import says_nothing
from app.marks.model import Json, Question, QuestionMark

_LIST = "answers"
_NOTES = "rubric_notes"
# Where the answer stands; says nothing of the mark.
_PAGE, _QUOTE = "page", "quote"
_KEYS = frozenset({ASKED_ID, ASKED_AWARD, _NOTES, _PAGE, _QUOTE})
_NONE = type(None)
_MARKS = (int, float, _NONE)


def requested_form(text: str, questions: Sequence[Question]) -> tuple[QuestionMark, ...] | None:
    """The marks of a completion that is `{"answers": [...]}` with one entry for each question, in any order, each with
    the id as it is configured, a number or null, and a note or none; None for any other, which takes the long way.

    The marks are those of the long way: with one entry a question and no other text only the entry itself can
    contradict its mark.
    """
    value = decode_whole(text.strip()) if len(text) <= LONGEST_TEXT else None
    if not isinstance(value, dict) or list(value) != [_LIST] or isinstance(value, RepeatedKeys):
        return None
    known = known_ids(questions)
    if known.match(_LIST) in known:
        return None
    entries = _by_id(value[_LIST])
    if not questions or len(entries) != len(questions) or any(one.question_id not in entries for one in questions):
        return None
    return tuple(_mark(question, entries[question.question_id]) for question in questions)


def _by_id(listed: Json) -> dict[str, dict[str, Json]]:
    """The entries by id; empty where one of them is not in the requested form, or where an id stands twice."""
    if not isinstance(listed, list) or not all(_is_requested(item) for item in listed):
        return {}
    entries = {item[ASKED_ID]: item for item in listed}
    return entries if len(entries) == len(listed) else {}


def _is_requested(item: Json) -> bool:
    if type(item) is not dict or not item.keys() <= _KEYS or ASKED_AWARD not in item:
        return False
    mark, notes = item[ASKED_AWARD], item.get(_NOTES, "")
    if not isinstance(item.get(_PAGE), (int, _NONE)) or not isinstance(item.get(_QUOTE), (str, _NONE)):
        return False
    is_mark = isinstance(mark, _MARKS) and not isinstance(mark, bool)
    return is_mark and isinstance(item.get(ASKED_ID), str) and isinstance(notes, str)


def _mark(question: Question, value: dict[str, Json]) -> QuestionMark:
    written, notes = value[ASKED_AWARD], value.get(_NOTES, "").strip() or None
    if written is not None and 0 <= written <= question.max_marks and (notes is None or _is_plain(notes)):
        # Nothing can contradict it: what follows would find the same.
        return QuestionMark(question.question_id, rounded(written), notes, value)
    entry = Entry((question.question_id,), (written,), notes, value, is_asked=True)
    reading = reading_of(question, entry, written)
    against = contradiction(entry, reading.marks_awarded, question)
    if against is None:
        return reading
    return QuestionMark(question.question_id, None, reading.rubric_notes, reading.raw, (against,))


def _is_plain(notes: str) -> bool:
    """Whether a note is stored as it is, and says nothing of a mark."""
    return notes.isprintable() and says_nothing(notes)

"""From a completion to the pieces of it that could hold its marks, and to those that were passed over."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.answer_json import LONGEST_TEXT, Found, decode_whole, find_json, with_stray_backslashes_doubled
from app.grading.answers.around import (
    clause_before,
    heads_awards,
    heads_no_awards,
    keyed_award,
    outside,
    speaks_of_awards,
    takes_back,
    why_aside,
)
from app.grading.answers.repair import repair
from app.grading.answers.shapes import Entry, Statement, read_statements, stated_maxima
from app.marks.model import Json, PassedOver, Question
from app.marks.question_ids import QuestionIds
from app.thinking import split_thinking

_LONGEST_SHOWN = 120
_MOST_PASSED_OVER = 20
_LEAST_JOINED = 2
_OPENS = re.compile(r"[{[]")
_THOUGHTS = frozenset(
    {"thinking", "reasoning", "redacted_thinking", "thought", "summary", "analysis", "reasoning_content"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One list or map of entries in an answer, with where it stands. `is_asked`: it has the requested form."""

    entries: tuple[Entry, ...]
    path: str
    start: int
    end: int
    is_asked: bool = False
    is_fragment: bool = False
    is_named: bool = False
    is_plainly_named: bool = False

    def covers(self, known: QuestionIds) -> frozenset[str]:
        """The configured questions to which it gives a mark, or says that it gives none."""
        spoken = (entry for entry in self.entries if entry.marks or entry.parts)
        return frozenset(one for entry in spoken for one in entry.ids if one in known)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The parts of an answer. `prose` is the text outside all pieces. `doubt` is the text that makes all pieces
    uncertain: words that take the marks back, or a further piece that is unreadable. `has_asides`: the words around a
    piece, or its numbers, show that it is no answer. `maxima` are those that a map beside the marks states. `values`
    are the JSON values that hold the pieces.
    """

    pieces: tuple[Piece, ...]
    passed_over: tuple[PassedOver, ...] = ()
    path: str = "none"
    prose: str = ""
    doubt: str | None = None
    has_asides: bool = False
    maxima: Mapping[str, Json] = field(default_factory=dict)
    values: tuple[Json, ...] = ()


def known_ids(questions: Sequence[Question]) -> QuestionIds:
    """The ids of `questions`. They are folded once for all answers to the same questions."""
    return _ids_of(tuple((question.question_id, question.number) for question in questions))


@lru_cache(64)
def _ids_of(numbered: tuple[tuple[str, int], ...]) -> QuestionIds:
    numbers = dict(numbered)
    return QuestionIds(numbers, numbers)


def read_pieces(text: str, questions: Sequence[Question]) -> Pieces:
    """The pieces of a completion that could be its marks, in the order in which they stand."""
    known = known_ids(questions)
    text = text.strip() if len(text) > LONGEST_TEXT else text
    if len(text) > LONGEST_TEXT:
        return Pieces(())
    text = _text_parts(_unquoted(text))
    # A note may mention a think block: a completion that is valid JSON is read as it stands.
    visible, hidden = (text, ()) if decode_whole(text.strip()) is not None else _parted(text)
    thought = [PassedOver("It stands inside a block of thinking.", shown(piece)) for piece in hidden if "{" in piece]
    pieces = _as_it_stands(visible, questions, known)
    return replace(pieces, passed_over=(*thought, *pieces.passed_over)[:_MOST_PASSED_OVER])


def shown(piece: str) -> str:
    return piece.strip()[:_LONGEST_SHOWN].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _parted(text: str) -> tuple[str, tuple[str, ...]]:
    parted = split_thinking(text)
    return parted.text, parted.hidden


def _unquoted(text: str) -> str:
    """The text that a completion quotes as one JSON string, and itself where it is none."""
    quoted = text.strip()
    if not (quoted.startswith('"') and quoted.endswith('"')):
        return text
    try:
        inner = json.loads(quoted)
    except ValueError:
        return text
    return inner if isinstance(inner, str) else text


def _text_parts(text: str) -> str:
    """The text of an answer that came as a list of typed parts, without those that hold thinking."""
    value = decode_whole(text.strip())
    parts = value if isinstance(value, list) else []
    if not parts or not all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in parts):
        return text
    contents = [part.get("text") for part in parts if part["type"].lower() not in _THOUGHTS]
    texts = [one for one in contents if isinstance(one, str)]
    return "\n".join(texts) if texts else text


def _as_it_stands(text: str, questions: Sequence[Question], known: QuestionIds) -> Pieces:
    """The pieces of a text; where that reads too little, those with the backslashes doubled that break its JSON, and at
    last the mended one.
    """
    read = _pieces(text, questions, known)
    escaped = with_stray_backslashes_doubled(text)
    if escaped != text and (read.doubt is not None or len(_covered(read.pieces, known)) < len(known)):
        again = _pieces(escaped, questions, known, path="escapes")
        if len(_covered(again.pieces, known)) > len(_covered(read.pieces, known)) or read.doubt is not None:
            read = again
    if _covered(read.pieces, known) or read.has_asides or decode_whole(text.strip()) is not None:
        return read
    return _mended(text, known, read) or read


def _covered(pieces: Iterable[Piece], known: QuestionIds) -> frozenset[str]:
    return frozenset[str]().union(*(piece.covers(known) for piece in pieces))


def _pieces(text: str, questions: Sequence[Question], known: QuestionIds, path: str | None = None) -> Pieces:
    found = find_json(text)
    prose = outside(text, [(one.start, one.end) for one in found])
    awarded = _awarded_map(found, text, prose)
    candidates = [
        (piece, one)
        for one in found
        for statement in _statements(one, known, bare_map=one is awarded)
        if (piece := _piece(statement, one, path)).covers(known) or not known
    ]
    candidates = candidates or [
        (_piece(statement, one, path), one)
        for one in found
        for statement in _statements(one, known, bare_map=one is awarded)
    ]
    floors = dict(zip((one.start for one in found), (0, *(one.end for one in found)), strict=False))
    kept: list[Piece] = []
    passed: list[PassedOver] = []
    aside: list[tuple[int, int]] = []
    for piece, one in candidates:
        is_whole = piece.is_asked and len(candidates) == 1 and len(piece.covers(known)) == len(known)
        why = (
            None
            if one.path == "json"
            else why_aside(text, one.start, one.end, floor=floors[one.start], strictly=not is_whole)
        )
        why = why or _lists_the_maxima(piece, one, questions, known, alone=len(candidates) == 1)
        if why is None:
            kept.append(piece)
        else:
            aside.append((one.start, one.end))
            passed.append(PassedOver(why, shown(text[one.start : one.end])))
    kept = kept if aside or _OPENS.search(prose) else _joined(kept, known)
    if all(piece.is_fragment for piece in kept):
        passed += [PassedOver("It is one entry by itself.", shown(text[one.start : one.end])) for one in kept]
        kept = []
    doubt = _doubt(text, prose, kept) if kept else None
    used = path or (kept[-1].path if kept else "none")
    maxima = {one: most for value in found for one, most in stated_maxima(value.value, known).items()}
    starts = {piece.start for piece in kept}
    values = tuple(one.value for one in found if one.start in starts)
    return Pieces(tuple(kept), tuple(passed), used, prose, doubt, bool(aside), maxima, values)


def _joined(kept: list[Piece], known: QuestionIds) -> list[Piece]:
    """One piece of entries that stand by themselves, one after the other, where they hold every question once."""
    entries = tuple(entry for piece in kept for entry in piece.entries)
    named = [one for entry in entries for one in entry.ids]
    each_once = len(named) == len(known) and all(one in known for one in named) and len(set(named)) == len(named)
    if len(kept) < _LEAST_JOINED or not each_once or not all(piece.is_fragment for piece in kept):
        return kept
    first, last = kept[0], kept[-1]
    is_asked = all(piece.is_asked for piece in kept)
    return [Piece(entries, first.path, first.start, last.end, is_asked)]


def _doubt(text: str, prose: str, kept: Sequence[Piece]) -> str | None:
    after = text[max(piece.end for piece in kept) :]
    return takes_back(outside(after, [(one.start, one.end) for one in find_json(after)])) or keyed_award(prose)


def _statements(one: Found, known: QuestionIds, *, bare_map: bool) -> list[Statement]:
    return read_statements(one.value, known, bare_map=bare_map)


def _awarded_map(found: Sequence[Found], text: str, prose: str) -> Found | None:
    """The value in which a bare map, {"1a": 3}, holds awards: the only one, or the only one whose heading says so while
    the heading of every other says that it holds none. In prose it may be anything, such as the maxima.
    """
    if len(found) == 1:
        is_alone = found[0].path == "json" or (found[0].path == "fenced" and speaks_of_awards(prose))
        return found[0] if is_alone else None
    floors = [0, *(one.end for one in found)]
    headed = [clause_before(text, one.start, floor) for one, floor in zip(found, floors, strict=False)]
    awards = [one for one, heading in zip(found, headed, strict=True) if heads_awards(heading)]
    others = [heading for heading in headed if not heads_awards(heading)]
    is_clear = len(awards) == 1 and all(map(heads_no_awards, others)) and all(one.path == "fenced" for one in found)
    return awards[0] if is_clear else None


def _piece(statement: Statement, one: Found, path: str | None) -> Piece:
    return Piece(
        statement.entries,
        path or one.path,
        one.start,
        one.end,
        statement.is_asked,
        statement.is_fragment,
        statement.is_named,
        statement.is_plainly_named,
    )


def _lists_the_maxima(
    piece: Piece, one: Found, questions: Sequence[Question], known: QuestionIds, *, alone: bool
) -> str | None:
    """Why a piece is a question list with its maxima: `marks` alone, no note, and every one of them the maximum."""
    is_plain = all(entry.is_plain and entry.notes is None for entry in piece.entries)
    if not is_plain or (piece.is_named and (alone or not piece.is_plainly_named)):
        return None
    if one.path == "json" and (not isinstance(one.value, dict) or any(known.match(key) in known for key in one.value)):
        return None
    maxima = {question.question_id: question.max_marks for question in questions}
    given = [(entry, mark) for entry in piece.entries for mark in entry.marks]
    if all(maxima.get(entry.ids[0] if entry.ids else "") == _plain(mark) for entry, mark in given):
        return "Every number in it is the question's maximum, and nothing names it as the marks."
    return None


def _plain(mark: Json) -> float | None:
    return float(mark) if isinstance(mark, int | float) and not isinstance(mark, bool) else None


def _mended(text: str, known: QuestionIds, read: Pieces) -> Pieces | None:
    """The one piece of broken JSON that json_repair mends, if it holds every question exactly once, as written."""
    mended = repair(text, len(known))
    if mended is None:
        return None
    statements = read_statements(mended.value, known)
    entries = [entry for statement in statements for entry in statement.entries]
    piece = Piece(tuple(entries), "repaired", mended.start, mended.end)
    each_once = len(entries) == len(known) == len(piece.covers(known))
    as_written = each_once and tuple(mark for entry in entries for mark in entry.marks) == mended.marks
    if not as_written or any(entry.parts for entry in entries):
        return None
    why = why_aside(text, mended.start, mended.end, strictly=True)
    if why is not None:
        return Pieces((), (*read.passed_over, PassedOver(why, shown(text[mended.start : mended.end]))))
    doubt = takes_back(text[mended.end :])
    prose = text[: mended.start] + " \n" + text[mended.end :]
    return Pieces((piece,), read.passed_over, "repaired", prose, doubt, values=(mended.value,))

"""Read every shape in which models give marks into entries: one statement about one question each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.answer_json import WrittenFloat, decode_whole, nests_deeper_than, pairs_of
from app.grading.answers.keys import (
    ASKED_AWARD,
    ASKED_ID,
    Meaning,
    holds_awards,
    holds_no_awards,
    meaning,
    words,
)
from app.marks.model import Json
from app.marks.question_ids import QuestionIds, folded

_NOTES_FIRST = ("rubric_notes", "feedback", "notes", "reason")
# {"data": {"response": {"result": [{"answers": [...]}]}}} is 7 deep.
_DEEPEST = 8
_DEEPEST_RAW = 20
# A question's text is longer than its id, and an id has no sentence's blanks.
_LONGEST_SPOKEN_ID = 16
# Texts that may hold the answer once more, written as JSON.
_WRITTEN_AGAIN = frozenset(["content", "text", "output", "response", "argument", "data", "json", "body", "message"])

_Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement about a question.

    `ids` has one id unless the entry contradicts itself, none if it names none. `marks` are all values under
    the names of awards, as the model wrote them; empty if there is none. `claims` are the other statements about the
    mark, as (meaning, value). `part` has (key, label) for every name of a part; it is empty if the entry is about the
    whole question. `parts` are the entries of parts inside this entry.
    """

    ids: tuple[str, ...]
    marks: tuple[Json, ...]
    notes: str | None
    raw: Json
    claims: tuple[tuple[Meaning, Json], ...] = ()
    part: tuple[tuple[str, str], ...] = ()
    parts: tuple["Entry", ...] = ()
    is_asked: bool = False
    is_plain: bool = False

    def beside_the_mark(self) -> str:
        """The entry without its mark, its question and its confidence, as a text to compare with another entry's."""
        own = self.raw if isinstance(self.raw, dict) else {}
        inner = next(iter(own.values()), None) if len(own) == 1 else None
        said = inner if isinstance(inner, dict) else own
        rest = {key: " ".join(str(item).split()) for key, item in said.items() if meaning(key) not in _SAME_IN_REPEATS}
        return repr(sorted(item for item in rest.items() if item[1])) if any(rest.values()) else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """The entries that one list or map of a JSON value holds. `path` is the keys that lead to it. A fragment is one
    entry by itself where several were asked for.
    """

    path: tuple[str, ...]
    entries: tuple[Entry, ...]
    is_fragment: bool = False

    @property
    def is_named(self) -> bool:
        return bool(self.path) and holds_awards(self.path[-1])

    @property
    def is_plainly_named(self) -> bool:
        """Whether its key is "marks" or "points": such a list may hold the maxima instead of awards."""
        return bool(self.path) and meaning(self.path[-1]) is Meaning.PLAIN

    @property
    def is_asked(self) -> bool:
        """Whether it has the requested form."""
        return all(entry.is_asked for entry in self.entries)


def read_statements(value: Json, known: QuestionIds, *, bare_map: bool = False) -> list[Statement]:
    """The statements of one JSON value; `known` are the configured ids.

    Values under keys such as `draft`, `max_marks` or `answer_key` are left out. `bare_map` also reads `{"1a": 3}`, a
    map that no key names as marks: this is safe only where nothing else in the completion could be the answer.
    """
    if isinstance(value, dict) and _Walk(known).is_entry(value):
        return [Statement((), (_entry(value, known),), is_fragment=len(known) > 1)]
    grouped: dict[tuple[str, ...], list[Entry]] = {}
    for path, entry in _Walk(known).into(value, (), in_map=bare_map):
        grouped.setdefault(path, []).append(entry)
    return [Statement(path, tuple(entries)) for path, entries in grouped.items()]


def stated_maxima(value: Json, known: QuestionIds) -> dict[str, Json]:
    """The maxima by question of a map beside the marks: {"max_marks": {"1a": 3}}."""
    found: dict[str, Json] = {}
    level = [value]
    for _ in range(_DEEPEST):
        objects = [item for item in level if isinstance(item, dict)]
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else _items(item))]
        for key, item in (pair for one in objects for pair in one.items()):
            if meaning(key) is Meaning.MAXIMUM and isinstance(item, dict):
                found |= {known.match(one): most for one, most in item.items() if known.match(one) in known}
    return found


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def opened(value: Json) -> Json:
    """The value that a text writes as JSON, with or without a code fence; any other value as it is."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].removeprefix("json").strip()
    inner = decode_whole(text) if text.startswith(("{", "[", '"')) else None
    return value if inner is None else inner


_SAME_IN_REPEATS = frozenset({Meaning.AWARD, Meaning.PLAIN, Meaning.ID, Meaning.NUMBER, Meaning.CONFIDENCE})
_Found = Iterator[tuple[tuple[str, ...], Entry]]


@dataclass(frozen=True, slots=True)
class _Walk:
    known: QuestionIds

    def into(self, value: Json, path: tuple[str, ...], *, in_map: bool, depth: int = 0) -> _Found:
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            for item in value:
                yield from self._item(opened(item), path, in_map=in_map, depth=depth + 1)
        elif isinstance(value, dict):
            is_entry = depth > 0 and self.is_entry(value)
            if is_entry:
                yield path, _entry(value, self.known)
            for key, item in pairs_of(value):
                if not is_entry or self._holds_more(key, item):
                    yield from self._pair(key, item, path, in_map=in_map and not is_entry, depth=depth + 1)

    def _item(self, item: Json, path: tuple[str, ...], *, in_map: bool, depth: int) -> _Found:
        if isinstance(item, dict) and not self.is_entry(item) and self._is_half_an_entry(item):
            yield path, _entry(item, self.known)
        else:
            yield from self.into(item, path, in_map=in_map, depth=depth)

    def is_entry(self, value: _Object) -> bool:
        """Whether it is one statement of a mark, and no map of several."""
        return _has_award(value) and _has(value, Meaning.ID, Meaning.NUMBER) and not self._is_known_key_of(value)

    def _is_half_an_entry(self, value: _Object) -> bool:
        """An entry that lacks its mark or its question, and holds no others."""
        named = _has(value, Meaning.ID, Meaning.NUMBER, Meaning.PART)
        if not (named or _has_award(value)) or self._is_known_key_of(value):
            return False
        return not any(self._holds_more(key, item) for key, item in pairs_of(value))

    def _is_known_key_of(self, value: _Object) -> bool:
        """Whether the value is a map from question ids, one of which reads like a key: a question named "score"."""
        return any(
            self.known.match(key) in self.known and isinstance(item, dict) and _has_award(item)
            for key, item in value.items()
        )

    def _holds_more(self, key: str, item: Json) -> bool:
        """Whether a key of an entry may hold further entries. It looks one level deep: the walk comes to each level."""
        if holds_no_awards(key):
            return False
        if isinstance(item, dict) and any(_is_json_again(inner, one) for inner, one in item.items()):
            return True
        item = opened(item) if holds_awards(key) else item
        if isinstance(item, list):
            return any(isinstance(one, dict) and self._names(one) for one in item)
        return isinstance(item, dict) and bool(item) and (holds_awards(key) or self._names(item))

    def _is_map(self, item: Json) -> bool:
        """Whether a value holds several questions. Its key does not decide: a question may have the id "answers"."""
        if isinstance(item, list):
            return any(isinstance(one, dict) for one in item)
        if not isinstance(item, dict) or not item:
            return False
        return all(self.known.match(key) in self.known for key in item) or any(
            holds_awards(key) and isinstance(inner, dict | list) and bool(inner) for key, inner in item.items()
        )

    def _names(self, value: _Object) -> bool:
        return _has(value, Meaning.ID, Meaning.NUMBER) or any(
            self.known.match(key) in self.known or (holds_awards(key) and isinstance(item, dict | list))
            for key, item in value.items()
        )

    def _pair(self, key: str, item: Json, path: tuple[str, ...], *, in_map: bool, depth: int) -> _Found:
        question_id = self.known.match(key)
        item = opened(item) if _may_be_written_again(key, item, self.known) else item
        is_map = self._is_map(item)
        is_marked = isinstance(item, dict) and not is_map and (_has_award(item) or any(_parts(item, self.known)))
        if question_id in self.known and not is_map and (is_marked or in_map):
            yield path, _keyed_entry(key, question_id, item, self.known)
        elif isinstance(item, dict) and is_marked and not holds_no_awards(key):
            if in_map or _own_ids(item, self.known):
                yield path, _keyed_entry(key, question_id, item, self.known)
        elif isinstance(item, dict | list):
            # {"error": {"code": 429}}: what stands beside the marks is no map of marks itself.
            if not holds_no_awards(key):
                yield from self.into(item, (*path, key), in_map=holds_awards(key), depth=depth)
        elif in_map and _is_number(item) and meaning(key) not in _ABOUT_ALL:
            yield path, Entry((question_id,), (item,), None, {key: item}, is_plain=True)


_ABOUT_ALL = frozenset(Meaning) - {Meaning.OTHER, Meaning.PART}


def _is_json_again(key: str, item: Json) -> bool:
    """Whether a text under "arguments", "content" and their like is JSON."""
    return bool(words(key) & _WRITTEN_AGAIN) and opened(item) is not item


def _may_be_written_again(key: str, item: Json, known: QuestionIds) -> bool:
    return isinstance(item, str) and (
        holds_awards(key) or bool(words(key) & _WRITTEN_AGAIN) or known.match(key) in known
    )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has(value: Mapping[str, Json], *meanings: Meaning) -> bool:
    return any(meaning(key) in meanings and not isinstance(item, dict | list) for key, item in value.items())


def _has_award(value: _Object) -> bool:
    """Whether an object gives a mark. A container under the name of an award is a map of marks, not a mark."""
    return any(
        meaning(key) in {Meaning.AWARD, Meaning.PLAIN} and not _holds_entries(key, item) for key, item in value.items()
    )


def _holds_entries(key: str, item: Json) -> bool:
    return key != ASKED_AWARD and isinstance(item, dict | list) and bool(item)


def _entry(value: _Object, known: QuestionIds, kept: Json = None) -> Entry:
    awards, plain, claims = _awards(value)
    part = tuple(
        (key, str(item).strip()) for key, item in pairs_of(value) if meaning(key) is Meaning.PART and _is_label(item)
    )
    return Entry(
        _own_ids(value, known),
        awards or plain,
        _notes(value),
        _kept(kept or value),
        claims,
        part,
        () if awards and not any(_parts(value, known)) else tuple(_parts(value, known)),
        is_asked=ASKED_ID in value and ASKED_AWARD in value,
        is_plain=not awards,
    )


def _keyed_entry(key: str, question_id: str, item: Json, known: QuestionIds) -> Entry:
    """The entry under one key of a map. If it names another id than its key, it gets both: a contradiction."""
    if not isinstance(item, dict):
        return Entry((question_id,), (item,), None, _kept({key: item}), is_plain=True)
    entry = _entry(item, known, {key: item})
    own = tuple(one for one in entry.ids if folded(one) != folded(key))
    ids = (question_id, *own) if question_id in known or not entry.ids else entry.ids
    return replace(entry, ids=ids)


def _own_ids(value: _Object, known: QuestionIds) -> tuple[str, ...]:
    """The ids that an entry names. A number beside an id is a position, unless it is another question's id."""
    ids = _written(value, Meaning.ID, known)
    numbers = _written(value, Meaning.NUMBER, known)
    asked = [one for key, one in ids if key == ASKED_ID] or [one for _, one in ids]
    named = [*asked, *(one for _, one in ids if one in known)]
    if named:
        beside = [*named, *(one for key, one in numbers if one in known and words(key) != {"number"})]
        return tuple(dict.fromkeys(one for one in beside if one == asked[0] or not known.is_number_of(one, asked[0])))
    spoken = [one for _, one in numbers if one in known]
    short = [one for key, one in numbers if len(one) <= _LONGEST_SPOKEN_ID and len(one.split()) <= 2]  # noqa: PLR2004
    return tuple(dict.fromkeys(spoken or short))


def _written(value: _Object, meant: Meaning, known: QuestionIds) -> list[tuple[str, str]]:
    return [
        (key, known.match(item.written if isinstance(item, WrittenFloat) else str(item)))
        for key, item in pairs_of(value)
        if meaning(key) is meant and isinstance(item, str | int | float) and not isinstance(item, bool)
    ]


def _awards(value: _Object) -> tuple[tuple[Json, ...], tuple[Json, ...], tuple[tuple[Meaning, Json], ...]]:
    """(values under names of awards, values under plain names such as "marks", all other statements about the mark)."""
    pairs = [(key, meaning(key), item) for key, item in pairs_of(value)]
    asked = [item for key, _, item in pairs if key == ASKED_AWARD]
    others = [item for key, meant, item in pairs if meant is Meaning.AWARD and key != ASKED_AWARD]
    # {"marks": 2, "awarded": true, "grade": "B"}: what cannot be a mark stands beside one.
    clear = [item for item in others if _may_be_a_mark(item)]
    plain = [item for _, meant, item in pairs if meant is Meaning.PLAIN and not _holds_entries("", item)]
    awards = [*asked, *clear] or ([] if plain else others)
    claims = [(meant, item) for _, meant, item in pairs if meant in _CLAIMS and item is not None]
    claims += [(Meaning.PLAIN, item) for item in plain if awards]
    claims += [(Meaning.PART, item) for key, _, item in pairs if words(key) & _BREAKDOWNS and isinstance(item, dict)]
    claims += [(meant, item) for key, meant, item in pairs if meant is Meaning.NOTE and not words(key) & _THOUGHTS]
    # {"marks": 3, "erreicht": 1}: beside a plain name a number of unknown meaning may be the award.
    claims += [
        (Meaning.OTHER, item) for _, meant, item in pairs if meant is Meaning.OTHER and not awards and _is_number(item)
    ]
    return tuple(awards), tuple(plain), tuple(claims)


# What was thought before the mark was decided may tell other marks.
_THOUGHTS = frozenset({"thinking", "thought", "reasoning", "rationale"})
_BREAKDOWNS = frozenset({"breakdown", "component", "part", "criterion", "criteria", "step", "distribution", "split"})
_CLAIMS = frozenset(
    {Meaning.MAXIMUM, Meaning.TOTAL, Meaning.DEDUCTION, Meaning.SHARE, Meaning.DECLINED}
    | {Meaning.RIVAL, Meaning.CHANGE, Meaning.CORRECTNESS, Meaning.SCALE}
)


def _may_be_a_mark(item: Json) -> bool:
    if isinstance(item, str):
        return any(character.isdigit() for character in item)
    return not isinstance(item, bool) and not _holds_entries("", item)


def _is_label(item: Json) -> bool:
    return _is_number(item) or (isinstance(item, str) and bool(item.strip()))


def _parts(value: _Object, known: QuestionIds) -> Iterator[Entry]:
    """The parts of an entry: the entries inside it that name no question."""
    for key, listed in pairs_of(value):
        if isinstance(listed, list) and meaning(key) in {Meaning.PART, Meaning.OTHER, Meaning.AWARD, Meaning.PLAIN}:
            items = [item for item in listed if isinstance(item, dict) and _has_award(item)]
            entries = [_entry(item, known) for item in items]
            if items and not any(one in known for entry in entries for one in entry.ids):
                yield from entries


def _notes(value: Mapping[str, Json]) -> str | None:
    for name in (*_NOTES_FIRST, *(key for key in value if meaning(key) is Meaning.NOTE)):
        item = value.get(name)
        if isinstance(item, list) and item and all(isinstance(line, str) for line in item):
            item = "\n".join(item)
        if isinstance(item, str) and item.strip():
            return item.strip()
    return None


def _kept(value: Json) -> Json:
    """`value` to be stored beside the mark. Very deep nesting breaks the writing of JSON: it stays in the reply."""
    return "(too deeply nested)" if nests_deeper_than(value, _DEEPEST_RAW) else value

"""The shapes in which models give marks, read down to entries: who is marked, with what, and why."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.answer_json import nests_deeper_than, pairs_of
from app.marks.model import Json

CONTAINERS = ("answers", "result", "results", "grades")
ID_NAMES = ("question_id", "qid", "questionID", "question", "question_number")
MARK_NAMES = ("marks_awarded", "mark", "marks", "score")
NOTE_NAMES = ("rubric_notes", "feedback", "notes", "reason")
# {"data": {"response": {"result": [{"answers": [...]}]}}} is 7 deep.
_DEEPEST = 8
_DEEPEST_RAW = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement about a question. `ids` has one id unless the entry contradicts itself, none if it names none;
    `marks` is every value given as its mark, still as the model wrote it, empty where none is given.
    """

    ids: tuple[str, ...]
    marks: tuple[Json, ...]
    notes: str | None
    raw: Json


def read_entries(value: Json, known: Collection[str], *, bare_map: bool = False) -> list[Entry]:
    """Everything in one JSON value that names a question and says something of it; `known` are the configured ids.

    All of a value is one answer: two different marks in it for a question contradict each other, wherever they stand.
    `bare_map` accepts `{"1a": 3}` without a container, which is safe only where the value is all that was answered.
    """
    if isinstance(value, dict) and len(known) == 1 and _has(value, ID_NAMES) and _has(value, MARK_NAMES):
        return [_entry(value, known)]
    return list(_walk(value, known, in_map=bare_map, depth=0))


def _walk(value: Json, known: Collection[str], *, in_map: bool, depth: int) -> Iterator[Entry]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk_item(item, known, in_map=in_map, depth=depth + 1)
    elif isinstance(value, dict):
        containers = _containers(value, known)
        for container in containers:
            yield from _walk(container, known, in_map=True, depth=depth + 1)
        if not containers:
            for key, item in pairs_of(value):
                yield from _walk_pair(key, item, known, in_map=in_map, depth=depth + 1)


def _walk_item(item: Json, known: Collection[str], *, in_map: bool, depth: int) -> Iterator[Entry]:
    if isinstance(item, dict):
        marked, named = _has(item, MARK_NAMES), _has(item, ID_NAMES)
        if (marked and named) or ((marked or named) and not _containers(item, known)):
            yield _entry(item, known)
            return
    yield from _walk(item, known, in_map=in_map, depth=depth)


def _walk_pair(key: str, item: Json, known: Collection[str], *, in_map: bool, depth: int) -> Iterator[Entry]:
    question_id = _as_known(key, known)
    if isinstance(item, dict) and _has(item, MARK_NAMES):
        if question_id in known or in_map:
            yield _keyed_entry(question_id, item, known)
    elif in_map and question_id in known:
        yield Entry((question_id,), () if isinstance(item, dict) else (item,), None, _kept({key: item}))
    elif isinstance(item, dict | list):
        # {"error": {"code": 429}}: what stands beside the marks is no map of marks itself.
        yield from _walk(item, known, in_map=False, depth=depth)
    elif in_map and isinstance(item, int | float) and not isinstance(item, bool):
        yield Entry((question_id,), (item,), None, {key: item})


def _containers(value: dict[str, Json], known: Collection[str]) -> list[Json]:
    return [
        item
        for key, item in pairs_of(value)
        if key in CONTAINERS and key not in known and isinstance(item, dict | list)
    ]


def _has(value: dict[str, Json], names: tuple[str, ...]) -> bool:
    return any(name in value for name in names)


def _all(value: dict[str, Json], name: str) -> list[Json]:
    return [item for key, item in pairs_of(value) if key == name]


def _as_known(written: str | int, known: Collection[str]) -> str:
    text = str(written)
    return text if text in known else text.strip()


def _entry(value: dict[str, Json], known: Collection[str]) -> Entry:
    return Entry(_ids(value, known), _marks(value), _notes(value), _kept(value))


def _keyed_entry(key: str, value: dict[str, Json], known: Collection[str]) -> Entry:
    own = _ids(value, known)
    contradicting = tuple(other for other in own if other in known and other != key)
    ids = (key, *contradicting) if key in known else own or (key,)
    return Entry(ids, _marks(value), _notes(value), _kept({key: value}))


def _ids(value: dict[str, Json], known: Collection[str]) -> tuple[str, ...]:
    """What stands under the first id name. `question` may also be the question's text, beside a number."""
    for name in ID_NAMES:
        written = [item for item in _all(value, name) if isinstance(item, str | int) and not isinstance(item, bool)]
        ids = tuple(dict.fromkeys(_as_known(item, known) for item in written))
        is_text = name == "question" and "question_number" in value and not any(one in known for one in ids)
        if ids and not is_text:
            return ids
    return ()


def _marks(value: dict[str, Json]) -> tuple[Json, ...]:
    """What stands under the name that was asked for, or else under all of its other names."""
    asked = _all(value, MARK_NAMES[0])
    return tuple(asked or [item for name in MARK_NAMES[1:] for item in _all(value, name)])


def _notes(value: dict[str, Json]) -> str | None:
    for name in NOTE_NAMES:
        item = value.get(name)
        if isinstance(item, list) and item and all(isinstance(line, str) for line in item):
            item = "\n".join(item)
        if isinstance(item, str) and item.strip():
            return item.strip()
    return None


def _kept(value: Json) -> Json:
    """`value` as evidence. What is nested so deeply that writing it out could fail is kept with the completion only."""
    return "(too deeply nested)" if nests_deeper_than(value, _DEEPEST_RAW) else value

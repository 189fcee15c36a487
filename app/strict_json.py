"""JSON in which every object has each of its keys once, and every string can be stored.

Of a key that stands twice the last would win in silence. Postgres stores no NUL, and UTF-8 has no lone surrogates.
"""

import json
import re
from collections.abc import Iterator
from typing import Any


class RepeatedKeysError(ValueError):
    """A key stands twice. `paths` are dotted paths such as questions.0.max_marks, in their order."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"The key {paths[0]} is there twice.")
        self.paths = paths


class UnstorableTextError(ValueError):
    """A string holds NUL or a lone surrogate. `paths` are dotted paths as of RepeatedKeysError."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(UNSTORABLE)
        self.paths = paths


UNSTORABLE = "must not contain NUL or lone surrogate characters"
UNSTORABLE_CHARACTERS = re.compile("[\x00\ud800-\udfff]")
# In valid JSON such a character is always written as an escape. Most bodies have none, and are not walked.
_ESCAPES = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class _Twice(dict[str, Any]):
    """An object with a repeated key; `pairs` has them all."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def storable(text: bytes) -> Any:
    """As `loads`. Raises UnstorableTextError too."""
    value = loads(text)
    if _ESCAPES.search(text) and (paths := list(_unstorable(value, ""))):
        raise UnstorableTextError(paths)
    return value


def _unstorable(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str) and UNSTORABLE_CHARACTERS.search(value):
        yield path.removesuffix(".")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unstorable(item, f"{path}{index}.")
    elif isinstance(value, dict):
        for key, item in value.items():
            # The path stands in an answer, which must be storable itself.
            shown = UNSTORABLE_CHARACTERS.sub("\ufffd", key)
            if shown != key:
                yield f"{path}{shown}"
            yield from _unstorable(item, f"{path}{shown}.")


def loads(text: str | bytes) -> Any:
    """The value that `text` writes. Raises RepeatedKeysError, and what `json.loads` raises for what is no JSON."""
    found = False

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        found = True
        return _Twice(pairs)

    value = json.loads(text, object_pairs_hook=as_object)
    if found:
        raise RepeatedKeysError(list(dict.fromkeys(_repeated(value, ""))))
    return value


def _repeated(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeated(item, f"{path}{index}.")
    elif isinstance(value, dict):
        seen: set[str] = set()
        for key, item in value.pairs if isinstance(value, _Twice) else value.items():
            if key in seen:
                yield f"{path}{key}"
            seen.add(key)
            yield from _repeated(item, f"{path}{key}.")

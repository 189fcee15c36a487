"""What the printed paper says besides the questions, in the language of the test. The words stand in words.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `one_mark` and `n_marks` take {n}, `count` takes {questions} and {marks},
    `solved` {right} and {n}. `blooms` and `levels` name Bloom levels and difficulties by their values.
    """

    name: str
    group: str
    date: str
    boxes: str
    several: str
    matching: str
    count: str
    one_mark: str
    n_marks: str
    key: str
    page: str
    bloom: str
    topic: str
    difficulty: str
    solved: str
    blooms: Mapping[str, str]
    levels: Mapping[str, str]


_TABLE = json.loads(files("app.papers").joinpath("words.json").read_text(encoding="utf-8"))
_WORDS = {language: Words(**words) for language, words in _TABLE.items()}


def words_of(language: str) -> tuple[str, Words]:
    """(tag, words) of the language, English where the table has none."""
    name = language.partition("-")[0].lower()
    return (name, _WORDS[name]) if name in _WORDS else ("en", _WORDS["en"])

"""What the printed paper says besides the questions, in the language of the test. The words stand in words.json."""

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `one_mark` and `n_marks` take {n}, `count` takes {questions} and {marks}."""

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


_TABLE = json.loads(files("app.papers").joinpath("words.json").read_text(encoding="utf-8"))
_WORDS = {language: Words(**words) for language, words in _TABLE.items()}


def words_of(language: str) -> tuple[str, Words]:
    """(tag, words) of the language, English where the table has none."""
    name = language.partition("-")[0].lower()
    return (name, _WORDS[name]) if name in _WORDS else ("en", _WORDS["en"])

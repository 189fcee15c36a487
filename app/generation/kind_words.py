"""The fixed words of true-false and assertion-reason questions, in the language of what a writer wrote."""

import json
from dataclasses import dataclass
from importlib.resources import files

from app.generation.writing_system import language_in

_TABLE = json.loads(files("app.generation").joinpath("kind_words.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class KindWords:
    """`relations` are the four options of an assertion with its reason, in the order of the letters."""

    truths: tuple[str, str]
    assertion: str
    reason: str
    relations: tuple[str, ...]

    def stated(self, assertion: str, reason: str) -> str:
        return f"{self.assertion}: {assertion}\n{self.reason}: {reason}"


def kind_words(text: str, language: str = "") -> KindWords:
    """The words in the language of `text`, whose stated language is `language`; English if the table has no other."""
    name = language_in(text, language).partition("-")[0]
    words = _TABLE.get(name, _TABLE["en"])
    return KindWords((words["true"], words["false"]), words["assertion"], words["reason"], tuple(words["relations"]))

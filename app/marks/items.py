"""Classical item statistics of a multiple-choice test, from the letters that were read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import correlation

# Below this many scripts a correlation says nothing.
FEWEST_SCRIPTS = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A question's id, the letter of its key, the letters of its options, and its marks."""

    question_id: str
    key: str
    letters: str
    max_marks: float


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Over the `n` scripts whose box was read; `n_blank` of them left it empty.

    `facility`: mean mark / maximum. `point_biserial`: correlation of a right answer with the marks of the other
    questions, over scripts in which all boxes were read; None with fewer than three, or where either does not vary.
    """

    n: int
    n_blank: int
    facility: float | None
    point_biserial: float | None
    choices: Mapping[str, int]
    unused_distractors: tuple[str, ...]


def item_figures(items: Iterable[Item], responses: Iterable[Mapping[str, str | None]]) -> dict[str, ItemFigures]:
    """By question id. `responses` are {session_id, question_id, letter}, several of a box where several models read it:
    the letter that most of them read counts, none where they tie.
    """
    asked = list(items)
    scripts = _scripts(responses)
    return {item.question_id: _figures(item, asked, scripts) for item in asked}


_Script = Mapping[str, str | None]


def _scripts(responses: Iterable[Mapping[str, str | None]]) -> list[_Script]:
    read: dict[str | None, dict[str, Counter[str | None]]] = defaultdict(lambda: defaultdict(Counter))
    for row in responses:
        read[row["session_id"]][str(row["question_id"])][row["letter"]] += 1
    return [
        {question: most[0][0] for question, votes in script.items() if not _is_tied(most := votes.most_common(2))}
        for script in read.values()
    ]


def _is_tied(most: list[tuple[str | None, int]]) -> bool:
    return len(most) > 1 and most[0][1] == most[1][1]


def _figures(item: Item, asked: list[Item], scripts: list[_Script]) -> ItemFigures:
    letters = [script[item.question_id] for script in scripts if item.question_id in script]
    chosen = Counter(letter for letter in letters if letter is not None)
    choices = {letter: chosen[letter] for letter in item.letters}
    unused = tuple(letter for letter in item.letters if letters and not choices[letter] and letter != item.key)
    return ItemFigures(
        len(letters),
        letters.count(None),
        chosen[item.key] / len(letters) if letters else None,
        _point_biserial(item, asked, scripts),
        choices,
        unused,
    )


def _point_biserial(item: Item, asked: list[Item], scripts: list[_Script]) -> float | None:
    whole = [script for script in scripts if all(one.question_id in script for one in asked)]
    right = [float(script[item.question_id] == item.key) for script in whole]
    rest = [
        sum(one.max_marks for one in asked if one is not item and script[one.question_id] == one.key)
        for script in whole
    ]
    if len(whole) < FEWEST_SCRIPTS or len(set(right)) == 1 or len(set(rest)) == 1:
        return None
    return correlation(right, rest)

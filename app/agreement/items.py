"""Classical item statistics of a multiple-choice test, from the letters that were read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import correlation

# Below this many scripts a correlation says nothing.
FEWEST_SCRIPTS = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it is asked now: its id, the letter of its key, and the letters of its options."""

    question_id: str
    key: str
    letters: str


@dataclass(frozen=True, slots=True)
class Box:
    """One question on one script's answer sheet, with key and maximum as they were when the script was set.

    `read`: what each model read in it, None for an empty box. `is_current`: the question is still asked so.
    """

    script: str
    question_id: str
    key: str
    max_marks: float
    read: tuple[str | None, ...]
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Over the `n` scripts that were asked the question as it is and whose box was read; `n_blank` left it empty.

    `facility`: mean mark / maximum. `point_biserial`: correlation of a right answer with the share of marks on the
    script's other questions, over scripts in which all boxes were read; None with fewer than three, or where either
    does not vary.
    """

    n: int
    n_blank: int
    facility: float | None
    point_biserial: float | None
    choices: Mapping[str, int]
    unused_distractors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    letter: str | None
    box: Box

    @property
    def is_right(self) -> bool:
        return self.letter == self.box.key

    @property
    def marks(self) -> float:
        return self.box.max_marks * self.is_right


_Script = Mapping[str, _Answer | None]


def item_figures(items: Iterable[Item], boxes: Iterable[Box]) -> dict[str, ItemFigures]:
    """By question id. Of several readings of a box the letter that most models read counts, none where they tie."""
    scripts: dict[str, dict[str, _Answer | None]] = defaultdict(dict)
    for box in boxes:
        scripts[box.script][box.question_id] = _answer(box)
    return {item.question_id: _figures(item, list(scripts.values())) for item in items}


def _answer(box: Box) -> _Answer | None:
    most = Counter(box.read).most_common(2)
    if not most or (len(most) > 1 and most[0][1] == most[1][1]):
        return None
    return _Answer(most[0][0], box)


def _figures(item: Item, scripts: Sequence[_Script]) -> ItemFigures:
    answers = [answer for script in scripts if (answer := script.get(item.question_id)) and answer.box.is_current]
    chosen = Counter(answer.letter for answer in answers)
    choices = {letter: chosen[letter] for letter in item.letters}
    unused = tuple(letter for letter in item.letters if answers and not choices[letter] and letter != item.key)
    return ItemFigures(
        len(answers),
        chosen[None],
        sum(answer.is_right for answer in answers) / len(answers) if answers else None,
        _point_biserial(item, scripts),
        choices,
        unused,
    )


def _point_biserial(item: Item, scripts: Sequence[_Script]) -> float | None:
    right, rest = [], []
    for script in scripts:
        answers = [answer for answer in script.values() if answer is not None]
        own = script.get(item.question_id)
        others = [answer for answer in answers if answer is not own]
        if own is None or not own.box.is_current or len(answers) < len(script) or not others:
            continue
        right.append(float(own.is_right))
        # A share: scripts may have been asked different questions beside this one.
        rest.append(sum(answer.marks for answer in others) / sum(answer.box.max_marks for answer in others))
    if len(right) < FEWEST_SCRIPTS or len(set(right)) == 1 or len(set(rest)) == 1:
        return None
    return correlation(right, rest)

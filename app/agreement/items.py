"""Classical item statistics of a multiple-choice test, from the letters that were read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import correlation

from app.marks.letter_key import letter_key

# Below this many scripts a correlation says nothing.
FEWEST_SCRIPTS = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it is asked now: its id, its key as `letter_key` writes it, and the letters of the options that a
    student chooses among (none of a matching question).
    """

    question_id: str
    key: str
    letters: str


@dataclass(frozen=True, slots=True)
class Box:
    """One question on one script's answer sheet, with key and maximum as they were when the script was set.

    `read`: what each model read in it, as a key writes it, None for an empty box. `is_current`: the question is still
    asked so.
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

    `facility`: mean mark / maximum. `point_biserial`: correlation of the question's own share of marks (1 or 0 for one
    letter) with the share of marks on the script's other questions, over scripts in which all boxes were read; None
    with fewer than three, or where either does not vary.
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
    def share(self) -> float:
        """The share of the maximum; 0 where the question has no key that code marks by."""
        key = letter_key(self.box.key)
        return key.share_of(self.letter) if key else 0.0

    @property
    def marks(self) -> float:
        return self.box.max_marks * self.share

    @property
    def letters(self) -> list[str]:
        """The letters chosen, each once; none for a row of boxes, whose letters are no choice between options."""
        return self.letter.split(",") if self.letter and not self.letter[0].isdigit() else []


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
    chosen = Counter(letter for answer in answers for letter in answer.letters)
    choices = {letter: chosen[letter] for letter in item.letters}
    right = item.key.split(",")
    unused = tuple(letter for letter in item.letters if answers and not choices[letter] and letter not in right)
    return ItemFigures(
        len(answers),
        sum(answer.letter is None for answer in answers),
        sum(answer.share for answer in answers) / len(answers) if answers else None,
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
        right.append(own.share)
        # A share: scripts may have been asked different questions beside this one.
        rest.append(sum(answer.marks for answer in others) / sum(answer.box.max_marks for answer in others))
    if len(right) < FEWEST_SCRIPTS or len(set(right)) == 1 or len(set(rest)) == 1:
        return None
    return correlation(right, rest)

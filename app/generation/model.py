"""The domain of generated tests: what a writer drafts, what a teacher gets, and what was wrong. All frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.marks.model import Json

LETTERS = "ABCD"


class Difficulty(StrEnum):
    EASY = "EASY"
    MEDIUM = "MEDIUM"
    HARD = "HARD"


class Bloom(StrEnum):
    """Bloom's levels of what a question asks of a student, revised names."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"
    CREATE = "create"


class Check(StrEnum):
    """What a gate found. Stored with the attempt and shown with its message."""

    UNREADABLE = "unreadable"  # no question could be read out of the answer
    INCOMPLETE = "incomplete"  # a part of the question is missing
    OPTIONS = "options"  # not four different options
    QUOTE_SHORT = "quote_short"  # too few words to prove anything
    QUOTE_NOT_FOUND = "quote_not_found"  # the quote is not in the segment
    SOURCE_MENTIONED = "source_mentioned"  # "according to the passage"
    KEY_TOO_LONG = "key_too_long"  # its length gives the key away
    TOO_MANY_LONGEST = "too_many_longest"  # over the test, the longest option is the key too often
    ALL_OR_NONE = "all_or_none"  # all of the above, none of the above
    ABSOLUTE_KEY = "absolute_key"  # "always" and the like in the key
    ABSOLUTE_DISTRACTORS = "absolute_distractors"  # in every distractor and not in the key
    NEGATIVE_UNMARKED = "negative_unmarked"  # a "not" that is easily overlooked
    DUPLICATE = "duplicate"  # another question of the test asks the same
    SOLVER_DISAGREES = "solver_disagrees"  # a solver with the quote chose another option
    SOLVER_SILENT = "solver_silent"  # a solver gave no usable answer
    GUESSABLE = "guessable"  # every solver got it right without the quote


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One verdict of a gate, in words a teacher understands. `blocking` rejects the draft, otherwise it is a flag.

    `found` is what stood there, cut short.
    """

    check: Check
    message: str
    found: str | None = None
    blocking: bool = True

    def as_json(self) -> dict[str, Json]:
        found = {} if self.found is None else {"found": self.found}
        return {"code": self.check.value, "message": self.message, "blocking": self.blocking} | found


@dataclass(frozen=True, slots=True)
class Distractor:
    text: str
    why_wrong: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as a writer gives it: the key is a text, no option has a letter yet."""

    stem: str
    key: str
    distractors: tuple[Distractor, ...]
    explanation: str
    quote: str
    topic: str
    bloom: Bloom | None

    @property
    def distractor_texts(self) -> tuple[str, ...]:
        return tuple(distractor.text for distractor in self.distractors)


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with its options in the order in which they are printed. `number` counts from 1 within its test.

    `correct_option` is the letter of the key. `why_wrong` gives, by letter, the reason against a distractor. `page`
    is the page of the document that `quote` stands on.
    """

    number: int
    question: str
    options: tuple[str, ...]
    correct_option: str
    explanation: str = ""
    why_wrong: Mapping[str, str] = field(default_factory=dict)
    difficulty: Difficulty = Difficulty.MEDIUM
    topic: str = ""
    bloom: Bloom | None = None
    page: int | None = None
    quote: str = ""
    max_marks: float = 1.0

    @property
    def lettered(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(LETTERS, self.options, strict=False))

    @property
    def key(self) -> str:
        return dict(self.lettered)[self.correct_option]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What is exported and printed. `identifier` is the test's id; `title` is for people."""

    identifier: str
    title: str
    questions: tuple[ChoiceQuestion, ...]

"""The domain of generated tests: what a writer drafts, what a teacher gets, and what was wrong. All frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.marks.letter_key import LETTERS, LetterKey, letter_key
from app.marks.model import Json

__all__ = [
    "FIXED",
    "LETTERS",
    "Bloom",
    "Check",
    "CheckFinding",
    "ChoiceQuestion",
    "Difficulty",
    "Distractor",
    "Draft",
    "Kind",
    "QuestionSet",
]


class Kind(StrEnum):
    """What a question asks of a student."""

    SINGLE = "single"  # one of four options is right
    SEVERAL = "several"  # two or three of four options are right
    TRUE_FALSE = "true_false"  # a statement that is true or false
    ASSERTION_REASON = "assertion_reason"  # two statements, and whether one explains the other
    MATCHING = "matching"  # items, each with the one option that belongs to it


# Their options are the same in every question of their kind.
FIXED = frozenset({Kind.TRUE_FALSE, Kind.ASSERTION_REASON})


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
    """What a check found. Stored with the attempt and shown with its message."""

    UNREADABLE = "unreadable"  # no question could be read out of the answer
    INCOMPLETE = "incomplete"  # a part of the question is missing
    OPTIONS = "options"  # not four different options
    PAIRS = "pairs"  # pairs that are not one to one, or that give each other away
    LEVEL = "level"  # another Bloom level than the requested one
    QUOTE_SHORT = "quote_short"  # too few words to prove anything
    QUOTE_NOT_FOUND = "quote_not_found"  # the quote is not in the segment
    SOURCE_MENTIONED = "source_mentioned"  # "according to the passage"
    KEY_TOO_LONG = "key_too_long"  # its length gives the key away
    TOO_MANY_LONGEST = "too_many_longest"  # over the test, the longest option is the key too often
    ALL_OR_NONE = "all_or_none"  # all of the above, none of the above
    ABSOLUTE_KEY = "absolute_key"  # "always" and the like in the key, or in a statement to be judged
    ABSOLUTE_DISTRACTORS = "absolute_distractors"  # in every distractor and not in the key
    NEGATIVE_UNMARKED = "negative_unmarked"  # a "not" that is easily overlooked
    LANGUAGE = "language"  # not in the writing system of the document's language
    WORDING_UNCHECKED = "wording_unchecked"  # no table for this language: its words were not checked
    DUPLICATE = "duplicate"  # another question of the test asks the same
    SOLVER_DISAGREES = "solver_disagrees"  # a solver with the quote chose another option
    SOLVER_SILENT = "solver_silent"  # a solver gave no usable answer
    GUESSABLE = "guessable"  # every solver got it right without the quote


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One finding of a check, in words that a teacher understands. `blocking` rejects the draft; else it is a flag.

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
    """A question as a writer gives it: the key is a text, no option has a letter yet.

    Of a true-false question and of an assertion `stem` is the statement, and `reason` the second one; there is no key
    then, for code decides which of the fixed options is right before the question is written. `more_keys` are the
    right options after the first, `pairs` what a matching question matches.
    """

    stem: str
    key: str
    distractors: tuple[Distractor, ...]
    explanation: str
    quote: str
    topic: str
    bloom: Bloom | None
    kind: Kind = Kind.SINGLE
    more_keys: tuple[str, ...] = ()
    reason: str = ""
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def distractor_texts(self) -> tuple[str, ...]:
        return tuple(distractor.text for distractor in self.distractors)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, *self.more_keys)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that a student reads and a writer wrote."""
        if self.kind is Kind.MATCHING:
            return (self.stem, *(text for pair in self.pairs for text in pair))
        if self.kind in FIXED:
            return tuple(filter(None, (self.stem, self.reason)))
        return (self.stem, *self.keys, *self.distractor_texts)

    @property
    def gist(self) -> str:
        """What tells it from another question with the same quote: the key, or what is stated or matched."""
        if self.kind is Kind.MATCHING:
            return "\n".join(sorted(f"{left} = {right}" for left, right in self.pairs))
        return (self.reason or self.stem) if self.kind in FIXED else "\n".join(sorted(self.keys))


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with its options in the order in which they are printed. `number` counts from 1 within its test.

    `correct_option` is the key as `letter_key` writes it: one letter, several, or one for each of the `prompts` of a
    matching question. `why_wrong` gives, by letter, the reason against a distractor. `page` is the page of the document
    that `quote` stands on. `solved_without` is (right, solvers): how many found the key without the quote.
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
    kind: Kind = Kind.SINGLE
    prompts: tuple[str, ...] = ()
    solved_without: tuple[int, int] | None = None

    @property
    def lettered(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(LETTERS, self.options, strict=False))

    @property
    def letter_key(self) -> LetterKey:
        """Raises ValueError where `correct_option` is no key."""
        found = letter_key(self.correct_option)
        if found is None:
            raise ValueError(f"question {self.number} has no key: {self.correct_option!r}")
        return found

    @property
    def right_letters(self) -> tuple[str, ...]:
        return self.letter_key.letters

    @property
    def key(self) -> str:
        """The text of the right option; of several, all texts in the order of the key."""
        options = dict(self.lettered)
        return "\n".join(options[letter] for letter in self.right_letters)

    @property
    def gist(self) -> str:
        """What `Draft.gist` is of the question that was drafted."""
        if self.kind is Kind.MATCHING:
            return "\n".join(sorted(f"{left} = {right}" for left, right in self.pairs))
        if self.kind is Kind.ASSERTION_REASON:
            return self.question.rpartition("\n")[2].partition(": ")[2]
        return self.question if self.kind in FIXED else "\n".join(sorted(self.key.split("\n")))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(prompt, the option that belongs to it) of a matching question."""
        options = dict(self.lettered)
        return tuple((prompt, options[letter]) for prompt, letter in zip(self.prompts, self.right_letters, strict=True))


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What is exported and printed. `identifier` is the test's id; `title` is for people. `language` is a BCP 47 tag,
    "" where it is not known.
    """

    identifier: str
    title: str
    questions: tuple[ChoiceQuestion, ...]
    language: str = ""

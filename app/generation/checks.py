"""The checks by code that reject a drafted question before any model solves it. All pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from app.documents.words import n_words
from app.generation.language import same_writing_system
from app.generation.model import Check, CheckFinding, Draft, Kind
from app.generation.plans import SlotPlan
from app.generation.quotes import find_quote, plain, same_option
from app.generation.segment import Segment
from app.generation.wordings.registry import WORDINGS
from app.generation.wordings.table import Wording
from app.marks.languages import NAMES

_LONGEST_FOUND = 120


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every threshold, with what was measured."""

    n_options: int = 4
    # rapidfuzz partial ratio, 0 to 100: verbatim quotes score 100, with a slip of OCR 98, invented ones 64.
    quote_score: float = 90.0
    # Short strings are found anywhere: of the invented quotes of three words many score above 90.
    quote_words: int = 4
    # Length of the key over that of the longest distractor, in characters. In LLM-made banks the key is strictly the
    # longest option in 91 % of 2026 items, so that who guesses "the longest" passes.
    key_length_ratio: float = 1.3
    # The largest share of a test's questions whose key is strictly the longest option; by chance it is 25 %.
    key_longest_share: float = 0.4
    # Partial ratio of two quotes, 0 to 100, from which they are the same one. Stems are not compared: true paraphrases
    # scored 55 to 73, questions about different facts 87 to 97.
    same_quote_score: float = 90.0


DEFAULT_THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class SolverAnswer:
    """What a solver chose. `letter` is None when the solver said that no option, or more than one, is right.
    `is_readable` is False when its answer could not be read.
    """

    model: str
    letter: str | None
    reason: str = ""
    is_readable: bool = True


def check_draft(
    draft: Draft, segment: Segment, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[CheckFinding, ...]:
    """The findings about one draft, without the other questions. It passes when none is blocking."""
    return (*_quote(draft, segment, thresholds), *check_wording(draft, segment.language, thresholds))


def check_wording(draft: Draft, language: str, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> tuple[CheckFinding, ...]:
    """The findings about the wording. They need no document, so a teacher's own question has them too."""
    wording = WORDINGS.get(language)
    findings = [finding for check in _CHECKS[draft.kind] for finding in check(draft, thresholds)]
    findings += _language(draft, language)
    if wording is None:
        return (*findings, _unchecked(language))
    return (*findings, *(finding for check in _WORDING_CHECKS[draft.kind] for finding in check(draft, wording)))


def check_plan(draft: Draft, plan: SlotPlan) -> tuple[CheckFinding, ...]:
    """Compare the draft with its plan: the number of right answers and the Bloom level."""
    findings = []
    n_right = len(plan.key.split(","))
    if draft.kind is Kind.SEVERAL and len(draft.keys) != n_right:
        message = f"Exactly {n_right} of the four answers must be right; there are {len(draft.keys)}."
        findings.append(_finding(Check.OPTIONS, message, " | ".join(draft.keys)))
    if plan.bloom is not None and draft.bloom is not plan.bloom:
        message = f"The question must be at the Bloom level {plan.bloom.value}."
        findings.append(_finding(Check.LEVEL, message, draft.bloom.value if draft.bloom else None))
    return tuple(findings)


def is_rejected(findings: Iterable[CheckFinding]) -> bool:
    return any(finding.blocking for finding in findings)


def check_duplicate(
    draft: Draft, accepted: Iterable[tuple[str, str]], thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[CheckFinding, ...]:
    """Find whether the test has the question already. `accepted`: gist and quote of each other question."""
    key, quote = same_option(draft.gist), plain(draft.quote)
    for other_key, other_quote in accepted:
        same_key = same_option(other_key) == key
        if same_key and fuzz.partial_ratio(plain(other_quote), quote) >= thresholds.same_quote_score:
            message = "Another question of this test has the same key and the same quote. Ask about something else."
            return (_finding(Check.DUPLICATE, message, draft.key),)
    return ()


def key_is_longest(key: str, distractors: Iterable[str]) -> bool:
    """Strictly longer than every distractor, in characters."""
    return len(key) > max(map(len, distractors))


def draft_key_is_longest(draft: Draft) -> bool:
    """Only where one option is right does its length give it away."""
    return draft.kind is Kind.SINGLE and key_is_longest(draft.key, draft.distractor_texts)


def check_longest_share(
    draft: Draft, n_longest: int, n_target: int, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[CheckFinding, ...]:
    """Find whether the test has room for one more key that is the longest option. It has `n_longest` of them now."""
    allowed = int(thresholds.key_longest_share * n_target + 1e-9)
    if not draft_key_is_longest(draft) or share_holds(n_longest + 1, n_target, thresholds):
        return ()
    message = (
        f"In {n_longest} of the test's questions the key is the longest option already, and at most {allowed} of "
        f"{n_target} may be so. Make the key shorter or at least one distractor as long."
    )
    return (_finding(Check.TOO_MANY_LONGEST, message, draft.key),)


def too_many_longest_in(draft: Draft, others: Sequence[Draft], thresholds: Thresholds) -> tuple[CheckFinding, ...]:
    """The same check for a test whose other questions are complete."""
    n_longest = sum(map(draft_key_is_longest, others))
    return check_longest_share(draft, n_longest, len(others) + 1, thresholds)


def share_holds(n_longest: int, n_all: int, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> bool:
    return n_longest <= thresholds.key_longest_share * n_all + 1e-9


def too_many_longest(key: str, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> CheckFinding:
    """The finding for a good question that has too few others beside it."""
    message = (
        f"The key is the longest option. That may be so in {100 * thresholds.key_longest_share:g} % of a test, and too "
        "few others passed. Make the key shorter or at least one distractor as long."
    )
    return _finding(Check.TOO_MANY_LONGEST, message, key)


def check_solvers(
    key_letter: str, with_quote: Sequence[SolverAnswer], without: Sequence[SolverAnswer]
) -> tuple[CheckFinding, ...]:
    """Judge the answers of the solvers. With the quote, each solver must choose the key. A solver without a readable
    answer is tolerated only if another one chose the key. If all solvers choose the key without the quote, the question
    is flagged as guessable.
    """
    findings = [finding for answer in with_quote for finding in _solved(key_letter, answer, with_quote)]
    if without and all(answer.letter == key_letter for answer in without):
        message = "Every solver found the key without having read the text: the question may be answered by guessing."
        findings.append(CheckFinding(Check.GUESSABLE, message, blocking=False))
    return tuple(findings)


def _solved(key_letter: str, answer: SolverAnswer, everybody: Sequence[SolverAnswer]) -> Iterator[CheckFinding]:
    if not answer.is_readable:
        # One solver less is tolerable; without any solver nothing has been checked.
        confirmed = any(other.letter == key_letter for other in everybody)
        because = f": {answer.reason[:400].rstrip('.')}" if answer.reason else ""
        message = f"{answer.model} gave no answer that could be read{because}."
        yield CheckFinding(Check.SOLVER_SILENT, message, answer.reason[:_LONGEST_FOUND] or None, blocking=not confirmed)
    elif answer.letter != key_letter:
        chose = f"option {answer.letter}" if answer.letter else "no single option"
        because = f" Its reason: {answer.reason[:400]}" if answer.reason else ""
        message = f"{answer.model}, given the quote, chose {chose} instead of the key ({key_letter}).{because}"
        yield _finding(Check.SOLVER_DISAGREES, message, answer.letter)


def _options(draft: Draft, thresholds: Thresholds) -> Iterator[CheckFinding]:
    options = [*draft.keys, *draft.distractor_texts]
    n_different = len({same_option(option) for option in options if option.strip()})
    if len(options) != thresholds.n_options or n_different != thresholds.n_options:
        message = f"There must be {thresholds.n_options} different options; there are {n_different}."
        yield _finding(Check.OPTIONS, message, " | ".join(options))


def _quote(draft: Draft, segment: Segment, thresholds: Thresholds) -> Iterator[CheckFinding]:
    if n_words(draft.quote) < thresholds.quote_words:
        message = f"The quote must have at least {thresholds.quote_words} words to support the key."
        yield _finding(Check.QUOTE_SHORT, message, draft.quote)
        return
    match = find_quote(draft.quote, segment)
    if match.score < thresholds.quote_score:
        message = (
            f"The quote does not stand in the text (likeness {match.score:.0f} of 100; at least "
            f"{thresholds.quote_score:.0f} is needed). Copy it word for word."
        )
        yield _finding(Check.QUOTE_NOT_FOUND, message, draft.quote)


def _language(draft: Draft, language: str) -> Iterator[CheckFinding]:
    if not same_writing_system(" ".join([*draft.texts[:1], *draft.keys]), language):
        name = NAMES.get(language, language)
        yield _finding(Check.LANGUAGE, f"The question must be written in {name}.", draft.stem)


def _unchecked(language: str) -> CheckFinding:
    """Without a table for the language, code cannot check the wording."""
    name = NAMES.get(language, language)
    message = (
        f"Not checked in this language ({name}): pointing at the source, options about the other options, absolute "
        "words and unmarked negatives. Read the question with these in mind."
    )
    return CheckFinding(Check.WORDING_UNCHECKED, message, blocking=False)


def _pairs(draft: Draft, _thresholds: Thresholds) -> Iterator[CheckFinding]:
    """One to one, and no item says its own match."""
    sides = [[same_option(text) for text in side] for side in zip(*draft.pairs, strict=True)]
    if any(len(set(side)) < len(draft.pairs) for side in sides):
        message = "Two items or two matches are the same: each must belong to exactly one."
        yield _finding(Check.PAIRS, message, " | ".join(f"{left} = {right}" for left, right in draft.pairs))
        return
    for left, right in draft.pairs:
        if re.search(rf"\b{re.escape(same_option(right))}\b", same_option(left)):
            yield _finding(Check.PAIRS, "An item has its match in it, which gives the pair away.", f"{left} = {right}")
            return


def _source_mentioned(draft: Draft, wording: Wording) -> Iterator[CheckFinding]:
    for text in draft.texts:
        if found := wording.source(text):
            message = "The question points to a text that the student does not have. Ask about the subject itself."
            yield _finding(Check.SOURCE_MENTIONED, message, found)
            return


def _key_length(draft: Draft, thresholds: Thresholds) -> Iterator[CheckFinding]:
    longest = max((len(text) for text in draft.distractor_texts), default=0)
    key = max(draft.keys, key=len)
    if len(key) > thresholds.key_length_ratio * longest:
        message = (
            f"The key has {len(key)} characters, the longest distractor {longest}: its length gives it away. "
            f"It may be at most {thresholds.key_length_ratio:g} times as long."
        )
        yield _finding(Check.KEY_TOO_LONG, message, key)


def _all_or_none(draft: Draft, wording: Wording) -> Iterator[CheckFinding]:
    for text in (*draft.keys, *draft.distractor_texts, *(match for _, match in draft.pairs)):
        if wording.others(text):
            message = "An option refers to the other options (all, none or some of the above). Each must stand alone."
            yield _finding(Check.ALL_OR_NONE, message, text)
            return


def _absolute_statement(draft: Draft, wording: Wording) -> Iterator[CheckFinding]:
    for text in draft.texts:
        if found := wording.absolute(text):
            message = "The statement claims something without exception, which students take for a sign of a false one."
            yield _finding(Check.ABSOLUTE_KEY, message, found)
            return


def _absolutes(draft: Draft, wording: Wording) -> Iterator[CheckFinding]:
    if found := next(filter(None, map(wording.absolute, draft.keys)), None):
        message = "The key claims something without exception. Absolute words may stand in distractors only."
        yield _finding(Check.ABSOLUTE_KEY, message, found)
    elif draft.distractors and all(map(wording.absolute, draft.distractor_texts)):
        message = "Every distractor has an absolute word and the key has none, which tells them apart."
        yield CheckFinding(Check.ABSOLUTE_DISTRACTORS, message, blocking=False)


def _negative(draft: Draft, wording: Wording) -> Iterator[CheckFinding]:
    if word := wording.negative(draft.stem):
        mark = "write NOT or EXCEPT in capitals" if word.isascii() else "put the word in quotation marks"
        message = f"The question asks for what is not so, and that is easily overlooked: {mark}."
        yield _finding(Check.NEGATIVE_UNMARKED, message, word)


_Checker = Callable[[Draft, Thresholds], Iterator[CheckFinding]]
_CHECKS: Mapping[Kind, tuple[_Checker, ...]] = {
    Kind.SINGLE: (_options, _key_length),
    Kind.SEVERAL: (_options, _key_length),
    Kind.TRUE_FALSE: (),
    Kind.ASSERTION_REASON: (),
    Kind.MATCHING: (_pairs,),
}
_WordingChecker = Callable[[Draft, Wording], Iterator[CheckFinding]]
_OF_CHOICES: tuple[_WordingChecker, ...] = (_source_mentioned, _all_or_none, _absolutes, _negative)
_OF_STATEMENTS: tuple[_WordingChecker, ...] = (_source_mentioned, _absolute_statement, _negative)
_WORDING_CHECKS: Mapping[Kind, tuple[_WordingChecker, ...]] = {
    Kind.SINGLE: _OF_CHOICES,
    Kind.SEVERAL: _OF_CHOICES,
    Kind.TRUE_FALSE: _OF_STATEMENTS,
    Kind.ASSERTION_REASON: _OF_STATEMENTS,
    Kind.MATCHING: (_source_mentioned, _all_or_none, _negative),
}


def _finding(check: Check, message: str, found: str | None) -> CheckFinding:
    return CheckFinding(check, message, None if found is None else found[:_LONGEST_FOUND])

"""Sentences that say nothing but the whole mark: "Just one mark.", "Mark: 1.", "Kein Punkt", "Deserves full credit".

A sentence counts only where each of its words is known. So "one mark for the method" says nothing of the whole mark.
Such sentences never give a mark; they can only contradict one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.grading.answers.glossary import words_of
from app.marks.model import Question

_LEAST_UNIT = 1e-9
_LONGEST_SENTENCE = 300
_SENTENCE_END = re.compile(r"(?<=[.;!?。])\s+|\n+|(?<=。)")
_CLAUSE_END = re.compile(r"[,:，：]\s|\s[–—-]\s|\s(?:because|since|as)\s", re.IGNORECASE)  # noqa: RUF001 - Chinese signs are meant
_NAMED = re.compile(
    r"\A\W*(?:the |final |overall |total )*(?:mark|score|grade|total|points?|note|nota)\s?[:=]", re.IGNORECASE
)
_REASON = re.compile(r"\s(?:because|since)\s")
_ARROW = re.compile(r"\A\s*(?:=>|->|→|⇒)")
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")
# "-1 mark" tells a loss.
_SIGNED = re.compile(r"[-+]\s?[0-9.]")
_DECIMAL_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_POINT = "p"
_WITH_POINT = re.compile(rf"([0-9]+){_POINT}([0-9]+)")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD_NUMBERS = {
    word: str(number)
    for number, line in enumerate((
        "one ein eine einen un une uno una um uma een één один jeden bir satu",
        "two zwei deux due dois twee два dwa iki dua",
        "three drei trois tre tres drie три trzy uc tiga",
        "four vier quatre cuatro quattro quatro",
        "five funf cinq cinco cinque vijf",
    ), start=1)
    for word in line.split()
}  # fmt: skip
_UNIT = _set("mark point pt credit score grade")
_AWARD = _set(
    "award awarded awarding give given gave get got earn earned receive received deserve deserved scored obtained "
    "granted gain gained achieved assigned"
)
# "score" is the verb in "scores zero" and the noun in "the score is 1".
_LEAD = _set("so therefore thu thus hence overall reflection final finally should would")
_FILLER = _set(
    "the this that it i d student answer response question only just solely simply on be is are wa were ha have "
    "note been worth here in total really actually all_of a whole now my he she they we can could will"
)
_OF = _set("of out /")
_NONE = _set("no zero none nothing nil null nul cero ноль")
# A note that is nothing else.
_ALONE = ({"zero"}, {"nil"}, {"nothing"})
_FULL = _set("full all every maximum max")
_NONE_OR_FULL = _NONE | _FULL
_NOT_ANY = _set("not any")
_KNOWN = _UNIT | _AWARD | _LEAD | _FILLER | _OF | _NONE | _FULL | _NOT_ANY
_NEGATED = _set("not never")
_SIGNS = frozenset("*\"'`()[]{}.,!:;–—-=>→⇒_#。：“”’")  # noqa: RUF001 - signs as models write them
_BLANK_WORDS = _set(
    "blank empty unanswered no not attempt attempted answer answered response the student left leave this question it "
    "is wa made given nothing written wrote completely entirely did page whole ha been at all"
)
_WRONG_WORDS = _set("completely totally entirely wholly incorrect wrong answer response the this is student")
# Without one of these words a sentence without numbers says nothing.
MARK_WORDS = _UNIT | _AWARD | _set("zero nil nothing")
EMPTY = _set("blank empty unanswered")
NUMBERED = frozenset(_WORD_NUMBERS)
_BLANK_OR_WRONG = _BLANK_WORDS | _WRONG_WORDS
WHOLLY = _set("completely totally entirely wholly")
_CANNOT_MARK = re.compile(
    r"\b(?:i|we)(?: am| are| was)? (?:can ?not|can't|could not|couldn't|unable to|not able to) "
    r"(?:mark|grade|assess|score|evaluate)\s(?:it|this|the (?:answer|question|response|script))\b"
    r"|\billegible\b[^.]{0,20}\b(?:can ?not|can't) be (?:marked|graded|read)\b",
    re.IGNORECASE,
)


def declines(notes: str) -> str | None:
    """The words with which a note says that this answer was not marked; None where there are none."""
    match = _CANNOT_MARK.search(notes)
    return match[0] if match else None


def statements(notes: str, question: Question) -> Iterator[tuple[float, str]]:
    """What sentences of `notes`, with plain numbers, say of the whole mark: the number, and the words that say it."""
    sentences = [one.strip() for one in _SENTENCE_END.split(notes.strip()) if one.strip()]
    if not sentences:
        return
    first, last = sentences[0], sentences[-1]
    rest = " ".join(sentences[1:])
    is_whole = len(sentences) == 1
    if is_whole or not _speaks_of_more(rest):
        yield from _with_words(_of_sentence(first, question, is_whole=is_whole), first)
    if not is_whole:
        yield from _with_words(_of_sentence(last, question, is_whole=False), last)
    clauses = _clauses(first)
    if (none := _none_at_all(clauses[0])) is not None:
        yield none, clauses[0]
    if is_whole and len(clauses) > 1:
        yield from _at_its_ends(clauses, question)


def _at_its_ends(clauses: Sequence[str], question: Question) -> Iterator[tuple[float, str]]:
    """What the first or the last clause of a sentence says of the whole mark, if that is all or nothing."""
    begins, ends = _whole_or_none(clauses[0], question), _whole_or_none(clauses[-1], question)
    if begins == 0:
        yield begins, clauses[0]
    is_doubtful = len(clauses) > _TWO and not _DOUBTS.isdisjoint(_words(" ".join(clauses[:-1])))
    if ends is not None and not is_doubtful and (ends > 0 or len(clauses) == _TWO):
        yield ends, clauses[-1]


_TWO = 2
_DOUBTS = _set("no not but except missing lost lose without")


def _with_words(number: float | None, said: str) -> Iterator[tuple[float, str]]:
    if number is not None:
        yield number, said.rstrip(" .")


def _speaks_of_more(rest: str) -> bool:
    found = words_of(rest[:1000])
    return any(word in _UNIT or word in _WORD_NUMBERS or _NUMBER.fullmatch(word) for word in found)


def _clauses(sentence: str) -> list[str]:
    return [one.strip() for one in _CLAUSE_END.split(sentence) if one.strip()] or [sentence]


def _of_sentence(sentence: str, question: Question, *, is_whole: bool) -> float | None:
    """The whole mark that a sentence, up to its reason, gives; None if it says anything else."""
    if _SIGNED.search(sentence):
        return None
    own = _REASON.split(sentence, maxsplit=1)[0]
    words = _words(own)
    is_named = bool(_NAMED.match(own))
    named = is_named or bool(_ARROW.match(own)) or not _AWARD.isdisjoint(words) or not _LEAD.isdisjoint(words)
    scores = words[:1] == ("score",) or words[:2] == ("student", "score") or words[:3] == ("the", "student", "score")
    says = named or scores or {"mark", "is"} <= set(words)
    return _number_of(words, question, is_named=is_named) if says or is_whole else None


@lru_cache(256)
def _words(text: str) -> tuple[str, ...]:
    found = words_of(_DECIMAL_POINT.sub(_POINT, text.strip()[:_LONGEST_SENTENCE]))
    return tuple(_digits(word) for word in found if word not in _SIGNS)


@lru_cache(4096)
def _digits(word: str) -> str:
    if word.isalpha():
        return _WORD_NUMBERS.get(word, word)
    return _WITH_POINT.sub(r"\1.\2", word)


def _number_of(words: Sequence[str], question: Question, *, is_named: bool) -> float | None:
    unknown = [word for word in words if word not in _KNOWN]
    # Most sentences have an unknown word: then no number in them matters.
    if not all(map(_NUMBER.fullmatch, unknown)):
        return None
    return _of_known(list(map(float, unknown)), _KNOWN.intersection(words), question, is_named=is_named)


def _of_known(numbers: Sequence[float], rest: frozenset[str], question: Question, *, is_named: bool) -> float | None:
    """What `numbers` and the words around them, `rest`, say of the whole mark."""
    is_share = len(numbers) == _TWO and bool(rest & _OF) and "answer" not in rest
    if not (rest & (_UNIT | _AWARD) or is_share or (is_named and numbers)):
        return 0.0 if rest in _ALONE and not numbers else None
    if rest & _NEGATED:
        return 0.0 if "any" in rest and not numbers and rest & (_UNIT | _AWARD) else None
    if rest & _NONE:
        return 0.0 if not numbers and not rest & _FULL else None
    if rest & _FULL:
        if numbers and rest & {"max", "maximum"}:
            return None
        is_whole = bool(rest & _UNIT) and all(abs(one - question.max_marks) <= _LEAST_UNIT for one in numbers)
        return question.max_marks if is_whole else None
    return _of_numbers(numbers, rest, question)


def _of_numbers(numbers: Sequence[float], rest: frozenset[str], question: Question) -> float | None:
    # "1 de 3": "de" is also an article.
    if len(numbers) == _TWO and rest & (_OF | {"the"}) and abs(numbers[1] - question.max_marks) <= _LEAST_UNIT:
        return numbers[0]
    if len(numbers) != 1:
        return None
    is_award = rest & (_AWARD | _LEAD) or ({"mark", "is"} <= rest and not rest & {"total", "worth"})
    may_be_the_maximum = abs(numbers[0] - question.max_marks) <= _LEAST_UNIT and not is_award
    return None if may_be_the_maximum or rest & {"out", "/"} else numbers[0]


def _none_at_all(clause: str) -> float | None:
    """0 for "Left blank", "No attempt made", "Entirely incorrect"; None for anything else."""
    words = set(_words(clause))
    if not words <= _BLANK_OR_WRONG:
        return None
    if words <= _WRONG_WORDS and words & WHOLLY and words & {"incorrect", "wrong"}:
        return 0.0
    is_blank = words & EMPTY and not words & {"no", "not"}
    is_missing = bool(words & {"no", "not"} and words & {"attempt", "attempted", "answer", "answered", "response"})
    is_missing = is_missing or ("nothing" in words and not words.isdisjoint({"written", "wrote"}))
    is_question = {"answer", "is"} <= words and not words & {"blank", "empty"}
    return 0.0 if words <= _BLANK_WORDS and (is_blank or is_missing) and not is_question else None


def _whole_or_none(clause: str, question: Question) -> float | None:
    words = _words(clause)
    return None if _NONE_OR_FULL.isdisjoint(words) else _number_of(words, question, is_named=False)

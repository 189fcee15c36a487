"""What writers, solvers and readers of scans answered: total (nothing a model writes raises), and never a guess."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app.answer_json import (
    LONGEST_TEXT,
    find_json,
    repair_latex,
    with_stray_backslashes_doubled,
)
from app.documents.extraction import clean
from app.generation.checks import SolverAnswer
from app.generation.model import LETTERS, Bloom, Check, CheckFinding, Distractor, Draft, Kind
from app.generation.plans import N_PAIRS
from app.marks.letter_key import Form, LetterKey, letter_key
from app.marks.model import Json
from app.thinking import without_thinking

_NAMES = {
    "stem": ("stem", "question", "question_text"),
    "key": ("key", "correct_answer", "answer", "correct"),
    "distractors": ("distractors", "wrong_answers", "incorrect_answers"),
    "explanation": ("explanation", "rationale"),
    "quote": ("quote", "source_quote", "evidence"),
    "keys": ("keys", "correct_answers", "answers"),
    "statement": ("statement", "stem", "question"),
    "assertion": ("assertion",),
    "reason": ("reason",),
    "pairs": ("pairs", "matches"),
}
# What tells a question of each kind from other JSON.
_TELLING: dict[Kind, tuple[str, ...]] = {
    Kind.SINGLE: ("stem", "key"),
    Kind.SEVERAL: ("stem", "keys"),
    Kind.TRUE_FALSE: ("statement",),
    Kind.ASSERTION_REASON: ("assertion", "reason"),
    Kind.MATCHING: ("stem", "pairs"),
}
_WHY = ("why_wrong", "reason", "explanation", "rationale")
_PARTS = {"stem": "question", "key": "key", "explanation": "explanation", "quote": "quote"}
_BLOOM = {bloom.value: bloom for bloom in Bloom} | {"analyze": Bloom.ANALYSE}
_LETTERED = re.compile(r"\(?([A-D])[).:]\s+(?=\S)")
_ONLY_LETTER = re.compile(r"\W*(?:(?:the )?(?:correct )?(?:answer|option)(?: is)?\W*)?\(?([A-D])\)?\W*", re.IGNORECASE)
_LETTER_AND_TEXT = re.compile(r"\s*\(?([A-D])[).:]\s.*", re.DOTALL)
_N_OPTIONS = 4
_FEWEST_KEYS = 2

_Object = dict[str, Json]


def parse_writer(text: str, kind: Kind = Kind.SINGLE) -> Draft | tuple[CheckFinding, ...]:
    """The question of this kind that a writer gave, or what it lacks. Of several the last complete one counts: drafts
    come first.
    """
    candidates = _objects(text, lambda value: all(_first(value, _NAMES[name]) for name in _TELLING[kind]))
    if not candidates:
        message = "No question could be read out of the answer. Answer with the JSON object that was asked for."
        return (CheckFinding(Check.UNREADABLE, message, text.strip()[:120] or None),)
    drafts = [_DRAFTS[kind](candidate) for candidate in candidates]
    return next((draft for draft in reversed(drafts) if isinstance(draft, Draft)), drafts[-1])


def parse_solver(text: str, model: str, key: str = "A") -> SolverAnswer:
    """What a solver chose, in the form of `key`: JSON, or else an answer that is a letter and nothing else."""
    if choices := _objects(text, lambda value: "answer" in value):
        return _choice(choices[-1], model, key)
    match = _ONLY_LETTER.fullmatch(without_thinking(text[:LONGEST_TEXT]).strip())
    if match:
        return SolverAnswer(model, match[1].upper())
    return SolverAnswer(model, None, clean(text.strip()[:400]), is_readable=False)


def _objects(text: str, is_wanted: Callable[[_Object], bool]) -> list[_Object]:
    """The wanted JSON objects of an answer: as it stands, or else with the backslashes doubled that break its JSON."""
    answer = without_thinking(text[:LONGEST_TEXT])
    as_it_stands = list(filter(is_wanted, _all_objects(answer)))
    return as_it_stands or list(filter(is_wanted, _all_objects(with_stray_backslashes_doubled(answer))))


def _all_objects(answer: str) -> Iterator[_Object]:
    """Those inside a list or inside one more object with a single name included."""
    for one in find_json(answer):
        for value in one.value if isinstance(one.value, list) else [one.value]:
            inner = list(value.values()) if isinstance(value, dict) and len(value) == 1 else []
            yield from (item for item in [*_flat(inner), value] if isinstance(item, dict))


def _flat(values: list[Json]) -> Iterator[Json]:
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _first(value: _Object, names: tuple[str, ...]) -> Json:
    return next((value[name] for name in names if value.get(name)), None)


def _text(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(repair_latex(str(value)) or "").strip()


_Parsed = Draft | tuple[CheckFinding, ...]


def _single(value: _Object) -> _Parsed:
    named, findings = _named(value, "stem", "key", "explanation", "quote")
    distractors = _distractors(value)
    findings += _lacking_distractors(distractors, _N_OPTIONS - 1)
    if findings:
        return tuple(findings)
    key, *others = _without_letters([named["key"], *(one.text for one in distractors)])
    return _draft(value, named["stem"], key, _with_texts(distractors, others))


def _several(value: _Object) -> _Parsed:
    named, findings = _named(value, "stem", "explanation", "quote")
    listed = _first(value, _NAMES["keys"])
    keys = [_text(item) for item in listed] if isinstance(listed, list) else []
    distractors = _distractors(value)
    if not all(keys) or len(keys) < _FEWEST_KEYS:
        findings.append(_lacks(f"There must be at least {_FEWEST_KEYS} right answers in keys; there are {len(keys)}."))
    findings += _lacking_distractors(distractors, max(1, _N_OPTIONS - len(keys)))
    if findings:
        return tuple(findings)
    texts = _without_letters([*keys, *(one.text for one in distractors)])
    wrong = _with_texts(distractors, texts[len(keys) :])
    draft = _draft(value, named["stem"], texts[0], wrong)
    return replace(draft, kind=Kind.SEVERAL, more_keys=tuple(texts[1 : len(keys)]))


def _true_false(value: _Object) -> _Parsed:
    named, findings = _named(value, "statement", "explanation", "quote")
    why = _text(_first(value, _WHY[:1]))
    wrong = (Distractor("", why),) if why else ()
    return tuple(findings) or replace(_draft(value, named["statement"], "", wrong), kind=Kind.TRUE_FALSE)


def _assertion_reason(value: _Object) -> _Parsed:
    named, findings = _named(value, "assertion", "reason", "explanation", "quote")
    draft = _draft(value, named["assertion"], "", ())
    return tuple(findings) or replace(draft, kind=Kind.ASSERTION_REASON, reason=named["reason"])


def _matching(value: _Object) -> _Parsed:
    named, findings = _named(value, "stem", "explanation", "quote")
    listed = _first(value, _NAMES["pairs"])
    pairs = [_pair(item) for item in listed] if isinstance(listed, list) else []
    if len(pairs) != N_PAIRS or not all(left and right for left, right in pairs):
        findings.append(_lacks(f"There must be {N_PAIRS} pairs with an item and a match; there are {len(pairs)}."))
    draft = _draft(value, named["stem"], "", ())
    return tuple(findings) or replace(draft, kind=Kind.MATCHING, pairs=tuple(pairs))


_DRAFTS: dict[Kind, Callable[[_Object], _Parsed]] = {
    Kind.SINGLE: _single,
    Kind.SEVERAL: _several,
    Kind.TRUE_FALSE: _true_false,
    Kind.ASSERTION_REASON: _assertion_reason,
    Kind.MATCHING: _matching,
}


def _named(value: _Object, *names: str) -> tuple[dict[str, str], list[CheckFinding]]:
    named = {name: _text(_first(value, _NAMES[name])) for name in names}
    return named, [_lacks(f"The {_PARTS.get(name, name)} is missing.") for name, text in named.items() if not text]


def _draft(value: _Object, stem: str, key: str, distractors: tuple[Distractor, ...]) -> Draft:
    bloom = _BLOOM.get(_text(value.get("bloom")).lower())
    explanation, quote = (_text(_first(value, _NAMES[name])) for name in ("explanation", "quote"))
    return Draft(stem, key, distractors, explanation, quote, _text(value.get("topic"))[:200], bloom)


def _distractors(value: _Object) -> list[Distractor]:
    listed = _first(value, _NAMES["distractors"])
    return [_distractor(item) for item in listed] if isinstance(listed, list) else []


def _lacking_distractors(distractors: Sequence[Distractor], wanted: int) -> Iterator[CheckFinding]:
    if len(distractors) != wanted or not all(one.text for one in distractors):
        yield _lacks(f"There must be {wanted} distractors; there are {len(distractors)}.")
    elif not all(one.why_wrong for one in distractors):
        yield _lacks("A distractor does not say why it is wrong.")


def _with_texts(distractors: Sequence[Distractor], texts: Sequence[str]) -> tuple[Distractor, ...]:
    return tuple(Distractor(text, one.why_wrong) for text, one in zip(texts, distractors, strict=True))


def _pair(item: Json) -> tuple[str, str]:
    if isinstance(item, dict):
        return _text(_first(item, ("item", "left", "prompt"))), _text(_first(item, ("match", "right", "option")))
    if isinstance(item, list) and len(item) == len(("item", "match")):
        return _text(item[0]), _text(item[1])
    return "", ""


def _lacks(message: str) -> CheckFinding:
    return CheckFinding(Check.INCOMPLETE, message)


def _distractor(item: Json) -> Distractor:
    if isinstance(item, dict):
        return Distractor(_text(_first(item, ("text", "option", "answer"))), _text(_first(item, _WHY)))
    return Distractor(_text(item), "")


def _without_letters(options: list[str]) -> list[str]:
    """The options without letters in front, where each has a different one: then they are no part of the text."""
    matches = [_LETTERED.match(option) for option in options]
    letters = {match[1] for match in matches if match}
    if len(letters) != len(options):
        return options
    return [option[match.end() :] for option, match in zip(options, matches, strict=True) if match]


def _choice(value: _Object, model: str, key: str) -> SolverAnswer:
    reason, answer = _text(value.get("reason")), value["answer"]
    form = letter_key(key)
    if form is not None and form.form is not Form.ONE and answer is not None:
        chosen = _chosen(form, answer)
        return SolverAnswer(model, chosen, reason or _text(answer)[:400], is_readable=chosen is not None)
    if answer is None or _text(answer).lower() in {"null", "none"}:
        return SolverAnswer(model, None, reason)
    match = _ONLY_LETTER.fullmatch(_text(answer)) or _LETTER_AND_TEXT.fullmatch(_text(answer))
    if match and match[1].upper() in LETTERS:
        return SolverAnswer(model, match[1].upper(), reason)
    return SolverAnswer(model, None, reason or _text(answer)[:400], is_readable=False)


def _chosen(key: LetterKey, answer: Json) -> str | None:
    """Several letters, or one for each item, as a key writes them. None where the answer has another form."""
    listed = [f"{item}{letter}" for item, letter in answer.items()] if isinstance(answer, dict) else answer
    said = ",".join(map(_text, listed)) if isinstance(listed, list) else _text(listed)
    letters = re.findall(r"(?<![A-Za-z])[A-D](?![A-Za-z])", re.sub(r"(?<=[A-D])(?=[A-D])", " ", said.upper()))
    if key.form is Form.SEVERAL:
        return key.written(sorted(set(letters))) if letters else None
    return key.written(letters) if len(letters) == len(key.letters) else None

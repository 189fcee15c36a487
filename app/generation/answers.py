"""What writers, solvers and readers of scans answered: total (nothing a model writes raises), and never a guess."""

import re
from collections.abc import Callable, Iterator

from app.answer_json import (
    LONGEST_TEXT,
    find_json,
    repair_latex,
    with_stray_backslashes_doubled,
)
from app.documents.extraction import clean
from app.generation.checks import SolverAnswer
from app.generation.model import LETTERS, Bloom, Check, CheckFinding, Distractor, Draft
from app.marks.model import Json
from app.thinking import without_thinking

_NAMES = {
    "stem": ("stem", "question", "question_text"),
    "key": ("key", "correct_answer", "answer", "correct"),
    "distractors": ("distractors", "wrong_answers", "incorrect_answers"),
    "explanation": ("explanation", "rationale"),
    "quote": ("quote", "source_quote", "evidence"),
}
_WHY = ("why_wrong", "reason", "explanation", "rationale")
_PARTS = {"stem": "question", "key": "key", "explanation": "explanation", "quote": "quote"}
_BLOOM = {bloom.value: bloom for bloom in Bloom} | {"analyze": Bloom.ANALYSE}
_LETTERED = re.compile(r"\(?([A-D])[).:]\s+(?=\S)")
_ONLY_LETTER = re.compile(r"\W*(?:(?:the )?(?:correct )?(?:answer|option)(?: is)?\W*)?\(?([A-D])\)?\W*", re.IGNORECASE)
_LETTER_AND_TEXT = re.compile(r"\s*\(?([A-D])[).:]\s.*", re.DOTALL)
_N_DISTRACTORS = 3

_Object = dict[str, Json]


def parse_writer(text: str) -> Draft | tuple[CheckFinding, ...]:
    """The question a writer gave, or what it lacks. Of several the last complete one counts: drafts come first."""
    candidates = _objects(text, lambda value: bool(_first(value, _NAMES["stem"]) and _first(value, _NAMES["key"])))
    if not candidates:
        message = "No question could be read out of the answer. Answer with the JSON object that was asked for."
        return (CheckFinding(Check.UNREADABLE, message, text.strip()[:120] or None),)
    drafts = [_draft(candidate) for candidate in candidates]
    return next((draft for draft in reversed(drafts) if isinstance(draft, Draft)), drafts[-1])


def parse_solver(text: str, model: str) -> SolverAnswer:
    """The option a solver chose: JSON, or else an answer that is a letter and nothing else."""
    if choices := _objects(text, lambda value: "answer" in value):
        return _choice(choices[-1], model)
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


def _draft(value: _Object) -> Draft | tuple[CheckFinding, ...]:
    listed = _first(value, _NAMES["distractors"])
    distractors = [_distractor(item) for item in listed] if isinstance(listed, list) else []
    named = {name: _text(_first(value, _NAMES[name])) for name in _PARTS}
    findings = [_lacks(f"The {_PARTS[name]} is missing.") for name, text in named.items() if not text]
    if len(distractors) != _N_DISTRACTORS or not all(one.text for one in distractors):
        findings.append(_lacks(f"There must be {_N_DISTRACTORS} distractors; there are {len(distractors)}."))
    elif not all(one.why_wrong for one in distractors):
        findings.append(_lacks("A distractor does not say why it is wrong."))
    if findings:
        return tuple(findings)
    key, *others = _without_letters([named["key"], *(one.text for one in distractors)])
    cleaned = tuple(Distractor(text, one.why_wrong) for text, one in zip(others, distractors, strict=True))
    bloom = _BLOOM.get(_text(value.get("bloom")).lower())
    return Draft(
        named["stem"], key, cleaned, named["explanation"], named["quote"], _text(value.get("topic"))[:200], bloom
    )


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


def _choice(value: _Object, model: str) -> SolverAnswer:
    reason, answer = _text(value.get("reason")), value["answer"]
    if answer is None or _text(answer).lower() in {"null", "none"}:
        return SolverAnswer(model, None, reason)
    match = _ONLY_LETTER.fullmatch(_text(answer)) or _LETTER_AND_TEXT.fullmatch(_text(answer))
    if match and match[1].upper() in LETTERS:
        return SolverAnswer(model, match[1].upper(), reason)
    return SolverAnswer(model, None, reason or _text(answer)[:400], is_readable=False)

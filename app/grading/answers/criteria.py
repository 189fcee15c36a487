"""Read the criteria that a rubric model took off the rubric images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.answer_json import (
    LONGEST_TEXT,
    find_json,
    nests_deeper_than,
    repair_latex,
    with_stray_backslashes_doubled,
)
from app.marks.model import Json
from app.thinking import without_thinking

_NAME = "grading_criteria"
_COMPONENT = frozenset({"header", "criteria"})
_IDS = ("question_id", "question_number", "max_mark", "max_marks")
_MARKS = ("marks", "mark", "max_marks", "max_mark", "points", "score")
_TELLING = ("criterion", "description", "text", "criteria", "requirement", "answer")
_DEEPEST = 20
_NO_CRITERIA = "No grading criteria could be read in the rubric model's answer."


@dataclass(frozen=True, slots=True)
class ParsedCriteria:
    """`text` is what is stored and shown: a JSON string with `grading_criteria`, empty beside a `parse_error`."""

    criteria: list[Json]
    text: str
    parse_error: str | None = None


def parse_criteria(text: str) -> ParsedCriteria:
    """The longest `grading_criteria` list of a completion, the later one on a tie. An empty list is an error: a rubric
    without criteria must not pass as one that was read. Broken JSON is not mended here: nothing could check the result.
    """
    visible = without_thinking(text) if len(text) <= LONGEST_TEXT else ""
    lists = _lists(visible) or _lists(with_stray_backslashes_doubled(visible))
    longest: list[Json] = max(reversed(lists), key=len, default=[])
    if not longest or nests_deeper_than(longest, _DEEPEST):
        return ParsedCriteria([], json.dumps({_NAME: []}), _NO_CRITERIA)
    criteria = [_mended(item) for item in longest]
    return ParsedCriteria(criteria, json.dumps({_NAME: criteria}, ensure_ascii=False))


def _lists(text: str) -> list[list[Json]]:
    values = [found.value for found in find_json(text)]
    values += [
        value[key] for value in values if isinstance(value, dict) for key in value if isinstance(value[key], dict)
    ]
    named = [value[_NAME] for value in values if isinstance(value, dict) and isinstance(value.get(_NAME), list)]
    return named or _by_question(values) or [value for value in values if isinstance(value, list)]


def _by_question(values: Sequence[Json]) -> list[list[Json]]:
    """Criteria in lists by question, `{"rubric": [{"question_id", "grading_criteria": [...]}]}`, as one list each."""
    listed = [item for value in values if isinstance(value, dict) for item in value.values() if isinstance(item, list)]
    listed += [value for value in values if isinstance(value, list)]
    return [
        [entry for question in questions for entry in _entries(question)]
        for questions in listed
        if any(isinstance(one, dict) and isinstance(one.get(_NAME), list) for one in questions)
    ]


def _entries(question: Json) -> list[Json]:
    """The criteria of one question, each with its id. Components, which clients show as they are, stay together."""
    if not isinstance(question, dict) or not isinstance(question.get(_NAME), list):
        return [question]
    about = {name: item for name, item in question.items() if name != _NAME}
    criteria = question[_NAME]
    if criteria and all(isinstance(one, dict) and _COMPONENT & one.keys() for one in criteria):
        return [about | {"components": criteria}]
    about = {name: item for name, item in about.items() if name in _IDS}
    return [about | _criterion(one) for one in criteria]


def _criterion(item: Json) -> dict[str, Json]:
    if not isinstance(item, dict):
        return {"marks": None, "criterion": item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}
    marks = next((item[name] for name in _MARKS if name in item), None)
    text = next((item[name] for name in _TELLING if isinstance(item.get(name), str)), None)
    return {**item, "marks": marks, "criterion": text or json.dumps(item, ensure_ascii=False)}


def _mended(value: Json) -> Json:
    if isinstance(value, str):
        return repair_latex(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {key: _mended(item) for key, item in value.items()}
    return value

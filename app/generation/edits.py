"""Questions by a teacher's hand: they must have the form of their kind, and the checks say what they find.

The checks warn and refuse nothing here: a teacher may know better.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.errors import UnprocessableError
from app.generation.checks import Thresholds, check_duplicate, check_wording, too_many_longest_in
from app.generation.language import language_of
from app.generation.model import CheckFinding
from app.generation.options import draft_of
from app.generation.question_set import question_of
from app.generation.quotes import same_option
from app.marks.letter_key import misfit
from app.marks.model import Json
from app.store.generated_tests import GeneratedTestStore
from app.store.records import TestQuestionRow

# The fields that the checks judge and that the solvers saw.
_JUDGED = frozenset({"question", "prompts", "options", "correct_option"})
_NEW: Mapping[str, Any] = {"bloom": None, "page": None, "quote": ""}


async def add_question(
    tests: GeneratedTestStore, test_id: str, question: Mapping[str, Any], thresholds: Thresholds
) -> TestQuestionRow:
    """The new question with its checks. Raises UnprocessableError where it has not the form of its kind."""
    check_form(question)
    test = await tests.test(test_id)
    given = {name: value for name, value in question.items() if value is not None}
    row = {**_NEW, "slot": 0, "difficulty": test["difficulty"], **given}
    findings = await asyncio.to_thread(judged, row, test["questions"], thresholds)
    return await tests.add_question(test_id, {**question, "checks": {"findings": _stored(findings)}})


async def edit_question(
    tests: GeneratedTestStore, test_id: str, question_id: str, changes: Mapping[str, Any], thresholds: Thresholds
) -> TestQuestionRow:
    """The changed question; where its wording changed, with the findings of the checks on it. Raises UnprocessableError
    where it would no longer have the form of its kind.
    """
    questions = (await tests.test(test_id))["questions"]
    before = next((one for one in questions if one["id"] == question_id), None)
    if before is None or not _JUDGED & changes.keys():
        # Without the question the database says so.
        return await tests.edit_question(test_id, question_id, changes)
    row = before | {name: value for name, value in changes.items() if name in _JUDGED}
    check_form(row)
    others = [one for one in questions if one["id"] != question_id]
    findings = await asyncio.to_thread(judged, row, others, thresholds)
    return await tests.edit_question(test_id, question_id, changes, _stored(findings))


def check_form(row: Mapping[str, Any]) -> None:
    """Raises UnprocessableError, naming the field, unless options, prompts and key are those of the question's kind."""
    wrong = misfit(row["kind"], len(row["prompts"]), len(row["options"]), row["correct_option"])
    for name in ("options", "prompts"):
        if wrong is None and len({same_option(text) for text in row[name]}) < len(row[name]):
            wrong = name, "must be different to a reader, also without blanks and capitals"
    if wrong:
        raise UnprocessableError.field(*wrong)


def judged(
    row: Mapping[str, Any], others: Sequence[TestQuestionRow], thresholds: Thresholds
) -> tuple[CheckFinding, ...]:
    """The findings of the checks on a question beside the others of its test. Its quote is not checked. The first call
    loads a model of languages and takes a second: not on the event loop.
    """
    draft = draft_of(question_of(row))
    beside = [question_of(one) for one in others]
    return (
        *check_wording(draft, _language([row, *others]), thresholds),
        *(check_duplicate(draft, [(one.gist, one.quote) for one in beside], thresholds) if draft.quote else ()),
        *too_many_longest_in(draft, [draft_of(one) for one in beside], thresholds),
    )


def _language(questions: Sequence[Mapping[str, Any]]) -> str:
    """Of the whole test: one question is too short to tell."""
    return language_of("\n".join(" ".join([one["question"], *one["prompts"], *one["options"]]) for one in questions))


def _stored(findings: Sequence[CheckFinding]) -> list[dict[str, Json]]:
    return [replace(finding, blocking=False).as_json() for finding in findings]

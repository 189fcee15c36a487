"""An attempt in several requests: what each one asks, and one answer made of their answers. Pure.

A slice is what one request of such an attempt asks: one question of the script, or all questions of one page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from app.grading.answers.merged import merge
from app.grading.plan import Plan
from app.marks.model import Finding, Json, ParsedAnswer, Question, QuestionMark, Role, Split
from app.marks.reasons import Reason
from app.openrouter.call import Failure
from app.store.runs import ClaimedRun

Parse = Callable[[str, Sequence[Question]], ParsedAnswer]

_SEVERAL_PAGES = "Several pages of the script were given a mark for this question."
_NO_PAGE = "No page of the script was given a mark for this question."


@dataclass(frozen=True, slots=True)
class Slice:
    """`questions` are the ids that its request asks for. `page` is the only page of the script that it shows, from 1;
    None where it shows all `pages`. `is_again`: it asks for what the first slices left open.
    """

    questions: tuple[str, ...]
    pages: int
    page: int | None = None
    is_again: bool = False

    @property
    def name(self) -> str:
        """Unique within an attempt."""
        what = f"page {self.page}" if self.page is not None else ", ".join(self.questions)
        return f"again: {what}" if self.is_again else what

    def as_json(self) -> dict[str, Json]:
        return {"questions": list(self.questions), "pages": self.pages, "page": self.page, "again": self.is_again}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(tuple(row["questions"]), row["pages"], row["page"], row["again"])


@dataclass(frozen=True, slots=True)
class SliceAnswer:
    """What became of a slice: the model's text, or the failure of its call."""

    content: str | None = None
    failure: Failure | None = None

    def as_json(self, *, whole: bool) -> dict[str, Json]:
        """As it is stored. `whole`: it leaves nothing open, and is not asked for again."""
        error = None if self.failure is None else {"reason": self.failure.reason.value, "message": self.failure.message}
        return {"content": self.content, "error": error, "whole": whole}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        error = row["error"]
        return cls(row["content"], None if error is None else Failure(Reason(error["reason"]), error["message"]))


def slices_of(split: Split | None, questions: Sequence[Question], n_pages: int) -> tuple[Slice, ...]:
    """The first slices of an attempt; empty where one request asks for everything."""
    ids = tuple(question.question_id for question in questions)
    if split is Split.QUESTION and len(ids) > 1:
        return tuple(Slice((one,), n_pages) for one in ids)
    if split is Split.PAGE and n_pages > 1:
        return tuple(Slice(ids, n_pages, page) for page in range(1, n_pages + 1))
    return ()


def slices_of_run(claimed: ClaimedRun) -> dict[str, tuple[Slice, ...]]:
    """The first slices of each marker's attempts."""
    n_pages = sum(image.role is Role.STUDENT for image in claimed.images)
    markers = Plan.from_json(claimed.plan, default_tries=1).markers
    return {one.key: slices_of(one.assessment.split, claimed.questions, n_pages) for one in markers}


def read_slice(parse: Parse, one: Slice, text: str, questions: Sequence[Question]) -> ParsedAnswer:
    """The marks of a slice's own questions. Ids of other questions are known, so that no mark goes to a wrong one."""
    whole = parse(text, questions)
    asked = [question for question in questions if question.question_id in one.questions]
    if whole.parse_error is not None and len(asked) < len(questions):
        # Such as one bare mark: it can only be that of the single question.
        whole = parse(text, asked)
    marks = tuple(mark for mark in whole.marks if mark.question_id in one.questions)
    return replace(whole, marks=marks, parse_error=_error(marks, whole))


def is_whole(one: Slice, read: ParsedAnswer) -> bool:
    """Whether nothing of a slice is asked for again. What a page leaves out may stand on another one."""
    return one.page is not None or not read.to_ask_again


def left_open(first: Mapping[Slice, ParsedAnswer | Failure]) -> tuple[Slice, ...]:
    """The slices that ask once more for what the first ones left open. Questions whose calls failed are not among them:
    of a failed page nobody knows what stands on it.
    """
    read = {one: found for one, found in first.items() if isinstance(found, ParsedAnswer)}
    by_page = next((one for one in first if one.page is not None), None)
    if by_page is None:
        return tuple(replace(one, is_again=True) for one, found in read.items() if found.to_ask_again)
    if len(read) < len(first):
        return ()
    ids = tuple(mark.question_id for mark in _of_pages(read) if mark.marks_awarded is None)
    return (Slice(ids, by_page.pages, is_again=True),) if ids else ()


def combined(
    questions: Sequence[Question],
    first: Mapping[Slice, ParsedAnswer | Failure],
    again: Mapping[Slice, ParsedAnswer | Failure],
) -> ParsedAnswer:
    """One answer to all `questions`. A question whose call failed says so. A question that one page alone marks has
    that mark; what several pages mark, or none, needs an answer to the whole script.
    """
    read = {one: found for one, found in first.items() if isinstance(found, ParsedAnswer)}
    is_by_page = any(one.page is not None for one in first)
    found = {mark.question_id: mark for mark in (_of_pages(read) if is_by_page else _of_questions(read))}
    for second in again.values():
        if isinstance(second, ParsedAnswer):
            before = ParsedAnswer(tuple(found[mark.question_id] for mark in second.marks), "", None)
            found |= {mark.question_id: mark for mark in merge(before, second).marks}
    for one, failure in first.items():
        if isinstance(failure, Failure):
            found |= {name: _failed(name, failure) for name in one.questions if _is_open(found.get(name))}
    every = [*read.values(), *(one for one in again.values() if isinstance(one, ParsedAnswer))]
    marks = tuple(found[one.question_id] for one in questions if one.question_id in found)
    return ParsedAnswer(
        marks,
        "+".join(dict.fromkeys(one.parse_path for one in every)) or "none",
        _error(marks, *every),
        tuple(dict.fromkeys(finding for one in every for finding in one.findings)),
        tuple(passed for one in every for passed in one.passed_over),
    )


def _of_questions(read: Mapping[Slice, ParsedAnswer]) -> Iterable[QuestionMark]:
    return (mark for found in read.values() for mark in found.marks)


def _of_pages(read: Mapping[Slice, ParsedAnswer]) -> Iterable[QuestionMark]:
    """Of each question the mark of the one page that marks it. A page that declines to mark counts too: the answer
    may go on elsewhere.
    """
    ids = dict.fromkeys(mark.question_id for found in read.values() for mark in found.marks)
    for question_id in ids:
        marks = [mark for found in read.values() for mark in found.marks if mark.question_id == question_id]
        spoken = [mark for mark in marks if mark.marks_awarded is not None or mark.abstained]
        if len(spoken) == 1 and spoken[0].marks_awarded is not None:
            yield spoken[0]
        else:
            yield _undecided(question_id, spoken)


def _undecided(question_id: str, spoken: Sequence[QuestionMark]) -> QuestionMark:
    given = [mark.marks_awarded for mark in spoken if mark.marks_awarded is not None]
    reason, message = (Reason.DUPLICATE, _SEVERAL_PAGES) if len(given) > 1 else (Reason.MISSING, _NO_PAGE)
    notes = "\n".join(mark.rubric_notes for mark in spoken if mark.rubric_notes) or None
    found = ", ".join(f"{mark:g}" for mark in given) or None
    return QuestionMark(
        question_id, None, notes, [mark.raw for mark in spoken], (Finding(reason, message, question_id, found),)
    )


def _is_open(mark: QuestionMark | None) -> bool:
    return mark is None or (mark.marks_awarded is None and not mark.abstained)


def _failed(question_id: str, failure: Failure) -> QuestionMark:
    return QuestionMark(question_id, None, findings=(Finding(Reason.CALL_FAILED, failure.message, question_id),))


def _error(marks: Iterable[QuestionMark], *read: ParsedAnswer) -> str | None:
    if any(not _is_open(mark) for mark in marks):
        return None
    return next((one.parse_error for one in read if one.parse_error), Reason.PARSE.sentence)

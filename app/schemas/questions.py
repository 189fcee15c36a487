"""Wire models of `/questions`."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from app.errors import UnprocessableError
from app.marks.question_ids import QuestionIds, folded
from app.schemas.base import Mark, NonEmptyText, Request, SessionId, Text, Wire

_LARGEST_INT4 = 2**31 - 1


def _id_text(value: object) -> object:
    """A number as its text: clients number questions 1, 2, 3 or 1.1, 1.2."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        return value
    return str(value)


QuestionId = Annotated[NonEmptyText, Field(max_length=200), AfterValidator(str.strip), BeforeValidator(_id_text)]


_LONG_NAMES = {"question_number": "question_id", "max_mark": "max_marks"}


def _agree(one: object, other: object) -> bool:
    """Whether two values of one field are the same: numbers by their value, ids as they look."""
    if one == other:
        return True
    one, other = _id_text(one), _id_text(other)
    return isinstance(one, str) and isinstance(other, str) and folded(one) == folded(other)


class QuestionConfig(Request):
    """One question: `{question_id, max_marks}` or `{question_number, max_mark}`, where the number is the id."""

    question_id: QuestionId
    max_marks: Mark
    number: Annotated[int, Field(ge=1, le=_LARGEST_INT4, strict=True)] | None = None
    tolerance: Mark | None = None
    text: Text | None = None
    answer: Text | None = None
    renamed_from: Annotated[
        QuestionId | None, Field(description="The id that the question had: its marks and reviews are kept.")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _short_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        short = {_LONG_NAMES[name]: value for name, value in data.items() if name in _LONG_NAMES}
        full = {name: value for name, value in data.items() if name not in _LONG_NAMES}
        for short_name, name in _LONG_NAMES.items():
            if name in short and name in full and not _agree(short[name], full[name]):
                raise ValueError(
                    f"{name} is {full[name]!r} and {short_name} is {short[name]!r}: they are two names of one field. "
                    f"Send {name} alone."
                )
        return short | full


class QuestionSet(Request):
    """Questions whose ids and numbers are distinct; a missing number is the position from 1."""

    questions: Annotated[list[QuestionConfig], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for index, question in enumerate(self.questions):
            question.number = question.number or index + 1
        for field in ("question_id", "number"):
            self._refuse_twice(field)
        self._refuse_twice("renamed_from")
        return self

    def _refuse_twice(self, field: str) -> None:
        seen: dict[object, object] = {}
        for index, question in enumerate(self.questions):
            value = getattr(question, field)
            if value is None:
                continue
            alike = folded(value) if isinstance(value, str) else value
            if alike in seen:
                twice = f"{value!r} is there twice."
                looks = f"{value!r} looks like {seen[alike]!r}: a model cannot tell the two apart. Give it another id."
                raise UnprocessableError.field(f"questions.{index}.{field}", twice if seen[alike] == value else looks)
            seen[alike] = value


class ConfigureQuestionsReq(QuestionSet):
    """All questions of a session; any other is deleted. `human_marks_2_by_qid` holds a second human's marks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
                    "questions": [
                        {"question_id": "MAI.1b(ii)", "max_marks": 4, "tolerance": 0.5},
                        {"question_number": "2", "max_mark": 2.5},
                    ],
                    "human_marks_by_qid": {"MAI.1b(ii)": 3, "2": 1.5},
                }
            ]
        }
    )

    session_id: SessionId
    human_marks_by_qid: Annotated[dict[Text, Mark], Field(default_factory=dict)]
    human_marks_2_by_qid: Annotated[dict[Text, Mark], Field(default_factory=dict)]

    @model_validator(mode="after")
    def _marks_within_maxima(self) -> Self:
        maxima = {question.question_id: question.max_marks for question in self.questions}
        for name in ("human_marks_by_qid", "human_marks_2_by_qid"):
            setattr(self, name, _by_configured_id(name, getattr(self, name), maxima))
        return self


def _by_configured_id(name: str, marks: Mapping[str, float], maxima: Mapping[str, float]) -> dict[str, float]:
    """The marks by the ids as they are stored. Raises UnprocessableError naming the mark at fault."""
    known = QuestionIds(maxima)
    found: dict[str, float] = {}
    for written, mark in marks.items():
        field, question_id = f"{name}.{written}", known.match(written)
        if question_id not in maxima:
            raise UnprocessableError.field(field, "There is no such question.")
        if question_id in found:
            raise UnprocessableError.field(field, f"Question {question_id!r} has two marks here.")
        if mark > maxima[question_id]:
            raise UnprocessableError.field(field, f"{mark:g} is above the maximum of {maxima[question_id]:g}.")
        found[question_id] = mark
    return found


class QuestionRow(Wire):
    question_id: str
    number: int
    max_marks: float
    tolerance: float | None
    text: str | None
    answer: str | None


class QuestionsRes(Wire):
    session_id: str
    questions: list[QuestionRow]
    human_marks_by_qid: dict[str, float]
    human_marks_2_by_qid: dict[str, float]


class ReadQuestion(Wire):
    """`text` and `answer`: null where the spreadsheet has no such column, or an empty cell."""

    question_id: str
    max_marks: float
    text: str | None
    answer: str | None

    @classmethod
    def of(cls, listed: Any) -> "ReadQuestion":
        """Of an `app.mark_tables.maxima.ListedQuestion`."""
        return cls(
            question_id=listed.question_id,
            max_marks=listed.max_marks,
            text=listed.text or None,
            answer=listed.answer or None,
        )


class ReadQuestionsRes(Wire):
    """The questions that a spreadsheet holds, in its order."""

    questions: list[ReadQuestion]

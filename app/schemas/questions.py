"""Wire models of `/questions`."""

import math
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from app.errors import UnprocessableError
from app.schemas.base import Mark, NonEmptyText, Request, SessionId, Text, Wire

_LARGEST_INT4 = 2**31 - 1


def _id_text(value: object) -> object:
    """A number as its text: clients number questions 1, 2, 3 or 1.1, 1.2."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        return value
    return str(value)


QuestionId = Annotated[NonEmptyText, Field(max_length=200), BeforeValidator(_id_text)]


class QuestionConfig(Request):
    """One question: `{question_id, max_marks}` or `{question_number, max_mark}`, where the number is the id."""

    question_id: QuestionId
    max_marks: Mark
    number: Annotated[int, Field(ge=1, le=_LARGEST_INT4, strict=True)] | None = None
    tolerance: Mark | None = None
    text: Text | None = None
    answer: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        names = {"question_number": "question_id", "max_mark": "max_marks"}
        short = {names[name]: value for name, value in data.items() if name in names}
        return short | {name: value for name, value in data.items() if name not in names}


class QuestionSet(Request):
    """Questions whose ids and numbers are distinct; a missing number is the position from 1."""

    questions: Annotated[list[QuestionConfig], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for index, question in enumerate(self.questions):
            question.number = question.number or index + 1
        for field in ("question_id", "number"):
            self._refuse_twice(field)
        return self

    def _refuse_twice(self, field: str) -> None:
        seen: set[object] = set()
        for index, question in enumerate(self.questions):
            value = getattr(question, field)
            if value in seen:
                raise UnprocessableError.field(f"questions.{index}.{field}", f"{value!r} is there twice.")
            seen.add(value)


class ConfigureQuestionsReq(QuestionSet):
    """The whole truth about a session's questions: others are deleted. `human_marks_2_by_qid` is a second human's."""

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
            for question_id, mark in getattr(self, name).items():
                field = f"{name}.{question_id}"
                if question_id not in maxima:
                    raise UnprocessableError.field(field, "There is no such question.")
                if mark > maxima[question_id]:
                    raise UnprocessableError.field(field, f"{mark:g} is above the maximum of {maxima[question_id]:g}.")
        return self


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

"""A slip in a field's name is named; what clients send beside our fields is left aside."""

import pytest
from pydantic import ValidationError

from app.errors import UnprocessableError
from app.schemas.exams import CreateExamReq
from app.schemas.grade import GradePlanReq, ModelSpec
from app.schemas.questions import QuestionConfig, QuestionSet
from app.schemas.sessions import CreateSessionReq
from app.schemas.tests import GenerateReq

QUESTION = {"question_id": "1", "max_marks": 1}
TEST = {"document_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "num_questions": 3}


@pytest.mark.parametrize(
    ("model", "body", "slip", "meant"),
    [
        (GenerateReq, TEST | {"dificulty": "HARD"}, "dificulty", "difficulty"),
        (GenerateReq, TEST | {"solver_model": ["a/b"]}, "solver_model", "solver_models"),
        (QuestionConfig, QUESTION | {"tolerence": 1}, "tolerence", "tolerance"),
        (
            QuestionSet,
            {"questions": [{"question_number": "1", "max_mark": 1, "tolerence": 1}]},
            "tolerence",
            "tolerance",
        ),
        (CreateExamReq, {"name": "x", "question": [QUESTION]}, "question", "questions"),
        (GradePlanReq, {"models": [{"name": "a/b", "instance_ids": "x"}]}, "instance_ids", "instance_id"),
        (GradePlanReq, {"models": [], "default_trys": 3}, "default_trys", "default_tries"),
    ],
)
def test_a_slip_in_a_name_is_refused(model, body, slip, meant):
    with pytest.raises(UnprocessableError) as refused:
        model.model_validate(body)

    message = f"There is no field {slip}; is {meant} meant?"
    assert refused.value.details["errors"] == [{"field": slip, "message": message}]


@pytest.mark.parametrize("more", [{"color": "red"}, {"names": ["y"]}, {"exam_ids": None}, {"selected_models": ["a/b"]}])
def test_what_else_a_client_sends_is_left_aside(more):
    assert CreateSessionReq.model_validate({"name": "x"} | more).name == "x"


@pytest.mark.parametrize("name", ["gpt", "a/b/", "a /b", "a/", "x" * 200 + "/y"])
def test_a_name_of_another_form_is_told_the_form_in_words(name):
    with pytest.raises(ValidationError) as refused:
        ModelSpec.model_validate({"name": name})

    (error,) = refused.value.errors()
    assert error["msg"] in {
        "Value error, must be provider/model, as OpenRouter spells it",
        "Value error, must have at most 200 characters",
    }


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0"])
def test_a_blank_is_no_name(blank):
    with pytest.raises(ValidationError):
        QuestionConfig.model_validate(QUESTION | {"question_id": blank})

"""A slip in a field's name is named; what clients send beside our fields is left aside."""

import pytest
from pydantic import ValidationError

from app.schemas.exams import CreateExamReq
from app.schemas.grade import GradePlanReq, ModelSpec
from app.schemas.questions import QuestionConfig, QuestionSet
from app.schemas.sessions import CreateSessionReq
from app.schemas.tests import GenerateReq

QUESTION = {"question_id": "1", "max_marks": 1}
TEST = {"document_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "num_questions": 3}


@pytest.mark.parametrize(
    ("model", "body", "path", "meant"),
    [
        (GenerateReq, TEST | {"dificulty": "HARD"}, "dificulty", "difficulty"),
        (GenerateReq, TEST | {"solver_model": ["a/b"]}, "solver_model", "solver_models"),
        (QuestionConfig, QUESTION | {"tolerence": 1}, "tolerence", "tolerance"),
        (
            QuestionSet,
            {"questions": [{"question_number": "1", "max_mark": 1, "tolerence": 1}]},
            "questions.0.tolerence",
            "tolerance",
        ),
        (CreateExamReq, {"name": "x", "question": [QUESTION]}, "question", "questions"),
        (GradePlanReq, {"models": [{"name": "a/b", "instance_ids": "x"}]}, "models.0.instance_ids", "instance_id"),
        (
            GradePlanReq,
            {"models": [{"name": "a/b"}, {"name": "a/c", "temprature": 1}]},
            "models.1.temprature",
            "temperature",
        ),
        (
            GradePlanReq,
            {"model_pairs": [{"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "a/c", "max_token": 9}}]},
            "model_pairs.0.assessment_model.max_token",
            "max_tokens",
        ),
        (GradePlanReq, {"models": [], "default_trys": 3}, "default_trys", "default_tries"),
    ],
)
def test_a_slip_in_a_name_is_refused_with_its_path(model, body, path, meant):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)

    (error,) = refused.value.errors()
    assert ".".join(map(str, error["loc"])) == path
    assert error["msg"] == f"There is no field {path.rpartition('.')[2]}; is {meant} meant?"


def test_every_slip_of_a_body_is_named():
    with pytest.raises(ValidationError) as refused:
        GradePlanReq.model_validate({"models": [{"name": "a/b", "temprature": 1, "trys": 2}], "default_trys": 3})

    assert [error["loc"] for error in refused.value.errors()] == [("default_trys",)]
    with pytest.raises(ValidationError) as refused:
        GradePlanReq.model_validate({"models": [{"name": "a/b", "temprature": 1}, {"name": "a/c", "max_token": 2}]})

    assert [error["loc"] for error in refused.value.errors()] == [
        ("models", 0, "temprature"),
        ("models", 1, "max_token"),
    ]


@pytest.mark.parametrize("more", [{"color": "red"}, {"names": ["y"]}, {"exam_ids": None}, {"selected_models": ["a/b"]}])
def test_what_else_a_client_sends_is_left_aside(more):
    assert CreateSessionReq.model_validate({"name": "x"} | more).name == "x"


@pytest.mark.parametrize("name", ["gpt", "a/b/", "a /b", "a/", "x" * 200 + "/y"])
def test_a_name_in_a_wrong_form_is_refused_with_the_right_form(name):
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

import json
from dataclasses import replace

import pytest

from app.errors import UnprocessableError
from app.grading.markers import Templates
from app.grading.plan import Plan, plan_from_request, planned_calls
from app.marks.model import Image, Question, Role, Stage
from app.schemas.grade import GradeSingleReq

SESSION = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
QUESTIONS = (Question("1a", 1, 4.0, text="Prove it."), Question("1b", 2, 2.0))
SCAN = Image(Role.STUDENT, "https://scans.test/1.png", 0)
RUBRIC = Image(Role.GRADING_RUBRIC, "https://scans.test/rubric.png", 0)
TEMPLATES = Templates.from_rows({})
STORED_TEMPLATE = {"system_template": "Mark strictly.", "user_template": "[Question list]", "schema_template": None}


def plan_of(stored=None, **request):
    return plan_from_request(GradeSingleReq(session_id=SESSION, **request), stored)


def calls_of(plan, *, templates=TEMPLATES, questions=QUESTIONS, images=(SCAN,)):
    return planned_calls(plan, templates, questions, images)


def hashes(plan, **inputs):
    return {call.key: call.request["input_hash"] for call in calls_of(plan, **inputs)}


def field_at_fault(**request):
    with pytest.raises(UnprocessableError) as caught:
        plan_of(**request)
    return caught.value.details["errors"][0]["field"]


def test_a_marker_is_named_by_its_instance_id_or_else_by_its_model():
    plan = plan_of(models=[{"name": "acme/one"}, {"name": "acme/one", "instance_id": "strict"}])

    assert [marker.key for marker in plan.markers] == ["acme/one", "strict"]


def test_a_models_own_tries_come_before_the_default():
    plan = plan_of(models=[{"name": "acme/one", "tries": 5}, {"name": "acme/two"}], default_tries=3)

    assert [marker.tries for marker in plan.markers] == [5, 3]


def test_without_any_tries_a_model_marks_once():
    assert plan_of(models=[{"name": "acme/one"}]).markers[0].tries == 1


def test_a_models_own_reasoning_comes_before_the_one_for_all():
    plan = plan_of(
        models=[{"name": "acme/one", "reasoning": {"effort": "low"}}, {"name": "acme/two"}],
        reasoning={"effort": "high"},
    )

    assert [marker.assessment.reasoning["effort"] for marker in plan.markers] == ["low", "high"]


def test_an_empty_reasoning_of_a_model_is_its_own_too():
    plan = plan_of(models=[{"name": "acme/one", "reasoning": {}}], reasoning={"effort": "high"})

    assert plan.markers[0].assessment.reasoning == {}


def test_a_pair_is_named_by_the_model_that_marks():
    pair = {"rubric_model": {"name": "acme/reader"}, "assessment_model": {"name": "acme/one", "tries": 4}}
    marker = plan_of(model_pairs=[pair]).markers[0]

    assert (marker.key, marker.tries, marker.rubric.name) == ("acme/one", 4, "acme/reader")


def test_a_list_shows_pairs_with_the_names_its_clients_know():
    pair = {
        "rubric_model": {"name": "acme/reader", "reasoning": {"effort": "low"}},
        "assessment_model": {"name": "acme/one"},
        "instance_id": "first",
    }

    assert plan_of(model_pairs=[pair]).summary["model_pairs"] == [
        {
            "rubricModel": "acme/reader",
            "assessmentModel": "acme/one",
            "rubricReasoning": {"effort": "low"},
            "assessmentReasoning": None,
            "instanceId": "first",
        }
    ]


def test_models_and_pairs_together_are_refused():
    pair = {"rubric_model": {"name": "acme/one"}, "assessment_model": {"name": "acme/one"}}

    assert field_at_fault(models=[{"name": "acme/one"}], model_pairs=[pair]) == "models"


@pytest.mark.parametrize("request_", [{}, {"models": []}, {"models": [], "model_pairs": []}])
def test_no_models_and_nothing_to_repeat_is_refused(request_):
    assert field_at_fault(**request_) == "models"


def test_no_models_repeat_the_stored_plan():
    stored = plan_of(models=[{"name": "acme/one"}], default_tries=3)

    assert plan_of(stored, models=[]) is stored


def test_the_same_marker_twice_is_refused_where_it_stands_again():
    assert field_at_fault(models=[{"name": "acme/one"}, {"name": "acme/one"}]) == "models.1.instance_id"


def test_an_instance_id_that_is_another_markers_name_is_refused():
    models = [{"name": "acme/one"}, {"name": "acme/two", "instance_id": "acme/one"}]

    assert field_at_fault(models=models) == "models.1.instance_id"


def test_the_same_pair_twice_is_refused_where_it_stands_again():
    pair = {"rubric_model": {"name": "acme/one"}, "assessment_model": {"name": "acme/one"}}

    assert field_at_fault(model_pairs=[pair, pair]) == "model_pairs.1.instance_id"


def test_a_stored_plan_reads_back_as_it_was():
    plan = plan_of(
        models=[{"name": "acme/one", "reasoning": {"max_tokens": 2000}, "provider": {"order": ["a"]}}], default_tries=2
    )

    assert Plan.from_json(json.loads(json.dumps(plan.as_json())), 2) == plan


def test_every_try_of_every_marker_is_planned_once_the_first_tries_first():
    calls = calls_of(plan_of(models=[{"name": "acme/one", "tries": 3}, {"name": "acme/two", "tries": 2}]))

    assert [(call.key.model_name, call.key.try_index) for call in calls] == [
        ("acme/one", 1),
        ("acme/two", 1),
        ("acme/one", 2),
        ("acme/two", 2),
        ("acme/one", 3),
    ]


def test_without_rubric_images_there_is_no_rubric_stage():
    assert {call.key.stage for call in calls_of(plan_of(models=[{"name": "acme/one"}]))} == {Stage.ASSESSMENT}


def test_with_rubric_images_every_attempt_reads_the_rubric_with_its_own_model():
    pair = {"rubric_model": {"name": "acme/reader"}, "assessment_model": {"name": "acme/one", "tries": 2}}
    calls = calls_of(plan_of(model_pairs=[pair]), images=(SCAN, RUBRIC))

    assert [(call.key.try_index, call.key.stage, call.request["model"]) for call in calls] == [
        (1, "rubric", "acme/reader"),
        (1, "assessment", "acme/one"),
        (2, "rubric", "acme/reader"),
        (2, "assessment", "acme/one"),
    ]


def test_all_tries_of_a_marker_are_asked_the_same():
    assert len(set(hashes(plan_of(models=[{"name": "acme/one", "tries": 3}])).values())) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"questions": (replace(QUESTIONS[0], text="Show it."), QUESTIONS[1])},
        {"questions": (replace(QUESTIONS[0], max_marks=5.0), QUESTIONS[1])},
        {"questions": QUESTIONS[:1]},
        {"images": (replace(SCAN, url="https://scans.test/2.png"),)},
        {"images": (SCAN, replace(SCAN, url="https://scans.test/2.png", order_index=1))},
        {"images": (SCAN, RUBRIC)},
        {"templates": Templates.from_rows({"assessment": STORED_TEMPLATE})},
    ],
)
def test_other_inputs_are_another_call(changed):
    plan = plan_of(models=[{"name": "acme/one"}])
    before, after = hashes(plan), hashes(plan, **changed)

    assert all(after[key] != value for key, value in before.items())


@pytest.mark.parametrize(
    "settings", [{"reasoning": {"effort": "low"}}, {"provider": {"order": ["a"]}}, {"name": "acme/two"}]
)
def test_other_settings_of_the_model_are_another_call(settings):
    one = {"name": "acme/one", "instance_id": "m"}
    before = hashes(plan_of(models=[one]))

    assert hashes(plan_of(models=[one | settings])) != before


def test_a_tolerance_and_a_newly_signed_address_change_no_call():
    plan = plan_of(models=[{"name": "acme/one"}])
    ours = replace(SCAN, storage_path="scans/1.png")
    tolerant = (replace(QUESTIONS[0], tolerance=0.5), QUESTIONS[1])

    assert hashes(plan, images=(ours,)) == hashes(
        plan, questions=tolerant, images=(replace(ours, url="https://x.test/?t=2"),)
    )


def test_another_rubric_template_is_another_assessment_too():
    plan = plan_of(models=[{"name": "acme/one"}])
    changed = Templates.from_rows({"rubric": STORED_TEMPLATE})
    before, after = hashes(plan, images=(SCAN, RUBRIC)), hashes(plan, templates=changed, images=(SCAN, RUBRIC))

    assert all(after[key] != value for key, value in before.items())


def test_what_a_template_leaves_out_is_empty_and_never_none():
    rows = {"rubric": STORED_TEMPLATE | {"system_template": None}}

    assert Templates.from_rows(rows).rubric.system == ""

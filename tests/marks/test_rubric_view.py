import json

import pytest

from app.marks.rubric_view import by_question

QUESTIONS = [{"question_id": "1", "max_marks": 3.0}, {"question_id": "2", "max_marks": 2.0}]


def shown(*criteria):
    return json.loads(by_question(json.dumps({"grading_criteria": list(criteria)}), QUESTIONS))["grading_criteria"]


def test_each_configured_question_has_one_entry_with_its_components():
    first, second = shown(
        {"question_id": "1", "marks": 1, "criterion": "Names the law."},
        {"question_id": "2", "marks": 2, "criterion": "Draws the circuit."},
        {"question_id": "1", "marks": 2, "criterion": "Applies it."},
    )
    assert first == {
        "question_id": "1",
        "max_mark": 3.0,
        "components": [
            {"header": "Criterion 1", "marks": 1, "criteria": "Names the law."},
            {"header": "Criterion 2", "marks": 2, "criteria": "Applies it."},
        ],
        "marks": 3,
        "criterion": "Names the law.\nApplies it.",
    }
    assert (second["question_id"], second["marks"], len(second["components"])) == ("2", 2, 1)


def test_a_question_without_criteria_has_an_entry_without_components():
    entries = shown({"question_id": "1", "marks": None, "criterion": "Names the law."})
    assert [(one["question_id"], one["marks"], len(one["components"])) for one in entries] == [
        ("1", None, 1),
        ("2", None, 0),
    ]


def test_an_entry_that_has_components_stays_as_it_is():
    given = {"question_id": "1", "components": [{"header": "Law", "marks": 1, "criteria": ["named"]}], "own": True}
    assert shown(given)[0] == given | {"max_mark": 3.0}
    assert shown(given | {"max_mark": 4})[0] == given | {"max_mark": 4}


def test_further_entries_of_a_question_add_their_components_to_its_one_entry():
    law = {"question_id": "1", "components": [{"header": "Law", "marks": 1, "criteria": "named"}]}
    unit = {"question_id": "1", "components": [{"header": "Unit", "marks": 1, "criteria": "written"}]}
    first, second = shown(law, unit, {"question_id": "1", "marks": 1, "criterion": "Applies it."})
    assert [part["header"] for part in first["components"]] == ["Law", "Unit", "Criterion 1"]
    assert second["question_id"] == "2"


def test_rules_for_the_whole_paper_follow_the_questions():
    rule = {"question_id": None, "marks": -1, "criterion": "No units."}
    assert shown(rule)[2:] == [rule]


def test_an_id_that_is_written_otherwise_belongs_to_its_question():
    assert shown({"question_id": " 1\u00a0", "marks": 1, "criterion": "x"})[0]["components"]


@pytest.mark.parametrize("text", [None, "", "no json", "[1]", '{"grading_criteria": 3}'])
def test_what_is_no_list_of_criteria_is_left_alone(text):
    assert by_question(text, QUESTIONS) == text

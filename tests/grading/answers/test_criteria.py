import json

import pytest

from app.grading.answers.criteria import parse_criteria

CRITERIA = [{"question_id": "1", "marks": 1, "criterion": "Names the law"}, {"question_id": None, "criterion": "Units"}]
TEXT = json.dumps({"grading_criteria": CRITERIA})


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Here you are: {TEXT} Done.",
        f"<think>maybe {TEXT[:20]}</think>{TEXT}",
        json.dumps(CRITERIA),
        json.dumps({"data": {"grading_criteria": CRITERIA}}),
        json.dumps({"rubric": [{"question_id": "1", "grading_criteria": CRITERIA[:1]}, CRITERIA[1]]}),
    ],
)
def test_criteria_are_found(text):
    parsed = parse_criteria(text)
    assert parsed.criteria == CRITERIA
    assert parsed.parse_error is None


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (["Names the law"], [{"question_id": "1", "marks": None, "criterion": "Names the law"}]),
        (
            [{"description": "Names the law", "points": 2}],
            [
                {
                    "question_id": "1",
                    "description": "Names the law",
                    "points": 2,
                    "marks": 2,
                    "criterion": "Names the law",
                }
            ],
        ),
        (
            [{"header": "Law", "marks": 1, "criteria": "named"}],
            [{"question_id": "1", "components": [{"header": "Law", "marks": 1, "criteria": "named"}]}],
        ),
    ],
)
def test_criteria_in_lists_by_question_are_found(criteria, expected):
    text = json.dumps({"rubric": [{"question_id": "1", "grading_criteria": criteria}]})
    assert parse_criteria(text).criteria == expected


def test_the_stored_text_is_json_with_grading_criteria():
    assert json.loads(parse_criteria(f"Here: {TEXT}").text) == {"grading_criteria": CRITERIA}


def test_the_later_of_two_equal_lists_counts():
    other = json.dumps({"grading_criteria": CRITERIA[::-1]})
    assert parse_criteria(f"{TEXT} {other}").criteria == CRITERIA[::-1]


@pytest.mark.parametrize(
    "text", ["", "I cannot read it.", '{"grading_criteria": []}', TEXT[:-5], "[" * 10**6, '{"grading_criteria": ' * 999]
)
def test_no_criteria_is_an_error_and_an_empty_list(text):
    parsed = parse_criteria(text)
    assert parsed.criteria == []
    assert json.loads(parsed.text) == {"grading_criteria": []}
    assert parsed.parse_error


def test_criteria_nested_too_deeply_to_store_are_an_error():
    deep = "[" * 100 + "]" * 100
    assert parse_criteria(f'{{"grading_criteria": [{deep}]}}').parse_error


def test_latex_survives_in_criteria():
    stray = r'{"grading_criteria": [{"criterion": "uses \sqrt{2} or \frac{1}{2}"}]}'
    assert parse_criteria(stray).criteria == [{"criterion": r"uses \sqrt{2} or \frac{1}{2}"}]


def test_enormous_numbers_do_not_make_the_text_invalid_json():
    parsed = parse_criteria('{"grading_criteria": [{"marks": 1e400}, {"marks": NaN}]}')
    assert json.loads(parsed.text) == {"grading_criteria": [{"marks": "1e400"}, {"marks": "NaN"}]}

import pytest

from app.papers.taxonomy import measured_difficulty, with_taxonomy


@pytest.mark.parametrize(
    ("right", "n", "level"),
    [(2, 2, "EASY"), (1, 2, "MEDIUM"), (0, 2, "HARD"), (2, 3, "EASY"), (1, 3, "HARD"), (0, 1, "HARD")],
)
def test_difficulty_is_the_share_of_solvers_right_without_the_quote(right: int, n: int, level: str):
    found = measured_difficulty({"blind": {"right_without": right, "without": n}})
    assert found == {"right": right, "solvers": n, "share": round(right / n, 4), "level": level}


@pytest.mark.parametrize("checks", [{}, {"blind": None}, {"blind": {"right_without": 0, "without": 0}}])
def test_what_no_solver_tried_has_no_measured_difficulty(checks: dict):
    assert measured_difficulty(checks) is None


def test_a_test_counts_what_its_questions_cover():
    question = {"kind": "single", "bloom": "apply", "topic": "cells", "page": 3, "checks": {}}
    solved = question | {
        "bloom": None,
        "topic": "",
        "page": None,
        "checks": {"blind": {"right_without": 1, "without": 1}},
    }
    found = with_taxonomy({"questions": [question, solved, question]})
    assert found["taxonomy"] == {
        "kinds": {"single": 3},
        "blooms": {"apply": 2},
        "topics": {"cells": 2},
        "pages": {"3": 2},
        "measured_difficulty": {"EASY": 1},
    }
    assert [one["measured_difficulty"] is None for one in found["questions"]] == [True, False, True]

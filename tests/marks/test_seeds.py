"""How many seeds a marker may miss, and what missing one means."""

from math import comb

import pytest

from app.marks.seeds import seed_limit, seed_verdict, total_tolerance


def question(name, maximum, tolerance=None):
    return {"question_id": name, "max_marks": maximum, "tolerance": tolerance}


ONE = (question("q1", 10),)


def seed(name, human, marks, *, status="succeeded", tries=1, questions=ONE):
    attempts = [
        {"run": 1, "model_name": "a/b", "try_index": i + 1, "status": status, "marks": marks} for i in range(tries)
    ]
    return {
        "session_id": name,
        "name": name,
        "status": "graded" if status == "succeeded" else "grading",
        "run": 1,
        "questions": questions,
        "human": human,
        "attempts": attempts,
    }


@pytest.mark.parametrize(("n", "limit"), [(0, 0), (1, 1), (3, 1), (5, 2), (10, 3), (20, 4), (50, 9)])
def test_the_limit_is_the_most_that_chance_allows_a_good_marker(n, limit):
    def at_least(k):
        return sum(comb(n, i) * 0.1**i * 0.9 ** (n - i) for i in range(k, n + 1))

    assert seed_limit(n) == limit
    assert at_least(limit + 1) < 0.05
    assert limit == 0 or at_least(limit) >= 0.05


def test_a_seed_is_outside_where_its_total_is_further_off_than_the_tolerance():
    seeds = [seed("near", {"q1": 5}, {"q1": 6}), seed("far", {"q1": 5}, {"q1": 6.5})]

    assert [script.outside for script in seed_verdict("a/b", seeds, None).scripts] == [False, True]


def test_a_marker_is_stopped_above_the_limit_only():
    seeds = [seed(f"s{i}", {"q1": 2}, {"q1": 9}) for i in range(2)] + [seed("s3", {"q1": 2}, {"q1": 2})]

    assert not seed_verdict("a/b", seeds, 2).stopped
    assert seed_verdict("a/b", seeds, 1).stopped
    assert "2 of 3 seed scripts" in seed_verdict("a/b", seeds, 1).sentence


def test_the_totals_tolerance_is_that_of_the_questions_and_at_least_a_tenth():
    assert total_tolerance([question("a", 10, 2.0)]) == 2.0
    assert total_tolerance([question("a", 1), question("b", 2)]) == 0.0
    assert total_tolerance([question("a", 1)] * 20) == 2.0
    assert total_tolerance([question("a", 10, 2.0), question("b", 10, 3.0)]) == 5.0


def test_what_is_not_marked_is_no_mark_of_zero():
    two = (question("q1", 10), question("q2", 10))
    seeds = [seed("half", {"q1": 5, "q2": 9}, {"q1": 5}, questions=two), seed("none", {"q1": 5}, {}, status="failed")]

    found = seed_verdict("a/b", seeds, None)

    assert [(script.name, script.n, script.outside) for script in found.scripts] == [("half", 1, False)]


def test_a_seed_without_a_human_mark_decides_nothing():
    found = seed_verdict("a/b", [seed("new", {}, {"q1": 9}), seed("s1", {"q1": 9}, {"q1": 9})], None)

    assert (len(found.scripts), found.limit) == (1, seed_limit(1))


def test_seeds_that_are_being_graded_are_waited_for():
    assert seed_verdict("a/b", [seed("s1", {"q1": 9}, {}, status="running")], None).unfinished == 1

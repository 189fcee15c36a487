"""What an edit leaves of a question that was written, judged and solved in its former wording."""

import asyncio
import json

import psycopg
import pytest

from tests.generation.questions import PLAIN
from tests.generation.stored import GUESSABLE, store_test

OTHERS = ["To let water in", "To make proteins", "To be seen", "To move"]


@pytest.fixture
def patch(client, database):
    """Changes a question as a model wrote it; the response."""
    test_id, [question_id] = store_test(database)

    async def patch(**changes):
        return await client.patch(f"/tests/{test_id}/questions/{question_id}", json=changes)

    patch.test_id = test_id
    return patch


@pytest.fixture
def edit(patch):
    async def edit(**changes):
        response = await patch(**changes)
        assert response.status_code == 200, response.text
        return response.json()

    return edit


def kept(question):
    return (sorted(question["why_wrong"]), bool(question["explanation"]), bool(question["quote"]), question["page"])


ALL = (["A", "C", "D"], True, True, 4)


async def test_another_key_takes_what_argues_against_it_and_for_the_former(edit):
    question = await edit(correct_option="A")

    assert kept(question) == (["C", "D"], False, False, None)
    assert question["checks"]["edited"] == ["correct_option"]
    assert question["checks"]["removed"] == ["explanation", "quote", "why_wrong.A"]


async def test_another_key_is_right_everywhere_the_test_goes(edit, patch, client):
    await edit(correct_option="A")
    moodle = (await client.get(f"/tests/{patch.test_id}/export?format=moodle")).text
    paper = (await client.get(f"/tests/{patch.test_id}/paper?key=1")).text

    assert PLAIN.why_wrong["A"] not in moodle + paper
    assert PLAIN.explanation not in moodle + paper
    assert PLAIN.quote not in paper


async def test_a_reason_for_the_former_key_and_an_explanation_can_come_with_another(edit):
    question = await edit(correct_option="A", why_wrong={"B": "It is not folded."}, explanation="Starch it is.")

    assert kept(question) == (["B", "C", "D"], True, False, None)
    assert question["explanation"] == "Starch it is."
    assert question["checks"]["removed"] == ["quote", "why_wrong.A"]


async def test_new_options_delete_the_reasons_of_the_former_ones(edit):
    question = await edit(options=OTHERS)

    assert kept(question) == ([], False, False, None)
    assert question["checks"]["removed"] == ["explanation", "quote", "why_wrong.A", "why_wrong.C", "why_wrong.D"]


async def test_another_distractor_loses_its_reason_alone(edit):
    options = [OTHERS[0], *PLAIN.options[1:]]
    question = await edit(options=options)

    assert kept(question) == (["C", "D"], True, True, 4)
    assert question["checks"]["removed"] == ["why_wrong.A"]


async def test_another_distractor_takes_a_reason_of_its_own(edit):
    question = await edit(options=[OTHERS[0], *PLAIN.options[1:]], why_wrong={"A": "No water."})

    assert question["why_wrong"]["A"] == "No water."
    assert "removed" not in question["checks"]


async def test_reasons_follow_their_options_to_another_place(edit):
    question = await edit(options=list(reversed(PLAIN.options)), correct_option="C")

    assert question["why_wrong"] == {letter: PLAIN.why_wrong[was] for letter, was in zip("DBA", "ACD", strict=True)}
    assert kept(question) == (["A", "B", "D"], True, True, 4)
    assert "removed" not in question["checks"]


async def test_options_in_another_order_under_the_same_letter_are_another_key(edit):
    question = await edit(options=list(reversed(PLAIN.options)))

    assert kept(question) == (["A", "D"], False, False, None)


async def test_another_wording_keeps_the_texts_of_the_former_and_flags_them(edit):
    question = await edit(question="Why is it not smooth?")

    assert kept(question) == ALL
    assert question["checks"]["unconfirmed"] == ["explanation", "quote", "why_wrong"]


async def test_what_is_named_is_confirmed(edit):
    await edit(question="Why is it not smooth?")
    question = await edit(explanation=PLAIN.explanation, why_wrong=PLAIN.why_wrong)

    assert question["checks"]["unconfirmed"] == ["quote"]


async def test_a_removed_text_is_flagged_until_it_is_written_again(edit):
    await edit(correct_option="A")
    question = await edit(explanation="Starch it is.", max_marks=3)

    assert question["checks"]["removed"] == ["quote", "why_wrong.A"]
    assert question["checks"]["edited"] == ["correct_option", "explanation", "max_marks"]


@pytest.mark.parametrize(
    "changes",
    [{"question": "Why is it not smooth?"}, {"options": OTHERS}, {"correct_option": "D"}],
)
async def test_what_was_checked_says_that_it_was_edited_since(edit, changes):
    await edit(**changes)
    question = await edit(**changes)
    findings = question["checks"]["findings"]

    assert GUESSABLE not in findings
    assert (findings[-1]["code"], findings[-1]["blocking"]) == ("edited", False)
    assert next(iter(changes)) in findings[-1]["message"]


@pytest.mark.parametrize(
    "changes", [{"max_marks": 3}, {"topic": "cells"}, {"difficulty": "EASY"}, {"explanation": "So."}]
)
async def test_what_no_check_had_judged_leaves_the_findings(edit, changes):
    question = await edit(**changes)

    assert question["checks"]["findings"] == [GUESSABLE]
    assert question["checks"]["edited"] == list(changes)
    assert question["state"] == "edited"


async def test_an_empty_reason_goes_and_the_others_stay(edit):
    question = await edit(why_wrong={"A": "", "C": "It lies in the matrix."})

    assert question["why_wrong"] == {"C": "It lies in the matrix.", "D": PLAIN.why_wrong["D"]}


@pytest.mark.parametrize(
    "changes", [{"why_wrong": {"B": "no"}}, {"correct_option": "A", "why_wrong": {"A": "no"}}], ids=json.dumps
)
async def test_a_reason_against_the_key_is_refused_and_nothing_is_changed(edit, patch, fields_of, changes):
    key = changes.get("correct_option", "B")

    assert fields_of(await patch(**changes)) == [f"why_wrong.{key}"]
    question = await edit(max_marks=2)
    assert (question["correct_option"], kept(question)) == ("B", ALL)


async def test_an_edit_that_waits_for_another_keeps_what_that_changed(edit, database):
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as watcher:
        other.execute("update test_question set max_marks = 5")
        edited = asyncio.create_task(edit(correct_option="A"))
        async with asyncio.timeout(60):
            while not watcher.execute("select 1 from pg_locks where not granted").fetchone():  # noqa: ASYNC110 - another connection's
                await asyncio.sleep(0.01)
        other.commit()
        question = await edited

    assert (question["max_marks"], question["correct_option"]) == (5, "A")

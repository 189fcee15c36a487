"""`examples` in a plan: scripts with the human's marks that a marker sees first, and that its figures leave out."""

import asyncio
import csv
import io
import json
from uuid import uuid4

import httpx
import psycopg
import pytest
from openpyxl import load_workbook

QUESTIONS = [{"question_id": "1a", "max_marks": 10}, {"question_id": "1b", "max_marks": 4}]


def page(name):
    return {"role": "student", "url": f"https://example.org/{name}.png", "order_index": 0}


@pytest.fixture
def exam_of(client, prepare):
    """An exam of scripts s0, s1, ... with these human marks of 1a (None: no human marked); its id and the sessions'."""

    async def make(*human):
        exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
        sessions = [
            await prepare(
                exam_id=exam_id,
                questions=QUESTIONS,
                images=[page(f"s{place}")],
                name=f"s{place}",
                human=None if mark is None else {"1a": mark, "1b": 2},
            )
            for place, mark in enumerate(human)
        ]
        return exam_id, sessions

    return make


@pytest.fixture
def grade_exam(client, ended):
    async def grade(exam_id, *models, **body):
        response = await client.post(f"/exams/{exam_id}/grade", json={"models": list(models)} | body)
        assert response.status_code == 202, response.text
        for session in response.json()["started"]:
            await ended(session)
        return response.json()

    return grade


def asked(openrouter):
    """The parts of each request's user message, in the order of the requests: texts, and names of pages."""
    return [
        [part.get("text") or part["image_url"]["url"].removeprefix("https://example.org/") for part in parts]
        for request in openrouter.requests
        for parts in [json.loads(request.content)["messages"][-1]["content"]]
    ]


async def test_examples_stand_with_their_marks_before_anything_of_the_student(client, openrouter, exam_of, grade_exam):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(8, 3, None, None)

    await grade_exam(exam_id, {"name": "a/b", "examples": [sessions[1], sessions[0]]})

    for parts in asked(openrouter):
        assert parts[1] == "s1.png"
        assert parts[2] == "Example 1 of 2, the examiner's marks:\n1a: 3 of 10\n1b: 2 of 4"
        assert parts[3:6] == [
            "Example 2 of 2, the scans:",
            "s0.png",
            "Example 2 of 2, the examiner's marks:\n1a: 8 of 10\n1b: 2 of 4",
        ]
    # The same bytes for every script up to there: a provider's cache holds them.
    assert len({json.dumps(parts[:6]) for parts in asked(openrouter)}) == 1
    assert sorted(parts[-2] for parts in asked(openrouter)) == ["s2.png", "s3.png"]


async def test_the_marker_does_not_mark_the_scripts_that_it_saw_and_the_others_do(
    client, openrouter, exam_of, grade_exam
):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(8, 3, 5)

    answer = await grade_exam(exam_id, {"name": "a/b", "examples": sessions[:1]}, {"name": "c/d"})

    assert (sorted(answer["started"]), answer["not_ready"]) == (sorted(sessions), [])
    found = (await client.get(f"/results/{sessions[0]}")).json()["results_by_question"]["1a"]
    assert set(found) == {"c/d"}


async def test_a_script_that_every_marker_saw_is_named_as_not_marked(client, openrouter, exam_of, grade_exam):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(8, 3)

    answer = await grade_exam(exam_id, {"name": "a/b", "examples": sessions[:1]})

    (left,) = answer["not_ready"]
    assert (left["session_id"], left["code"]) == (sessions[0], "WORKED_EXAMPLE")
    assert (await client.get(f"/sessions/{sessions[0]}")).json()["status"] == "created"


async def test_figures_leave_out_marks_that_the_marker_gave_before_it_saw_the_script(
    client, openrouter, exam_of, grade_exam, ended
):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(5, 5, 5, 5)
    await grade_exam(exam_id, {"name": "a/b"}, {"name": "c/d"})

    models = [{"name": "a/b", "examples": sessions[:2]}, {"name": "c/d"}]
    await client.post("/grade/single", json={"session_id": sessions[3], "models": models})
    await ended(sessions[3])

    agreement = (await client.get(f"/exams/{exam_id}/agreement")).json()
    n = {marker["marker"]: marker["overall"]["exact"]["n"] for marker in agreement["markers"]}
    assert n == {"a/b": 2 * 2, "c/d": 4 * 2}
    assert [one["script"] for one in agreement["examples"]["a/b"]] == ["s0", "s1"]
    alone = (await client.get(f"/sessions/{sessions[0]}/agreement")).json()
    assert [marker["marker"] for marker in alone["markers"]] == ["c/d"]


@pytest.fixture
async def seen_after(client, openrouter, exam_of, grade_exam, ended):
    """An exam in which a/b marked all scripts, far from the human, and was then shown the first three."""
    openrouter.marks = {"1a": 9, "1b": 2}
    exam_id, sessions = await exam_of(1, 1, 1, 1, 9)
    await client.put(f"/exams/{exam_id}/seeds", json={"session_ids": [*sessions[:3], sessions[4]]})
    await grade_exam(exam_id, {"name": "a/b"}, {"name": "c/d"}, session_ids=sessions[:3])
    openrouter.requests.clear()
    plan = {"models": [{"name": "a/b", "examples": sessions[:3]}, {"name": "c/d"}]}
    await client.post("/grade/single", json={"session_id": sessions[4]} | plan)
    await ended(sessions[4])
    return exam_id, sessions, plan


async def test_the_export_names_marks_on_worked_examples_and_keeps_them(client, seen_after):
    exam_id, sessions, _ = seen_after

    rows = list(csv.DictReader(io.StringIO((await client.get(f"/exams/{exam_id}/export.csv")).text)))

    status = {(row["session"], row["model_name"]): (row["status"], row["mark"]) for row in rows if row["mark"] == "9"}
    assert {status[one, "a/b"] for one in sessions[:3]} == {("example", "9")}
    assert {status[one, "c/d"] for one in sessions[:3]} == {("marked", "9")}
    assert status[sessions[4], "a/b"] == ("marked", "9")
    book = load_workbook(io.BytesIO((await client.get(f"/exams/{exam_id}/export.xlsx")).content), read_only=True)
    cells = [row for row in book["Tries"].iter_rows(values_only=True) if row[1] == sessions[0]]
    assert {(row[10], row[13]) for row in cells} == {("a/b", "example"), ("c/d", "marked")}


async def test_statistics_of_a_script_leave_out_the_markers_that_see_it(client, seen_after):
    _, sessions, _ = seen_after

    example, other = [(await client.get(f"/stats/{sessions[place]}")).json() for place in (0, 4)]

    assert (example["worked_example_of"], other["worked_example_of"]) == (["a/b"], [])
    assert set(example["discrepancies_by_model_try"]) == {"c/d"}
    assert set(example["totals"]["total_marks_awarded_by_model_try"]) == {"c/d"}
    assert set(example["totals"]["token_usage_stats"]) == {"a/b", "c/d"}
    assert set(other["discrepancies_by_model_try"]) == {"a/b", "c/d"}


async def test_the_watch_leaves_out_seeds_that_the_marker_sees(client, seen_after):
    exam_id, sessions, _ = seen_after

    found = {one["marker"]: one for one in (await client.get(f"/exams/{exam_id}/watch")).json()["markers"]}

    assert [one["session_id"] for one in found["a/b"]["seeds"]["scripts"]] == [sessions[4]]
    assert (found["a/b"]["seeds"]["n_outside"], found["a/b"]["seeds"]["stopped"]) == (0, False)
    assert [run["n_seeds"] for run in found["a/b"]["runs"]] == [1]
    assert found["c/d"]["seeds"]["n_outside"] == 3


async def test_a_marker_whose_seeds_are_all_its_examples_has_nothing_to_compare(client, seen_after):
    exam_id, sessions, _ = seen_after
    await client.put(f"/exams/{exam_id}/seeds", json={"session_ids": sessions[:3]})

    found = {one["marker"]: one for one in (await client.get(f"/exams/{exam_id}/watch")).json()["markers"]}

    assert (found["a/b"]["seeds"]["n"], found["a/b"]["runs"]) == (0, [])
    assert found["a/b"]["sentence"].startswith("Nothing to compare yet")


async def test_the_gate_does_not_hold_a_marker_to_seeds_that_it_sees(client, seen_after, ended):
    _, sessions, plan = seen_after

    assert (await client.post("/grade/single", json={"session_id": sessions[3]} | plan)).status_code == 202
    await ended(sessions[3])

    errors = (await client.get(f"/results/errors/{sessions[3]}")).json()["errors_by_model_try"]
    assert {marker: tries["1"][0]["code"] for marker, tries in errors.items()} == {"c/d": "missed_seeds"}


async def test_the_report_names_the_scripts_that_are_left_out(client, openrouter, exam_of, grade_exam):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(8, 3, 5)
    await grade_exam(exam_id, {"name": "a/b", "examples": sessions[:2]})

    report = (await client.get(f"/exams/{exam_id}/report")).text

    section = report.split('<section id="examples"')[1].split("</section>")[0]
    assert "<bdi>s0</bdi> and <bdi>s1</bdi>" in section
    assert "s2" not in section
    assert "scripts shown as worked examples are left out" in report


async def test_a_number_chooses_scripts_from_low_to_high_totals_and_no_seed(client, openrouter, exam_of, grade_exam):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(4, 10, 6, 0, 5, None)
    await client.put(f"/exams/{exam_id}/seeds", json={"session_ids": [sessions[3]]})

    answer = await grade_exam(exam_id, {"name": "a/b", "examples": 3})

    assert [one["session_id"] for one in answer["not_ready"]] == [sessions[0], sessions[1], sessions[2]]


async def test_a_new_script_of_the_exam_gets_the_same_examples(client, openrouter, exam_of, grade_exam, prepare):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, _ = await exam_of(4, 10, None)
    await grade_exam(exam_id, {"name": "a/b", "examples": 1})
    first = len(openrouter.requests)
    await prepare(exam_id=exam_id, questions=QUESTIONS, images=[page("late")], human={"1a": 9, "1b": 4}, name="late")

    await grade_exam(exam_id, {"name": "a/b", "examples": 1})

    assert len(openrouter.requests) == first + 1
    assert asked(openrouter)[-1][:3] == asked(openrouter)[0][:3]


async def test_a_repeat_and_a_watch_show_the_same_examples(client, openrouter, exam_of, grade_exam, ended):
    openrouter.marks = {"1a": 5, "1b": 2}
    exam_id, sessions = await exam_of(4, 5)
    await client.put(f"/exams/{exam_id}/seeds", json={"session_ids": [sessions[1]]})
    await grade_exam(exam_id, {"name": "a/b", "examples": [sessions[0]]})

    body = {"session_id": sessions[1], "models": [], "force": True}
    assert (await client.post("/grade/single", json=body)).status_code == 202
    await ended(sessions[1])
    await client.post(f"/exams/{exam_id}/watch")
    await ended(sessions[1])

    assert len(openrouter.requests) == 3
    assert len({json.dumps(parts) for parts in asked(openrouter)}) == 1


async def test_another_set_of_examples_is_another_input_and_the_same_set_is_not_paid_again(
    client, openrouter, exam_of, grade
):
    openrouter.marks = {"1a": 5, "1b": 2}
    _, sessions = await exam_of(4, 5, None)
    for examples in (sessions[:1], sessions[:1], sessions[:2]):
        await grade(sessions[2], {"name": "a/b", "examples": examples})

    assert len(openrouter.requests) == 2


async def test_a_corrected_human_mark_of_an_example_is_another_input(client, openrouter, exam_of, grade):
    openrouter.marks = {"1a": 5, "1b": 2}
    _, sessions = await exam_of(4, None)
    plan = {"name": "a/b", "examples": sessions[:1]}
    await grade(sessions[1], plan)
    config = {"session_id": sessions[0], "questions": QUESTIONS, "human_marks_by_qid": {"1a": 6}}
    await client.post("/questions/config", json=config)

    await grade(sessions[1], plan)

    assert "1a: 6 of 10" in asked(openrouter)[-1][2]
    assert "1b" not in asked(openrouter)[-1][2]


async def test_a_pair_shows_examples_to_the_model_that_marks_alone(client, openrouter, exam_of, ended):
    criteria = {"grading_criteria": [{"question_id": "1a", "marks": 10, "criterion": "the right term"}]}
    choice = {"message": {"role": "assistant", "content": json.dumps(criteria)}, "finish_reason": "stop"}
    openrouter.reply = lambda: httpx.Response(200, json={"id": "gen-1", "choices": [choice], "usage": {}})
    _, sessions = await exam_of(4, None)
    rubric = {"session_id": sessions[1], "role": "grading_rubric", "url": "https://example.org/r.png", "order_index": 0}
    await client.post("/images/register", json=rubric)
    pair = {"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "c/d", "examples": sessions[:1]}}

    body = {"session_id": sessions[1], "model_pairs": [pair]}
    assert (await client.post("/grade/single", json=body)).status_code == 202
    await ended(sessions[1])

    assert ["s0.png" in parts for parts in asked(openrouter)][:2] == [False, True]


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (3, "3 examples are more than the 2 scripts"),
        (0, "must be a number from 1 to 20"),
        (True, "must be a number from 1 to 20"),
        ([], "must name 1 to 20 sessions"),
        ("all", "must be a number"),
        (["s0", "s0"], "each session once"),
        (["nonsense"], "no session 'nonsense'"),
        ([str(uuid4())], "There is no session"),
    ],
)
async def test_examples_that_cannot_be_shown_are_refused_with_the_field(client, exam_of, refused, examples, said):
    exam_id, sessions = await exam_of(8, 3, None)
    body = {"models": [{"name": "c/d"}, {"name": "a/b", "examples": examples}]}

    for response in (
        await client.post(f"/exams/{exam_id}/grade", json=body),
        await client.post("/grade/single", json=body | {"session_id": sessions[2]}),
    ):
        (error,) = refused(response, 422, "VALIDATION_ERROR")["details"]["errors"]
        assert error["field"] == "models.1.examples"
        assert said in error["message"]
    assert {one["status"] for one in (await client.get("/sessions")).json()} == {"created"}


async def test_a_script_without_marks_or_pages_or_with_other_questions_is_no_example(client, exam_of, prepare, refused):
    exam_id, sessions = await exam_of(8, None)
    without_pages = await prepare(exam_id=exam_id, questions=QUESTIONS, images=[], human={"1a": 1})
    other = await prepare(questions=[{"question_id": "1a", "max_marks": 9}], human={"1a": 1})
    said = {sessions[1]: "no human marks", without_pages: "no pages", other: "question '1a'"}

    for session_id, words in said.items():
        body = {"models": [{"name": "a/b", "examples": [session_id]}]}
        for path, more in ((f"/exams/{exam_id}/grade", {}), ("/grade/single", {"session_id": sessions[0]})):
            (error,) = refused(await client.post(path, json=body | more), 422, "VALIDATION_ERROR")["details"]["errors"]
            assert (error["field"], words in error["message"]) == ("models.0.examples", True)


async def test_a_script_is_not_its_own_example_and_a_number_needs_an_exam(client, exam_of, prepare, refused):
    _, sessions = await exam_of(8, 3)
    alone = await prepare(questions=QUESTIONS)

    for session_id, examples, said in ((sessions[0], sessions[:1], "its own"), (alone, 1, "belongs to no exam")):
        body = {"session_id": session_id, "models": [{"name": "a/b", "examples": examples}]}
        error = refused(await client.post("/grade/single", json=body), 422, "VALIDATION_ERROR")
        assert said in error["message"]


async def test_a_rubric_model_takes_no_examples(client, exam_of, refused):
    _, sessions = await exam_of(8, 3)
    pair = {"rubric_model": {"name": "a/b", "examples": sessions[:1]}, "assessment_model": {"name": "c/d"}}

    error = refused(
        await client.post("/grade/single", json={"session_id": sessions[1], "model_pairs": [pair]}),
        422,
        "VALIDATION_ERROR",
    )
    assert "give examples to assessment_model" in error["message"]


async def test_an_estimate_counts_the_pages_of_the_examples_and_leaves_their_scripts_out(client, exam_of):
    exam_id, sessions = await exam_of(8, 3, None, None)

    async def estimate(**spec):
        plan = {"models": [{"name": "a/b", **spec}], "session_ids": sessions[1:]}
        return (await client.post(f"/exams/{exam_id}/estimate", json=plan)).json()

    plain, shown = await estimate(), await estimate(examples=sessions[:2])

    assert (plain["calls"], shown["calls"]) == (3, 2)
    assert shown["input_tokens"] / 2 > plain["input_tokens"] / 3
    assert [one["code"] for one in shown["not_ready"]] == ["WORKED_EXAMPLE"]


async def test_the_stored_snapshot_of_a_script_leaves_out_the_markers_that_see_it(client, seen_after, database, ended):
    _, sessions, _ = seen_after

    body = {"session_id": sessions[0], "models": [{"name": "a/b"}, {"name": "c/d"}], "force": True}
    assert (await client.post("/grade/single", json=body)).status_code == 202
    await ended(sessions[0])

    query = "select totals, discrepancies_by_model_try from stats where session_id = %s and updated_at > %s"
    with psycopg.connect(database, autocommit=True) as connection:
        (began,) = connection.execute("select started_at from session where id = %s", [sessions[0]]).fetchone()
        async with asyncio.timeout(60):
            while (found := connection.execute(query, [sessions[0], began]).fetchone()) is None:
                await client.get(f"/sessions/{sessions[0]}")
    totals, discrepancies = found
    assert set(totals["total_marks_awarded_by_model_try"]) == set(discrepancies) == {"c/d"}
    assert set(totals["token_usage_stats"]) == {"a/b", "c/d"}

"""`/exams/{id}/watch`: seeds marked again, and what the charts say."""

import httpx
import pytest

QUESTIONS = [{"question_id": "1a", "max_marks": 100}]
N_SEEDS = 20


@pytest.fixture
async def watched_exam(client, prepare, ended, openrouter):
    """An exam of twenty graded seeds; its id, and how to watch it once more."""
    openrouter.marks = {"1a": 60}
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
    seeds = [await prepare(exam_id=exam_id, questions=QUESTIONS, human={"1a": 58}) for _ in range(N_SEEDS)]
    await client.put(f"/exams/{exam_id}/seeds", json={"session_ids": seeds})
    plan = {"models": [{"name": "a/b", "template": "strict"}]}
    texts = {"display_name": "Strict", "system_template": "FIRST wording.", "user_template": "[Question list] JSON"}
    await client.put("/settings/templates/assessment/strict", json=texts)
    await client.post(f"/exams/{exam_id}/grade", json=plan)
    for seed in seeds:
        await ended(seed)

    async def watch():
        response = await client.post(f"/exams/{exam_id}/watch")
        assert response.status_code == 202
        for seed in response.json()["started"]:
            await ended(seed)
        return (await client.get(f"/exams/{exam_id}/watch")).json()

    return exam_id, watch


async def test_a_marker_that_marks_as_before_has_not_changed(watched_exam, openrouter):
    _, watch = watched_exam

    found = await watch()

    (marker,) = found["markers"]
    assert (marker["changed_since"], marker["sentence"]) == (None, "No change found in 2 runs.")
    assert [(run["run"], run["n_seeds"], run["providers"]) for run in marker["runs"]] == [
        (1, N_SEEDS, ["Fake"]),
        (2, N_SEEDS, ["Fake"]),
    ]
    assert (marker["seeds"]["n"], marker["seeds"]["n_outside"]) == (N_SEEDS, 0)
    assert len(openrouter.requests) == 2 * N_SEEDS


async def test_a_marker_that_changed_is_named_with_the_run_and_what_changed_with_it(watched_exam, openrouter):
    _, watch = watched_exam
    openrouter.marks = {"1a": 75}
    usual = openrouter._completion
    openrouter.reply = lambda: httpx.Response(200, json=usual() | {"provider": "Other", "model": "a/b-2027"})

    (marker,) = (await watch())["markers"]

    assert marker["changed_since"]["run"] == 2
    assert "totals +15.0 % of the maximum" in marker["sentence"]
    assert "provider Fake before, Other since" in marker["sentence"]
    assert "model a/b before, a/b-2027 since" in marker["sentence"]
    assert marker["seeds"]["stopped"]


async def test_the_watch_uses_the_prompts_of_the_first_run(client, watched_exam, openrouter):
    _, watch = watched_exam
    texts = {"display_name": "Strict", "system_template": "SECOND wording.", "user_template": "[Question list] JSON"}
    await client.put("/settings/templates/assessment/strict", json=texts)

    await watch()

    assert all(b"FIRST wording" in request.content for request in openrouter.requests)


async def test_an_exam_without_seeds_cannot_be_watched(client, fields_of):
    exam_id = (await client.post("/exams", json={"name": "Science"})).json()["exam_id"]

    assert fields_of(await client.post(f"/exams/{exam_id}/watch")) == ["exam_id"]


async def test_imported_seeds_name_no_model_and_the_report_has_the_exams_own_limit(client):
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
    lines = [f"s{script},1a,100,50,m,1,{90 if script < 2 else 50}" for script in range(10)]
    table = "\n".join(["script,question_id,max_marks,human_mark,model_name,try_index,mark", *lines])
    file = {"file": ("marks.csv", table)}
    assert (await client.post("/results/import", files=file, data={"exam_id": exam_id})).is_success
    sessions = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    seeds = {"session_ids": [session["session_id"] for session in sessions], "limit": 1}
    assert (await client.put(f"/exams/{exam_id}/seeds", json=seeds)).is_success

    (marker,) = (await client.get(f"/exams/{exam_id}/watch")).json()["markers"]

    assert [(run["models"], run["providers"], run["n_seeds"]) for run in marker["runs"]] == [([], [], 10)]
    assert "✗ too many: 1 are allowed" in (await client.get(f"/exams/{exam_id}/report")).text

import asyncio
import json
from itertools import takewhile

import pytest
from starlette.routing import Match

from app.main import create_app
from app.settings import Settings

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"
PROGRESS_FIELDS = {
    "session_id",
    "name",
    "status",
    "progress",
    "attempts",
    "cost_usd",
    "tokens",
    "n_unmarked",
    "failure_reason",
    "stop_reason",
    "started_at",
    "finished_at",
    "estimated_seconds_left",
    "models",
}
LIST_FIELDS = {
    "id",
    "status",
    "created_at",
    "name",
    "selected_models",
    "default_tries",
    "model_pairs",
    "rubric_models",
    "assessment_models",
    "selected_rubric_template",
    "selected_assessment_template",
    "exam_id",
}
NO_ATTEMPTS = {"total": 0, "pending": 0, "running": 0, "waiting": 0, "succeeded": 0, "failed": 0, "cancelled": 0}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"json": {}},
        {"json": {"name": "Bio"}},
        {"json": {"name": None, "exam_id": None}},
        {"json": {"name": "数学 'x' \\", "selected_rubric_template": "default", "unknown": 1}},
        {"content": b"null", "headers": {"Content-Type": "application/json"}},
    ],
)
async def test_a_session_is_created_with_or_without_a_body(client, options):
    response = await client.post("/sessions", **options)

    assert response.status_code == 201
    assert set(response.json()) == {"session_id", "status"}
    assert response.json()["status"] == "created"


async def test_what_cannot_be_a_session_is_refused_by_field_and_not_stored(client, fields_of):
    for body, field in [
        ({"name": 7}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"selected_rubric_template": "No Such Name"}, "selected_rubric_template"),
        ({"selected_assessment_template": ""}, "selected_assessment_template"),
        ({"selected_assessment_template": "not_there"}, "selected_assessment_template"),
        ({"exam_id": 7}, "exam_id"),
        ([], ""),
        ("name", ""),
    ]:
        assert fields_of(await client.post("/sessions", json=body)) == [field]
    assert (await client.get("/sessions")).json() == []


async def test_an_exam_that_is_not_there_is_404(client, refused):
    for exam_id in (UNKNOWN, "not-a-uuid"):
        refused(await client.post("/sessions", json={"exam_id": exam_id}), 404, "NOT_FOUND")
    assert (await client.get("/sessions")).json() == []


async def test_sessions_are_listed_newest_first_with_null_where_nothing_is_known(client, create):
    created = [await create(name=name) for name in ("first", "second", "third")]

    rows = (await client.get("/sessions")).json()

    assert [row["id"] for row in rows] == created[::-1]
    assert set(rows[0]) >= LIST_FIELDS
    assert rows[0] | {"created_at": None} == dict.fromkeys(LIST_FIELDS) | {
        "id": created[2],
        "name": "third",
        "status": "created",
        "selected_rubric_template": "default",
        "selected_assessment_template": "default",
    }


async def test_the_list_shows_the_plan_of_models(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    await grade(session_id, {"name": "a/b", "tries": 2}, {"name": "a/b", "instance_id": "again"}, default_tries=3)

    (row,) = (await client.get("/sessions")).json()

    assert (row["selected_models"], row["default_tries"], row["model_pairs"]) == (["a/b", "a/b"], 3, None)


async def test_the_list_shows_pairs_in_camel_case_with_reasoning_as_it_was_sent(client, prepare, ended, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    effort = {"effort": "low"}
    pair = {
        "rubric_model": {"name": "a/rubric", "reasoning": effort},
        "assessment_model": {"name": "a/mark"},
        "instance_id": "p1",
    }
    response = await client.post("/grade/single", json={"session_id": session_id, "model_pairs": [pair]})
    assert response.status_code == 202
    await ended(session_id)

    (row,) = (await client.get("/sessions")).json()

    assert row["model_pairs"] == [
        {
            "rubricModel": "a/rubric",
            "assessmentModel": "a/mark",
            "rubricReasoning": effort,
            "assessmentReasoning": None,
            "instanceId": "p1",
        }
    ]
    assert (row["rubric_models"], row["assessment_models"]) == (["a/rubric"], ["a/mark"])


async def test_the_list_is_paged(client, create):
    created = [await create() for _ in range(5)]

    seen, before = [], ""
    while page := (await client.get(f"/sessions?limit=2{before}")).json():
        seen.extend(row["id"] for row in page)
        before = f"&before={page[-1]['id']}"

    assert seen == created[::-1]


async def test_a_page_before_a_session_that_is_not_there_is_404(client, refused):
    for before in (UNKNOWN, "x", "%00", ""):
        assert refused(await client.get(f"/sessions?before={before}"), 404, "NOT_FOUND")


async def test_a_new_session_is_polled_as_created(client, create):
    session_id = await create(name="Bio")

    progress = (await client.get(f"/sessions/{session_id}")).json()

    assert set(progress) >= PROGRESS_FIELDS
    assert progress == dict.fromkeys(PROGRESS_FIELDS) | {
        "session_id": session_id,
        "name": "Bio",
        "status": "created",
        "progress": 0,
        "attempts": NO_ATTEMPTS,
        "cost_usd": 0,
        "tokens": {"input": 0, "output": 0, "reasoning": 0, "cached": 0},
        "n_unmarked": 0,
        "models": {},
        "notes": [],
    }


async def test_progress_is_counted_from_stored_rows(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1}
    session_id = await prepare()

    progress = await grade(session_id, {"name": "a/b", "tries": 2}, "c/d")

    assert progress["status"] == "graded"
    assert progress["progress"] == 1
    assert progress["attempts"] == NO_ATTEMPTS | {"total": 3, "succeeded": 3}
    assert progress["models"] == {
        "a/b": {"total": 2, "succeeded": 2, "failed": 0},
        "c/d": {"total": 1, "succeeded": 1, "failed": 0},
    }
    # Each incomplete answer is asked for once more: six requests of 100 + 20 tokens for 0.002 dollars.
    assert progress["n_unmarked"] == 3
    assert progress["cost_usd"] == pytest.approx(0.012)
    assert progress["tokens"] == {"input": 600, "output": 120, "reasoning": 0, "cached": 0}
    assert progress["started_at"] < progress["finished_at"]
    assert (progress["estimated_seconds_left"], progress["failure_reason"]) == (None, None)


async def test_a_run_in_which_nothing_was_marked_failed_and_says_why(prepare, grade, openrouter):
    openrouter.marks = {}
    session_id = await prepare()

    progress = await grade(session_id, "a/b")

    assert (progress["status"], progress["progress"]) == ("failed", 1)
    assert progress["attempts"] == NO_ATTEMPTS | {"total": 1, "failed": 1}
    assert progress["failure_reason"]


async def test_while_grading_what_is_open_is_counted(client, while_grading):
    progress = (await client.get(f"/sessions/{while_grading}")).json()

    assert (progress["status"], progress["progress"]) == ("grading", 0)
    attempts = progress["attempts"]
    assert attempts["total"] == attempts["pending"] + attempts["running"] + attempts["waiting"] == 1
    assert progress["finished_at"] is None


async def test_an_unchanged_session_is_304_for_who_knows_it(client, create):
    session_id = await create()
    first = await client.get(f"/sessions/{session_id}")
    etag = first.headers["ETag"]

    assert first.headers["Cache-Control"] == "private, no-store"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(f"/sessions/{session_id}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("known", [{}, {"If-None-Match": "*"}])
async def test_a_poll_is_answered_as_the_route_answers(client, create, known):
    session_id = await create()

    short, through_route = [
        await client.get(f"/sessions/{spelling}", headers=known | {"X-Request-ID": "same"})
        for spelling in (session_id, session_id.upper())
    ]

    assert (short.status_code, short.content) == (through_route.status_code, through_route.content)
    assert short.headers == through_route.headers


async def test_a_poll_of_an_unknown_session_is_refused_as_the_route_refuses(client):
    unknown = "0f8fad5b-d9cb-469f-a165-70867728950e"

    short, through_route = [
        await client.get(f"/sessions/{spelling}", headers={"X-Request-ID": "same"})
        for spelling in (unknown, unknown.upper())
    ]

    assert short.status_code == 404
    assert (short.json(), short.headers) == (through_route.json(), through_route.headers)


async def test_every_change_changes_the_etag(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    etags = set()

    async def look():
        etags.add((await client.get(f"/sessions/{session_id}")).headers["ETag"])

    await look()
    await client.put(f"/sessions/{session_id}", json={"name": "renamed"})
    await look()
    await grade(session_id, "a/b")
    await look()
    await grade(session_id, "c/d")
    await look()

    assert len(etags) == 4
    response = await client.get(f"/sessions/{session_id}", headers={"If-None-Match": '"other"'})
    assert response.status_code == 200


class Scripted:
    """A database that answers a poll with what the test says."""

    def __init__(self):
        self.progress = {}

    async def open(self): ...

    async def close(self): ...

    async def call(self, function, arguments):
        return []

    async def call_text(self, function, arguments):
        return json.dumps(self.progress).encode()


@pytest.fixture
async def poll(connect_app):
    """The ETag of a poll that the database answers with these fields, in this order."""
    scripted = Scripted()
    client = await connect_app(overrides={"transport": scripted}, openrouter_api_key=None)

    async def poll(**fields):
        scripted.progress = fields
        return (await client.get(f"/sessions/{UNKNOWN}")).headers["ETag"]

    return poll


async def test_the_estimate_is_no_part_of_the_etag(poll):
    etags = {await poll(status="grading", estimated_seconds_left=left) for left in (None, 7, 7.5, 123)}

    assert len(etags) == 1


async def test_everything_else_is_part_of_the_etag_whatever_it_is_called(poll):
    names = ["n", '"estimated_seconds_left": 3', ', "estimated_seconds_left": 3']
    etags = {await poll(name=name, estimated_seconds_left=1) for name in names}
    etags |= {
        await poll(models={"estimated_seconds_left": {"total": total}}, estimated_seconds_left=1) for total in (1, 2)
    }

    assert len(etags) == 5


async def test_the_database_puts_the_estimate_last(database, client, create):
    body = (await client.get(f"/sessions/{await create()}")).text

    assert list(json.loads(body))[-1] == "estimated_seconds_left"


async def test_a_session_is_renamed(client, create):
    session_id = await create(name="old")

    response = await client.put(f"/sessions/{session_id}", json={"name": "new", "other": 1})

    assert response.status_code == 200
    assert response.json()["updated_fields"] == ["name"]
    assert response.json()["message"]
    assert (await client.get(f"/sessions/{session_id}")).json()["name"] == "new"


async def test_a_name_that_is_none_is_refused_and_the_old_one_stays(client, create, fields_of, refused):
    session_id = await create(name="old")

    for body in ({}, {"name": None}, {"name": ""}, {"name": 7}, {"name": "x" * 501}):
        assert fields_of(await client.put(f"/sessions/{session_id}", json=body)) == ["name"]
    refused(await client.put(f"/sessions/{UNKNOWN}", json={"name": "x"}), 404, "NOT_FOUND")
    assert (await client.get(f"/sessions/{session_id}")).json()["name"] == "old"


async def test_many_who_poll_at_once_all_get_the_answer(client, create):
    session_id = await create()

    answers = await asyncio.gather(*(client.get(f"/sessions/{session_id}") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}


def test_the_polled_route_is_among_the_first_that_are_tried():
    app = create_app(Settings())
    scope = {"type": "http", "method": "GET", "path": f"/sessions/{UNKNOWN}", "headers": [], "app": app}

    tried = {route.path for route in takewhile(lambda route: route.matches(scope)[0] is Match.NONE, app.routes)}

    assert tried <= {"/openapi.json", "/docs", "/sessions"}


async def test_a_name_that_is_too_long_is_told_in_characters(client, refused):
    error = refused(await client.post("/sessions", json={"name": "n" * 10_000}), 422, "VALIDATION_ERROR")
    assert error["details"]["errors"] == [{"field": "name", "message": "must have at most 500 characters"}]

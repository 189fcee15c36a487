import asyncio
import json

import httpx
import psycopg
import pytest

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"


def image(role, index, url=None):
    return {"role": role, "url": url or f"https://example.org/{role}-{index}.png", "order_index": index}


async def test_a_start_is_accepted_and_says_where_to_poll(prepare, start, ended, openrouter):
    openrouter.marks = {"1a": 2.5, "1b": 4.5}
    session_id = await prepare()

    response = await start(session_id, "anthropic/claude-sonnet-4.5")

    assert response.json().items() >= {"ok": True, "session_id": session_id, "status": "grading"}.items()
    assert response.headers["Location"] == f"/sessions/{session_id}"
    assert (await ended(session_id))["status"] == "graded"


@pytest.mark.parametrize("first", [0, 1])
async def test_three_pages_and_a_key_of_two_are_graded_counted_from_0_or_1(prepare, grade, openrouter, first):
    openrouter.marks = {"MAI.1b(ii)": 1.25, "2": 0}
    images = [
        *(image("student", first + n) for n in range(3)),
        *(image("answer_key", first + n) for n in range(2)),
    ]
    questions = [{"question_number": "MAI.1b(ii)", "max_mark": 2.5}, {"question_id": "2", "max_marks": 4}]
    session_id = await prepare(images=images, questions=questions, human={"MAI.1b(ii)": 1})

    progress = await grade(session_id, {"name": "a/b", "tries": 2}, "c/d:free")

    assert progress["attempts"]["succeeded"] == 3
    sent = json.dumps(json.loads(openrouter.requests[0].content))
    assert all(each["url"] in sent for each in images)


async def test_default_tries_apply_where_a_model_names_none(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()

    progress = await grade(session_id, "a/b", {"name": "c/d", "tries": 1}, default_tries=3)

    assert {model: counts["total"] for model, counts in progress["models"].items()} == {"a/b": 3, "c/d": 1}


async def test_without_any_number_of_tries_there_is_one(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}

    assert (await grade(await prepare(), "a/b"))["attempts"]["total"] == 1


async def test_reasoning_and_provider_reach_the_model_as_given_own_before_global(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    own = {"name": "a/b", "reasoning": {"max_tokens": 900}, "provider": {"order": ["x"]}}

    await grade(session_id, own, "c/d", reasoning={"effort": "low"}, provider={"sort": "price"})

    bodies = {body["model"]: body for body in map(json.loads, (r.content for r in openrouter.requests))}
    assert bodies["a/b"]["reasoning"] == {"max_tokens": 900}
    assert bodies["c/d"]["reasoning"] == {"effort": "low"}
    assert bodies["a/b"]["provider"].items() >= {"order": ["x"]}.items()
    assert bodies["c/d"]["provider"].items() >= {"sort": "price"}.items()


async def test_the_same_model_twice_is_two_markers(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()

    progress = await grade(session_id, "a/b", {"name": "a/b", "instance_id": "strict (2)"})

    assert set(progress["models"]) == {"a/b", "strict (2)"}
    assert set((await client.get(f"/results/{session_id}")).json()["results_by_question"]["1a"]) == {
        "a/b",
        "strict (2)",
    }


REFUSED = [
    ({"models": "a/b"}, "models"),
    ({"models": ["a/b"]}, "models.0"),
    ({"models": [{}]}, "models.0.name"),
    ({"models": [{"name": 7}]}, "models.0.name"),
    ({"models": [{"name": "gpt-5"}]}, "models.0.name"),
    ({"models": [{"name": "a//b"}]}, "models.0.name"),
    ({"models": [{"name": "a/b/"}]}, "models.0.name"),
    ({"models": [{"name": "a/ b"}]}, "models.0.name"),
    ({"models": [{"name": "a/b\n"}]}, "models.0.name"),
    ({"models": [{"name": "/b"}]}, "models.0.name"),
    ({"models": [{"name": "a/b", "tries": 0}]}, "models.0.tries"),
    ({"models": [{"name": "a/b", "tries": 21}]}, "models.0.tries"),
    ({"models": [{"name": "a/b", "tries": True}]}, "models.0.tries"),
    ({"models": [{"name": "a/b", "tries": "3"}]}, "models.0.tries"),
    ({"models": [{"name": "a/b", "tries": 1.5}]}, "models.0.tries"),
    ({"models": [{"name": "a/b", "reasoning": "low"}]}, "models.0.reasoning"),
    ({"models": [{"name": "a/b", "provider": []}]}, "models.0.provider"),
    ({"models": [{"name": "a/b", "instance_id": ""}]}, "models.0.instance_id"),
    ({"models": [{"name": "a/b"}], "default_tries": 0}, "default_tries"),
    ({"models": [{"name": "a/b"}], "default_tries": 21}, "default_tries"),
    ({"models": [{"name": "a/b"}], "reasoning": 1}, "reasoning"),
    ({"models": [{"name": "a/b"}], "force": "perhaps"}, "force"),
    ({"models": [{"name": "a/b", "top_k": 3}]}, "models.0.top_k"),
    ({"models": [{"name": "a/b"}], "colour": "red"}, "colour"),
    ({"models": [{"name": "a/b", "temperature": 2.1}]}, "models.0.temperature"),
    ({"models": [{"name": "a/b", "temperature": "hot"}]}, "models.0.temperature"),
    ({"models": [{"name": "a/b", "max_tokens": 0}]}, "models.0.max_tokens"),
    ({"models": [{"name": "a/b", "seed": 1.5}]}, "models.0.seed"),
    ({"models": [{"name": "a/b", "template": "No Such Form"}]}, "models.0.template"),
    (
        {"model_pairs": [{"rubric_model": {"name": "a/b", "template": "x"}, "assessment_model": {"name": "a/b"}}]},
        "model_pairs.0",
    ),
    ({"model_pairs": [{"rubric_model": {"name": "a/b"}}]}, "model_pairs.0.assessment_model"),
    ({"model_pairs": [{"assessment_model": {"name": "a/b"}}]}, "model_pairs.0.rubric_model"),
    (
        {"model_pairs": [{"rubric_model": {"name": "x"}, "assessment_model": {"name": "a/b"}}]},
        "model_pairs.0.rubric_model.name",
    ),
]
REFUSED_ON_A_SESSION = [
    ({}, "models"),
    ({"models": []}, "models"),
    ({"models": [{"name": "a/b"}, {"name": "a/b"}]}, "models.1.instance_id"),
    ({"models": [{"name": "a/b"}, {"name": "c/d", "instance_id": "a/b"}]}, "models.1.instance_id"),
    (
        {
            "models": [{"name": "a/b"}],
            "model_pairs": [{"rubric_model": {"name": "a/b"}, "assessment_model": {"name": "a/b"}}],
        },
        "models",
    ),
]


async def test_a_plan_that_makes_no_sense_is_refused_by_field(client_without_database, fields_of):
    for plan, field in REFUSED:
        response = await client_without_database.post("/grade/single", json={"session_id": UNKNOWN} | plan)
        assert fields_of(response) == [field], plan


async def test_numbers_that_json_does_not_know_are_refused_in_reasoning(client_without_database, fields_of):
    content = f'{{"session_id": "{UNKNOWN}", "models": [{{"name": "a/b"}}], "reasoning": {{"max_tokens": NaN}}}}'
    response = await client_without_database.post(
        "/grade/single", content=content, headers={"Content-Type": "application/json"}
    )

    assert fields_of(response) == ["reasoning"]


@pytest.fixture
def nothing_started(client, openrouter, database):
    """Checks that a refusal left no trace."""

    async def check(session_id):
        progress = (await client.get(f"/sessions/{session_id}")).json()
        assert (progress["status"], progress["attempts"]["total"], progress["started_at"]) == ("created", 0, None)
        with psycopg.connect(database) as connection:
            assert connection.execute("select count(*) from grading_call").fetchone() == (0,)
        assert openrouter.requests == []

    return check


async def test_a_plan_that_does_not_fit_the_session_is_refused_by_field(client, prepare, fields_of, nothing_started):
    session_id = await prepare()

    for plan, field in REFUSED_ON_A_SESSION:
        assert fields_of(await client.post("/grade/single", json={"session_id": session_id} | plan)) == [field], plan
    await nothing_started(session_id)


async def test_a_session_that_is_not_there_is_404(client, refused):
    body = {"session_id": UNKNOWN, "models": [{"name": "a/b"}]}

    assert refused(await client.post("/grade/single", json=body), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("made_of", "field"),
    [
        ({"images": ()}, "images"),
        ({"images": (image("answer_key", 0),)}, "images"),
        ({"questions": None}, "questions"),
    ],
)
async def test_a_session_with_nothing_to_mark_is_refused(client, prepare, fields_of, made_of, field):
    session_id = await prepare(**made_of)
    body = {"session_id": session_id, "models": [{"name": "a/b"}]}

    assert fields_of(await client.post("/grade/single", json=body)) == [field]
    assert (await client.get(f"/sessions/{session_id}")).json()["status"] == "created"


@pytest.fixture
def ready_in(connect_app):
    """A client of an app with these settings, and a session of its own that is ready."""

    async def ready_in(url="https://example.org/a.png", **settings):
        client = await connect_app(**settings)
        session_id = (await client.post("/sessions")).json()["session_id"]
        for path, body in [
            ("/images/register", image("student", 0, url)),
            ("/questions/config", {"questions": [{"question_id": "1", "max_marks": 1}]}),
        ]:
            assert (await client.post(path, json={"session_id": session_id} | body)).status_code == 200
        return client, session_id

    return ready_in


async def test_without_a_key_a_start_is_503_and_says_what_to_set(ready_in, refused, nothing_started):
    client, session_id = await ready_in(openrouter_api_key=None)
    body = {"session_id": session_id, "models": [{"name": "a/b"}]}

    error = refused(await client.post("/grade/single", json=body), 503, "NOT_CONFIGURED")

    assert "OPENROUTER_API_KEY" in error["message"]
    await nothing_started(session_id)


async def test_without_a_key_a_session_that_is_not_there_is_still_404(connect_app, refused):
    client = await connect_app(openrouter_api_key=None)

    assert refused(await client.post("/grade/single", json={"session_id": UNKNOWN, "models": []}), 404, "NOT_FOUND")


OPENROUTER = "https://openrouter.ai/api/v1"
LOOPBACK = "http://localhost:9000/a.png"


@pytest.mark.parametrize(
    ("url", "settings", "status"),
    [
        (LOOPBACK, {"openrouter_base_url": OPENROUTER}, 422),
        (LOOPBACK, {"openrouter_base_url": OPENROUTER, "public_base_url": "https://marks.example"}, 422),
        ("http://127.0.0.1:1/a.png", {"openrouter_base_url": OPENROUTER}, 422),
        ("https://[::1]/a.png", {"openrouter_base_url": OPENROUTER}, 422),
        (LOOPBACK, {"openrouter_base_url": "http://localhost:9/api/v1"}, 202),
        ("https://example.org/a.png", {"openrouter_base_url": OPENROUTER}, 202),
    ],
)
async def test_images_that_openrouter_cannot_fetch_are_refused(ready_in, fields_of, url, settings, status):
    client, session_id = await ready_in(url, **settings)

    response = await client.post("/grade/single", json={"session_id": session_id, "models": [{"name": "a/b"}]})

    assert response.status_code == status
    if status == 422:
        assert fields_of(response, "IMAGES_NOT_REACHABLE") == ["images"]
        assert (await client.get(f"/sessions/{session_id}")).json()["status"] == "created"


async def test_the_same_plan_joins_the_run_and_another_is_busy(client, while_grading, openrouter, refused):
    body = {"session_id": while_grading, "models": [{"name": "a/b"}]}

    assert (await client.post("/grade/single", json=body)).status_code == 202
    assert (await client.post("/grade/single", json=body | {"models": []})).status_code == 202
    for other in ({"models": [{"name": "c/d"}]}, {"models": [{"name": "a/b", "tries": 2}]}):
        refused(await client.post("/grade/single", json=body | other), 409, "SESSION_BUSY")
    progress = (await client.get(f"/sessions/{while_grading}")).json()
    assert (progress["attempts"]["total"], list(progress["models"])) == (1, ["a/b"])


async def test_starts_at_the_same_time_make_one_run(client, prepare, ended, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    body = {"session_id": session_id, "models": [{"name": "a/b", "tries": 2}]}

    answers = await asyncio.gather(*(client.post("/grade/single", json=body) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {202}
    assert (await ended(session_id))["attempts"]["succeeded"] == 2
    assert len(openrouter.requests) == 2


async def test_images_cannot_be_registered_while_grading(client, while_grading, refused):
    body = {"session_id": while_grading} | image("student", 1, "https://example.org/late.png")

    assert refused(await client.post("/images/register", json=body), 409, "SESSION_BUSY")


async def test_no_models_repeat_the_stored_plan_for_what_failed(prepare, grade, openrouter):
    session_id = await prepare()
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"message": "no", "code": 400}})
    assert (await grade(session_id, {"name": "a/b", "tries": 2}))["status"] == "failed"
    openrouter.reply, openrouter.marks = None, {"1a": 1, "1b": 1}
    openrouter.requests.clear()

    assert (await grade(session_id))["attempts"]["succeeded"] == 2
    assert len(openrouter.requests) == 2
    await grade(session_id)
    assert len(openrouter.requests) == 2


async def test_force_grades_everything_again(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    await grade(session_id, "a/b")

    await grade(session_id, "a/b", force=True)

    assert len(openrouter.requests) == 2


async def test_a_model_that_the_list_does_not_know_is_accepted(prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}

    assert (await grade(await prepare(), "who/knows-this.v2:beta"))["status"] == "graded"


async def test_tokens_are_told_by_stage_model_and_try(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    await grade(session_id, {"name": "a/b", "tries": 2})

    response = await client.get(f"/grade/tokens/{session_id}")

    usage = {"input_tokens": 100, "output_tokens": 20, "reasoning_tokens": 0, "total_tokens": 120}
    assert response.json() == {"rubric": {}, "assessment": {"a/b": {"1": usage, "2": usage}}}

"""Users before the whole app: each finds what is theirs, and nothing of anybody else."""

import asyncio

import httpx
import pytest

from tests.support.tokens import EC_JWK, JWKS_URL, SECRET, KeyServer, token


@pytest.fixture
async def as_user(connect_app):
    """A client of an app with an API key, the secret and the key set; takes the user, or the bearer itself."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(KeyServer([EC_JWK]).handle))
    client = await connect_app(
        peer="203.0.113.7",
        overrides={"jwks_http": http},
        api_keys="key-1",
        supabase_jwks_url=JWKS_URL,
        supabase_jwt_secret=SECRET,
    )

    def request(bearer):
        async def send(method, path, **options):
            given = bearer if bearer in {"key-1", None} else token(sub=bearer)
            headers = {"Authorization": f"Bearer {given}"} if given else {}
            return await client.request(method, path, headers=headers, **options)

        return send

    return request


async def test_a_review_is_signed_by_the_user_of_the_token_whatever_name_it_gives(as_user):
    send = as_user("user-1")
    session_id = (await send("POST", "/sessions", json={})).json()["session_id"]
    config = {"session_id": session_id, "questions": [{"question_id": "1", "max_marks": 3}]}
    await send("POST", "/questions/config", json=config)

    signed = []
    for name in ({}, {"reviewer": "A. Teacher"}):
        await send("POST", f"/sessions/{session_id}/review", json={"question_id": "1", "mark": 2} | name)
        latest = (await send("GET", f"/sessions/{session_id}/reviews")).json()["reviews"]
        signed += [review["reviewer"] for review in latest]

    assert signed == ["user-1", "user-1"]


def requests_on(session_id):
    image = {"session_id": session_id, "role": "student", "url": "https://example.org/a.png", "order_index": 0}
    questions = {"session_id": session_id, "questions": [{"question_id": "1", "max_marks": 1}]}
    return [
        ("GET", f"/sessions/{session_id}", None),
        ("PUT", f"/sessions/{session_id}", {"name": "mine now"}),
        ("POST", f"/sessions/{session_id}/cancel", None),
        ("GET", f"/sessions/{session_id}/template", None),
        ("GET", f"/sessions/{session_id}/events", None),
        ("GET", f"/sessions/{session_id}/live", None),
        ("POST", "/images/register", image),
        ("GET", f"/images/{session_id}", None),
        ("POST", "/questions/config", questions),
        ("GET", f"/questions/{session_id}", None),
        ("POST", "/grade/single", {"session_id": session_id, "models": [{"name": "a/b"}]}),
        ("GET", f"/grade/tokens/{session_id}", None),
        ("GET", f"/results/{session_id}", None),
        ("GET", f"/results/errors/{session_id}", None),
        ("GET", f"/results/{session_id}/rubric", None),
        ("GET", f"/stats/{session_id}", None),
    ]


async def test_another_user_s_session_is_not_there(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    session_id = (await ada("POST", "/sessions", json={"name": "hers"})).json()["session_id"]

    for method, path, body in requests_on(session_id):
        response = await bob(method, path, json=body)
        assert (method, path, response.status_code) == (method, path, 404)
        assert response.json()["error"]["code"] == "NOT_FOUND"
    assert (await bob("GET", "/sessions")).json() == []
    assert (await bob("GET", f"/sessions?before={session_id}")).status_code == 404
    assert (await bob("DELETE", f"/sessions/{session_id}")).status_code == 204
    assert (await ada("GET", f"/sessions/{session_id}")).json()["name"] == "hers"


async def test_another_user_s_script_is_no_worked_example(as_user, openrouter):
    ada, bob = as_user("ada"), as_user("bob")
    questions = [{"question_id": "1", "max_marks": 3}]

    async def script(send):
        session_id = (await send("POST", "/sessions", json={})).json()["session_id"]
        image = {"session_id": session_id, "role": "student", "url": "https://example.org/a.png", "order_index": 0}
        config = {"session_id": session_id, "questions": questions, "human_marks_by_qid": {"1": 2}}
        assert (await send("POST", "/images/register", json=image)).status_code == 200
        assert (await send("POST", "/questions/config", json=config)).status_code == 200
        return session_id

    hers, his, other = await script(ada), await script(bob), await script(bob)
    plans = {example: {"models": [{"name": "a/b", "examples": [example]}]} for example in (hers, other)}
    exam = {"name": "his", "questions": questions}
    exam_id = (await bob("POST", "/exams", json=exam)).json()["exam_id"]

    for path, body in (("/grade/single", {"session_id": his}), (f"/exams/{exam_id}/grade", {})):
        refused = await bob("POST", path, json=body | plans[hers])
        assert refused.status_code == 422
        (error,) = refused.json()["error"]["details"]["errors"]
        assert error["field"] == "models.0.examples"
        assert error["message"] == f"There is no session '{hers}'."
    assert openrouter.requests == []
    assert (await bob("POST", "/grade/single", json={"session_id": his} | plans[other])).status_code == 202


async def test_users_see_their_own_sessions_and_an_api_key_all(as_user):
    for user in ("ada", "bob", "key-1"):
        await as_user(user)("POST", "/sessions", json={"name": user})

    async def names(bearer):
        return [row["name"] for row in (await as_user(bearer)("GET", "/sessions")).json()]

    assert (await names("ada"), await names("bob"), await names("key-1")) == (["ada"], ["bob"], ["key-1", "bob", "ada"])


async def test_an_owner_s_own_session_answers_everything(as_user):
    ada = as_user("ada")
    session_id = (await ada("POST", "/sessions")).json()["session_id"]

    for method, path, body in requests_on(session_id):
        if not path.endswith("/events"):  # has no end
            assert (path, (await ada(method, path, json=body)).status_code) != (path, 404)


async def test_without_a_token_nobody_comes_in(as_user):
    response = await as_user(None)("GET", "/sessions")

    assert (response.status_code, response.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_another_user_s_delete_does_not_stop_a_run(as_user, openrouter):
    ada, bob = as_user("ada"), as_user("bob")
    session_id = (await ada("POST", "/sessions")).json()["session_id"]
    for method, path, body in requests_on(session_id):
        if path in {"/images/register", "/questions/config"}:
            assert (await ada(method, path, json=body)).status_code == 200
    openrouter.marks = {"1": 1}
    openrouter.may_answer.clear()
    await ada("POST", "/grade/single", json={"session_id": session_id, "models": [{"name": "a/b"}]})
    async with asyncio.timeout(60):
        while not openrouter.requests:
            await ada("GET", f"/sessions/{session_id}")
        await bob("DELETE", f"/sessions/{session_id}")
        openrouter.may_answer.set()
        while (progress := (await ada("GET", f"/sessions/{session_id}")).json())["status"] == "grading":
            pass

    assert progress["status"] == "graded"
    assert len(openrouter.requests) == 1


async def test_another_user_s_exam_is_not_there(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    exam_id = (await ada("POST", "/exams", json={"name": "hers"})).json()["exam_id"]
    session_id = (await ada("POST", "/sessions", json={"exam_id": exam_id})).json()["session_id"]
    rows = b"script,question_id,max_marks,human_mark,model_name,try_index,mark\ns1,1,2,1,m,1,1\n"
    marks = {"file": ("marks.csv", rows)}
    review = {"session_id": session_id, "question_id": "1", "mark": 1}

    for method, path, options in [
        ("GET", f"/exams/{exam_id}", {}),
        ("POST", f"/exams/{exam_id}/grade", {"json": {"models": [{"name": "a/b"}]}}),
        ("GET", f"/exams/{exam_id}/agreement", {}),
        ("GET", f"/exams/{exam_id}/review-queue", {}),
        ("GET", f"/exams/{exam_id}/reviews", {}),
        ("GET", f"/exams/{exam_id}/export.csv", {}),
        ("GET", f"/exams/{exam_id}/export.xlsx", {}),
        ("GET", f"/exams/{exam_id}/report", {}),
        ("GET", f"/exams?before={exam_id}", {}),
        ("POST", f"/exams/{exam_id}/review", {"json": review}),
        ("POST", f"/sessions/{session_id}/review", {"json": review}),
        ("GET", f"/sessions/{session_id}/agreement", {}),
        ("GET", f"/sessions/{session_id}/review-queue", {}),
        ("GET", f"/sessions/{session_id}/reviews", {}),
        ("GET", f"/sessions/{session_id}/export.csv", {}),
        ("GET", f"/sessions/{session_id}/export.xlsx", {}),
        ("GET", f"/sessions/{session_id}/report", {}),
        ("POST", "/results/import", {"files": marks, "data": {"exam_id": exam_id}}),
        ("POST", "/sessions", {"json": {"exam_id": exam_id}}),
    ]:
        response = await bob(method, path, **options)
        assert (method, path, response.status_code, response.text[:80]) == (method, path, 404, response.text[:80])
    assert (await bob("GET", "/exams")).json() == []
    assert (await ada("GET", f"/exams/{exam_id}")).status_code == 200


def requests_at_the_desk(exam_id, session_id):
    """By keyword of `request`: what the review desk, its history and the calls behind the marks are asked."""
    answer = {"session_id": session_id, "question_id": "1"}
    seat = {"holder": "desk of one", "n": 1, "wish": {"which": "all"}}
    return [
        ("GET", f"/exams/{exam_id}/desk", {}),
        ("POST", f"/exams/{exam_id}/desk/answers", {"json": seat}),
        ("PUT", f"/exams/{exam_id}/desk/settings", {"json": {"blind_marking": True}}),
        ("GET", f"/exams/{exam_id}/desk/progress", {}),
        ("GET", f"/exams/{exam_id}/double-marking", {}),
        ("GET", f"/exams/{exam_id}/review-history", {}),
        ("GET", f"/sessions/{session_id}/review-history", {}),
        ("GET", f"/sessions/{session_id}/calls", {}),
        ("DELETE", f"/exams/{exam_id}/review", {"params": answer}),
        ("DELETE", f"/sessions/{session_id}/review", {"params": {"question_id": "1"}}),
    ]


async def test_no_desk_shows_the_exam_of_another_user(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    questions = [{"question_id": "1", "number": 1, "max_marks": 2}]
    exam_id = (await ada("POST", "/exams", json={"name": "hers", "questions": questions})).json()["exam_id"]
    session_id = (await ada("POST", "/sessions", json={"exam_id": exam_id})).json()["session_id"]
    for mark in (1, 2):
        review = {"session_id": session_id, "question_id": "1", "mark": mark}
        assert (await ada("POST", f"/exams/{exam_id}/review", json=review)).status_code == 200

    for method, path, options in requests_at_the_desk(exam_id, session_id):
        response = await bob(method, path, **options)
        assert (method, path, response.status_code) == (method, path, 404)
        assert response.json()["error"]["code"] == "NOT_FOUND"
    changes = (await ada("GET", f"/exams/{exam_id}/review-history")).json()["changes"]
    assert [(row["mark"], row["withdrawn_at"]) for row in changes] == [(2, None), (1, None)]
    for method, path, options in requests_at_the_desk(exam_id, session_id):
        assert (method, path, (await ada(method, path, **options)).status_code) == (method, path, 200)


async def test_the_overview_lists_nothing_of_another_user(as_user):
    ada, bob = as_user("ada"), as_user("bob")
    await ada("POST", "/exams", json={"name": "hers"})
    await ada("POST", "/sessions", json={"name": "her script"})
    first = (await ada("GET", "/overview", params={"limit": 1})).json()
    after = {"before": first["next"]}

    assert [row["name"] for row in first["items"]] == ["her script"]
    assert [row["name"] for row in (await ada("GET", "/overview", params=after)).json()["items"]] == ["hers"]
    for query in ({}, {"kind": "exam"}, {"kind": "script"}, after):
        assert (await bob("GET", "/overview", params=query)).json() == {"items": [], "next": None}
    assert len((await as_user("key-1")("GET", "/overview")).json()["items"]) == 2

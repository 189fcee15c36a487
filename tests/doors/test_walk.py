"""Every route of the description, as somebody else, as nobody, and as a page of another site."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.doors.conftest import ready_session
from tests.support.tokens import token

DESCRIPTION = json.loads((Path(__file__).parents[2] / "openapi.json").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = [
    (method.upper(), path, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
]
# Without keys and tokens: health, and what a signed address of its own gives leave to.
OPEN = ("/health", "/images/upload/", "/images/file/", "/sign-in", "/sign-out", "/oauth", "/static", "/assets")
# A deletion of what is not there is done already, and says nothing about others.
DONE_ALREADY = {"DELETE": 204}
TEST_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
async def hers(as_user, database):
    """Ada's ids by the names of the parameters that take them."""
    ada = as_user("ada")
    exam_id = (await ada("POST", "/exams", json={"name": "hers"})).json()["exam_id"]
    session_id = await ready_session(ada)
    [image] = (await ada("GET", f"/images/{session_id}")).json()["images"]
    notes = {"file": ("notes.txt", b"A few words about cells. " * 200)}
    document_id = (await ada("POST", "/documents/upload", files=notes)).json()["id"]
    ids = {"exam_id": exam_id, "session_id": session_id, "image_id": image["image_id"], "document_id": document_id}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into public.generated_test (id, document_id, owner_id, name, status, target_questions, difficulty,"
            " models, prompt_version, seed) values (%s, %s, 'ada', 'hers', 'completed', 1, 'EASY', %s, 'v', 1)",
            [TEST_ID, document_id, json.dumps({"writer": "a/b", "solvers": ["c/d"], "topics": []})],
        )
    return ids | {"test_id": TEST_ID}


def example_of(schema):
    """A value that a schema of the description takes."""
    while "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("examples"):
        return schema["examples"][0]
    return schema.get("example", {})


def with_ids(value, ids):
    """A body with Ada's ids in the place of the example's."""
    if isinstance(value, dict):
        return {name: ids[name] if name in ids else with_ids(each, ids) for name, each in value.items()}
    return [with_ids(each, ids) for each in value] if isinstance(value, list) else value


def request_of(path, operation, ids):
    address = path
    for name, each in ids.items():
        address = address.replace(f"{{{name}}}", each)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    query = {
        parameter["name"]: ids.get(parameter["name"], (parameter["schema"].get("enum") or ["x"])[0])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required")
    }
    return address, {"json": with_ids(example_of(body["schema"]), ids)} if body else {}, query


def names_an_id(path, operation, ids):
    """Whether a request of this route names something of Ada's."""
    _, body, _ = request_of(path, operation, ids)
    return any(f"{{{name}}}" in path for name in ids) or any(name in body.get("json", {}) for name in ids)


async def test_what_is_somebody_else_s_is_not_there_on_any_route(as_user, hers):
    bob, walked, answers = as_user("bob"), 0, {}
    for method, path, operation in ROUTES:
        if not names_an_id(path, operation, hers) or path.startswith(OPEN):
            continue
        address, body, query = request_of(path, operation, hers)
        if "{" in address:
            continue
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
            form = {"data": {"exam_id": hers["exam_id"]}}
            body = form | {
                "files": {"file": ("a.csv", b"script,question_id,max_marks,human_mark,model_name,try_index,mark\n")}
            }
        response = await bob(method, address, params=query, **body)
        walked += 1
        if response.status_code not in {404, DONE_ALREADY.get(method)}:
            answers[f"{method} {path}"] = (response.status_code, response.text[:200])

    assert answers == {}
    assert walked > 50
    ada = as_user("ada")
    for path in ("/sessions/{session_id}", "/exams/{exam_id}", "/documents/{document_id}", "/tests/{test_id}"):
        assert (await ada("GET", path.format(**hers))).status_code == 200


@pytest.mark.parametrize("bearer", [None, "broken", "e30.e30.e30", "expired"])
async def test_without_a_valid_key_or_token_no_route_answers(as_user, hers, bearer):
    nobody, answers = as_user(None), {}
    given = token(sub="ada", exp=1) if bearer == "expired" else bearer
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    for method, path, operation in ROUTES:
        if path.startswith(OPEN):
            continue
        address, body, query = request_of(path, operation, hers)
        response = await nobody(method, address, params=query, headers=headers, **body)
        if response.status_code != 401:
            answers[f"{method} {path}"] = response.status_code

    assert answers == {}


async def test_a_foreign_name_or_a_page_of_another_site_reaches_no_route_without_keys(client):
    answers = {}
    for method, path, operation in ROUTES:
        address, body, query = request_of(path, operation, {})
        refused = [{"Host": "rebound.example"}, {"Host": "127.0.0.1.rebound.example:8000"}]
        if method != "GET":
            refused += [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
        for headers in refused:
            response = await client.request(method, address, params=query, headers=headers, **body)
            if response.status_code != 403:
                answers[f"{method} {path} {headers}"] = response.status_code

    assert answers == {}

"""Every route of the description, as somebody else, as nobody, and as a page of another site."""

import pytest

from tests.doors.routes import ROUTES, names_an_id, request_of
from tests.support.tokens import token

# Without keys and tokens: health, and what a signed address of its own gives leave to.
OPEN = ("/health", "/images/upload/", "/images/file/", "/sign-in", "/sign-out", "/oauth", "/static", "/assets")
# A deletion of what is not there is done already, and says nothing about others.
DONE_ALREADY = {"DELETE": 204}


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

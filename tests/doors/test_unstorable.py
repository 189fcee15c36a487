"""NUL and lone surrogates, which Postgres cannot store, in every string that the description names."""

import json

import pytest

from tests.doors.conftest import API_KEY
from tests.doors.routes import ROUTES, request_of, with_ids, with_one_string

REFUSED = {400, 404, 422}
UNSTORABLE = {"NUL": "a\x00b", "surrogate": "a\ud800b"}
# The same in an address: as UTF-8 would write them if it could.
IN_ADDRESSES = {"NUL": "a%00b", "surrogate": "a%ED%A0%80b"}


def bodies(operation, ids, text):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        yield from (with_ids(body, ids) for body in with_one_string(content["schema"], None, text))


def with_the_string(value, text):
    """Whether it is still there: `with_ids` replaces ids."""
    return json.dumps(text)[1:-1] in json.dumps(value)


@pytest.mark.parametrize("kind", UNSTORABLE)
async def test_no_string_of_a_body_is_stored_or_fails_the_server(as_user, hers, kind):
    send, answers, asked = as_user(API_KEY), {}, 0
    for method, path, operation in ROUTES:
        for body in bodies(operation, hers, UNSTORABLE[kind]):
            if not with_the_string(body, UNSTORABLE[kind]):
                continue
            address, _, query = request_of(path, operation, hers)
            headers = {"Content-Type": "application/json"}
            response = await send(method, address, params=query, content=json.dumps(body), headers=headers)
            asked += 1
            if response.status_code not in REFUSED:
                answers[f"{method} {path} {json.dumps(body)[:300]}"] = (response.status_code, response.text[:100])

    assert answers == {}
    assert asked > 150


@pytest.mark.parametrize("kind", IN_ADDRESSES)
async def test_no_string_of_an_address_fails_the_server(as_user, hers, kind):
    send, answers, asked = as_user(API_KEY), {}, 0
    for method, path, operation in ROUTES:
        for parameter in operation.get("parameters", ()):
            if parameter["in"] not in {"path", "query"} or not is_text(parameter["schema"]):
                continue
            ids = hers | {parameter["name"]: IN_ADDRESSES[kind]} if parameter["in"] == "path" else hers
            address, body, query = request_of(path, operation, ids)
            query = "&".join(f"{name}={value}" for name, value in query.items() if name != parameter["name"])
            if parameter["in"] == "query":
                query = f"{query}&{parameter['name']}={IN_ADDRESSES[kind]}"
            response = await send(method, f"{address}?{query}".replace("{", "").replace("}", ""), **body)
            asked += 1
            # What is no UTF-8 in a query is read with replacement characters: a text that finds nothing.
            is_text_now = kind == "surrogate" and parameter["in"] == "query"
            if response.status_code not in REFUSED and not (is_text_now and response.status_code == 200):
                answers[f"{method} {path} {parameter['name']}"] = (response.status_code, response.text[:100])

    assert answers == {}
    assert asked > 100


def is_text(schema):
    return schema.get("type") == "string" or any(map(is_text, schema.get("anyOf", ())))


@pytest.mark.parametrize("text", [b"a\x00b", b"a\xed\xa0\x80b", b"a\xffb"], ids=["NUL", "surrogate", "no UTF-8"])
async def test_no_string_of_a_form_fails_the_server(as_user, hers, text):
    send, answers, asked = as_user(API_KEY), {}, 0
    for method, path, operation in ROUTES:
        if "multipart/form-data" not in operation.get("requestBody", {}).get("content", {}):
            continue
        address, _, query = request_of(path, operation, hers)
        for name, filename in (
            (b"exam_id", b"a.csv"),
            (b"encoding", b"a.csv"),
            (text, b"a.csv"),
            (b"x", text + b".csv"),
        ):
            value = text if filename == b"a.csv" else b"v"
            response = await send(
                method,
                address,
                params=query,
                content=form(name, value, filename, b"script,question_id\n" + text),
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )
            asked += 1
            if response.status_code >= 500:
                answers[f"{method} {path} {name}"] = (response.status_code, response.text[:100])

    assert answers == {}
    assert asked > 10


def form(name, value, filename, content):
    return (
        b'--x\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + filename + b'"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n--x--\r\n"
    )

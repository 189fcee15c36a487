"""One envelope for every error, whatever went wrong and whoever noticed it."""

import logging

import pytest

from app.errors import AppError
from app.monitoring.logs import TextFormatter
from app.store.transport import DataError, StoreError, unavailable

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"
ORIGIN = "http://localhost:5173"


def refused(response, status, code):
    """The error of a response that must be this one, in the one shape."""
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    error = response.json()["error"]
    assert set(response.json()) == {"error"}
    assert set(error) == {"code", "message", "details", "correlation_id"}
    assert error["correlation_id"] == response.headers["X-Request-ID"]
    assert error["message"]
    return error


def fields_of(response):
    return [error["field"] for error in refused(response, 422, "VALIDATION_ERROR")["details"]["errors"]]


AT_START = {"lease_holders", "unclaimed_sessions", "unclaimed_jobs"}


class BrokenTransport:
    """A database whose every call for a request ends in `error`; the start finds no waiting work."""

    def __init__(self, error):
        self.error = error

    async def open(self): ...

    async def close(self): ...

    async def call(self, function, arguments):
        if function in AT_START:
            return []
        raise self.error

    call_text = call

    async def ping(self):
        return False


@pytest.fixture
def with_database_error(connect_app):
    async def connect(error):
        return await connect_app(overrides={"transport": BrokenTransport(error)}, openrouter_api_key=None)

    return connect


async def test_an_unknown_route_is_404(client_without_database):
    assert refused(await client_without_database.get("/nope"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/health", {"GET"}),
        ("GET", "/grade/single", {"POST"}),
        ("PATCH", "/sessions", {"GET", "POST"}),
        ("PATCH", f"/sessions/{UNKNOWN}", {"GET", "PUT", "DELETE"}),
        ("DELETE", f"/questions/{UNKNOWN}", {"GET"}),
    ],
)
async def test_a_wrong_method_is_405_and_says_every_right_one(client_without_database, method, path, allowed):
    response = await client_without_database.request(method, path)

    refused(response, 405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["Allow"].split(", ")) == allowed


BODIES_THAT_ARE_NO_OBJECT = [
    b"",
    b"{",
    b"{'session_id': 1}",
    b'{"a": 1} x',
    b"[]",
    b'"text"',
    b"7",
    b"true",
    b"null",
    b"\xff\xfe{}",
    b'{"session_id": "\xc3("}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
]


@pytest.mark.parametrize("path", ["/questions/config", "/grade/single", "/images/register", "/images/signed-url"])
async def test_a_body_that_is_no_json_object_is_422(client_without_database, path):
    for body in BODIES_THAT_ARE_NO_OBJECT:
        response = await client_without_database.post(path, content=body, headers={"Content-Type": "application/json"})
        assert fields_of(response) == [""], body[:20]


async def test_a_body_of_another_type_is_422_and_says_what_is_expected(client_without_database):
    response = await client_without_database.post("/grade/single", data={"session_id": UNKNOWN})

    assert "application/json" in refused(response, 422, "VALIDATION_ERROR")["message"]


async def test_a_form_that_cannot_be_read_is_called_a_form(client):
    response = await client.post(
        "/documents/upload", content=b"--x\r\nno header", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith("The form cannot be read: ")


async def test_nesting_below_the_reader_s_limit_is_no_server_error(client):
    for depth in range(50, 1000, 50):
        reasoning = '{"a":' * depth + "1" + "}" * depth
        body = f'{{"session_id": "{UNKNOWN}", "models": [{{"name": "a/b", "reasoning": {reasoning}}}]}}'
        response = await client.post("/grade/single", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in {404, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/%s",
        "/sessions/%s/template",
        "/sessions/%s/events",
        "/questions/%s",
        "/images/%s",
        "/results/%s",
        "/results/errors/%s",
        "/results/%s/rubric",
        "/stats/%s",
        "/grade/tokens/%s",
    ],
)
async def test_a_path_without_a_session_is_404(client, path):
    for bad in ("7", "not-a-uuid", "%00", "a%00b", "%ff", "%ED%A0%80", "数学", "x" * 5000, UNKNOWN):
        assert refused(await client.get(path % bad), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/questions/config", "/grade/single", "/images/register"])
async def test_an_id_in_a_body_that_is_no_uuid_is_404(client, path):
    bodies = {
        "/questions/config": {"questions": [{"question_id": "1", "max_marks": 1}], "human_marks_by_qid": {}},
        "/grade/single": {"models": [{"name": "a/b"}]},
        "/images/register": {"role": "student", "url": "https://example.org/a.png", "order_index": 0},
    }
    for bad in ("7", "", "not-a-uuid", UNKNOWN):
        refused(await client.post(path, json=bodies[path] | {"session_id": bad}), 404, "NOT_FOUND")
    for bad in (None, 7, [], {}, True):
        assert fields_of(await client.post(path, json=bodies[path] | {"session_id": bad})) == ["session_id"]
    assert fields_of(await client.post(path, json=bodies[path])) == ["session_id"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sessions", '{"name": "%s"}', "name"),
        ("/sessions", '{"selected_rubric_template": "%s"}', "selected_rubric_template"),
        ("/images/signed-url", '{"filename": "%s", "content_type": "image/png"}', "filename"),
        ("/images/signed-url", '{"filename": "a.png", "content_type": "%s"}', "content_type"),
        ("/questions/config", '{"session_id": "ID", "questions": [{"question_id": "%s", "max_marks": 1}]}', "id"),
        (
            "/questions/config",
            '{"session_id": "ID", "questions": [{"question_number": "%s", "max_mark": 1}]}',
            "question_number",
        ),
        (
            "/questions/config",
            '{"session_id": "ID", "questions": [{"question_id": "1", "max_marks": 1, "answer": "%s"}]}',
            "answer",
        ),
        ("/grade/single", '{"session_id": "ID", "models": [{"name": "a/%s"}]}', "models.0.name"),
        ("/grade/single", '{"session_id": "ID", "models": [{"name": "a/b", "instance_id": "%s"}]}', "instance_id"),
        ("/grade/single", '{"session_id": "ID", "reasoning": {"a": [{"%s": 1}]}}', "reasoning"),
        ("/grade/single", '{"session_id": "ID", "models": [{"name": "a/b", "provider": {"x": ["%s"]}}]}', "provider"),
        (
            "/images/register",
            '{"session_id": "ID", "role": "student", "url": "https://example.org/%s", "order_index": 0}',
            "url",
        ),
    ],
)
async def test_text_that_cannot_be_stored_is_422_by_field(client_without_database, path, body, field):
    for text in (r"a\u0000b", r"a\ud800b", r"\udc00"):
        content = body.replace("%s", text).replace("ID", UNKNOWN).encode()
        response = await client_without_database.post(
            path, content=content, headers={"Content-Type": "application/json"}
        )
        assert field in fields_of(response)[0]


async def test_a_session_id_that_no_text_can_be_is_404(client_without_database):
    for text in (r"a\u0000b", r"\ud800"):
        content = f'{{"session_id": "{text}", "models": []}}'
        response = await client_without_database.post(
            "/grade/single", content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code in {404, 422}


async def test_a_key_that_cannot_be_stored_is_422_and_not_an_error_of_the_answer(client_without_database):
    body = '{"session_id": "%s", "questions": [{"question_id": "1", "max_marks": 1}], "human_marks_by_qid": {"%s": 1}}'
    for key in (r"\ud800", r"\u0000"):
        content = (body % (UNKNOWN, key)).encode()
        response = await client_without_database.post(
            "/questions/config", content=content, headers={"Content-Type": "application/json"}
        )
        assert fields_of(response)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1e3", "limit=" + "9" * 99]
)
async def test_a_limit_beyond_its_range_is_422(client_without_database, query):
    assert fields_of(await client_without_database.get(f"/sessions?{query}")) == ["limit"]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("secret: at 0x7f, line 3"),
        DataError('A value cannot be stored: invalid input syntax for type integer: "secret"', sqlstate="22P02"),
        StoreError("The database refused a call (secret).", sqlstate="23514"),
    ],
)
async def test_a_fault_of_the_server_shows_no_internals_and_is_logged(with_database_error, caplog, error):
    client = await with_database_error(error)
    caplog.handler.setFormatter(TextFormatter())

    with caplog.at_level(logging.ERROR):
        response = await client.get(f"/questions/{UNKNOWN}", headers={"Origin": ORIGIN, "X-Request-ID": "trace-7"})

    assert "secret" not in response.text
    assert refused(response, 500, "INTERNAL_ERROR")["details"] == {}
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    logged = caplog.text
    assert "trace-7" in logged
    assert "refused" in logged or "unhandled" in logged or "stored" in logged


async def test_a_database_that_is_away_is_503(with_database_error):
    client = await with_database_error(unavailable())

    for request in (client.get(f"/sessions/{UNKNOWN}"), client.get("/sessions"), client.post("/sessions")):
        assert refused(await request, 503, "UPSTREAM_UNAVAILABLE")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("PATCH", "/sessions", 405),
        ("GET", f"/sessions/{UNKNOWN}", 404),
        ("GET", "/sessions?limit=0", 422),
        ("POST", "/grade/single", 422),
    ],
)
async def test_every_error_has_cors_headers_and_exposes_what_clients_read(client, method, path, status):
    response = await client.request(method, path, headers={"Origin": ORIGIN})

    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"Retry-After", "X-Request-ID"} <= set(response.headers["Access-Control-Expose-Headers"].split(", "))


async def test_an_error_with_headers_of_its_own_keeps_them(with_database_error):
    class BusyError(AppError):
        status = 429
        code = "RATE_LIMITED"

    client = await with_database_error(BusyError("Later.", headers={"Retry-After": "7"}))

    response = await client.get("/sessions")

    refused(response, 429, "RATE_LIMITED")
    assert response.headers["Retry-After"] == "7"

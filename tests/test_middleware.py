"""Correlation ids, CORS, the log line, and who may come in."""

import logging
import re
from uuid import UUID

import pytest

ORIGIN = "http://localhost:5173"
UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def connect(connect_without_database):
    return connect_without_database


async def test_a_request_s_id_is_echoed_in_header_and_envelope(connect):
    client = await connect()
    response = await client.get("/nope", headers={"X-Request-ID": "trace-7.a:b_c"})

    assert response.headers.get_list("X-Request-ID") == ["trace-7.a:b_c"]
    assert response.json()["error"]["correlation_id"] == "trace-7.a:b_c"


async def test_a_request_s_id_is_sanitised(connect):
    client = await connect()

    for given, echoed in [("a b\tc", "abc"), ("<script>1", "script1"), ("é7", "7"), ("x" * 200, "x" * 128)]:
        response = await client.get("/health", headers={"X-Request-ID": given.encode("latin-1")})
        assert response.headers["X-Request-ID"] == echoed


async def test_without_a_usable_id_a_request_gets_a_new_one(connect):
    client = await connect()
    unusable = [{}, {"X-Request-ID": ""}, {"X-Request-ID": "<>"}, {"X-Request-ID": " "}]

    ids = {(await client.get("/health", headers=headers)).headers["X-Request-ID"] for headers in unusable}

    assert len(ids) == 4
    assert all(UUID(correlation_id) for correlation_id in ids)


async def test_every_response_has_an_id(connect):
    client = await connect()

    for method, path in [("GET", "/health"), ("GET", "/nope"), ("PATCH", "/health"), ("GET", "/sessions/")]:
        assert (await client.request(method, path)).headers["X-Request-ID"]


async def test_a_preflight_is_answered_with_cors_headers_and_an_id_and_needs_no_key(connect):
    client = await connect(peer="203.0.113.7", api_keys="key-1")
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type, authorization, x-request-id",
    }

    response = await client.options(f"/sessions/{UNKNOWN}", headers=asked)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    assert "authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["X-Request-ID"]


async def test_the_known_front_ends_may_read_by_default(connect):
    client = await connect()

    for host in ("localhost", "127.0.0.1"):
        for port in (5173, 5174):
            origin = f"http://{host}:{port}"
            response = await client.get("/health", headers={"Origin": origin})
            assert response.headers["Access-Control-Allow-Origin"] == origin


async def test_other_origins_may_not_read(connect):
    client = await connect(cors_origins="https://front.example, https://other.example")

    for origin, allowed in [("https://other.example", True), (ORIGIN, False), ("null", False)]:
        response = await client.get("/health", headers={"Origin": origin})
        assert ("Access-Control-Allow-Origin" in response.headers) is allowed


async def test_a_403_and_a_401_have_cors_headers(connect):
    for client in (await connect(peer="203.0.113.7"), await connect(api_keys="key-1")):
        response = await client.get("/sessions", headers={"Origin": ORIGIN})
        assert response.status_code in {401, 403}
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert response.json()["error"]["correlation_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_without_keys_this_machine_may_come_in(connect, peer):
    client = await connect(peer=peer)

    assert (await client.get("/sessions?limit=0")).status_code == 422


@pytest.mark.parametrize("peer", ["203.0.113.7", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "localhost", ""])
async def test_without_keys_no_other_machine_may_come_in(connect, peer):
    client = await connect(peer=peer)

    for path in ("/sessions", "/docs", "/openapi.json", "/nope", f"/images/object/{UNKNOWN}", "//health"):
        response = await client.get(path)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_allow_anonymous_lets_other_machines_in(connect):
    client = await connect(peer="203.0.113.7", allow_anonymous=True)

    assert (await client.get("/sessions?limit=0")).status_code == 422


@pytest.mark.parametrize("settings", [{}, {"allow_anonymous": True}])
async def test_with_keys_nobody_comes_in_without_one(connect, settings):
    client = await connect(api_keys="key-1, key-2", **settings)
    given = ["key-1", "Bearer", "Bearer ", "Bearer key", "Bearer key-11", "Basic key-1", "Bearer key-1,key-2", ""]

    for headers in [{}, *({"Authorization": value} for value in given)]:
        response = await client.get("/sessions?limit=0", headers=headers)
        assert (response.status_code, response.json()["error"]["code"]) == (401, "UNAUTHORIZED")
        assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_with_a_key_any_machine_comes_in(connect):
    client = await connect(peer="203.0.113.7", api_keys="key-1, schlüssel-2")

    for given in ("Bearer key-1", "bearer key-1", "BEARER  schlüssel-2 "):
        response = await client.get("/sessions?limit=0", headers={"Authorization": given.encode()})
        assert response.status_code == 422


async def test_health_and_addresses_with_tokens_of_their_own_need_no_key(connect):
    client = await connect(peer="203.0.113.7", api_keys="key-1")

    assert (await client.get("/health")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200
    for method, path in (("GET", "/images/file/2026-11/x.png"), ("PUT", "/images/upload/2026-11/x.png")):
        assert (await client.request(method, path)).status_code in {403, 404}
        assert (await client.request(method, path)).json()["error"]["code"] != "UNAUTHORIZED"


async def test_the_log_line_names_the_request_and_no_query(connect, caplog):
    client = await connect()

    with caplog.at_level(logging.INFO, logger="app.requests"):
        await client.get("/nope%0Aforged%20line?token=secret", headers={"X-Request-ID": "trace-7"})

    (line,) = [record.getMessage() for record in caplog.records if record.name == "app.requests"]
    assert re.fullmatch(r"GET /nope\\nforged line 404 \d+\.\d ms", line)


async def test_successful_reads_are_not_logged_at_info(connect, caplog):
    client = await connect()

    with caplog.at_level(logging.INFO, logger="app.requests"):
        await client.get("/health")

    assert "app.requests" not in {record.name for record in caplog.records}


async def chunks(megabytes):
    """A form's beginning, and blanks."""
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="marks.csv"\r\n\r\n'
    for _ in range(megabytes):
        yield b" " * (1 << 20)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("content_type", "megabytes"), [("application/json", 8), ("multipart/form-data; boundary=x", 65)]
)
async def test_a_body_that_no_route_takes_is_refused_unread(connect, announced, content_type, megabytes):
    client = await connect()
    size = (megabytes << 20) + 1
    content = chunks(megabytes + 1) if not announced else b""
    headers = {"Content-Type": content_type} | ({"Content-Length": str(size)} if announced else {})

    response = await client.post("/results/import" if megabytes > 8 else "/sessions", content=content, headers=headers)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert error["message"] == f"The request has more than {megabytes} MB."
    assert error["correlation_id"] == response.headers["X-Request-ID"]

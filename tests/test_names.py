"""Which names are this server's, whose pages may change something, and what other pages meet."""

import pytest

from app.names import ServerNames, base_url
from app.settings import Settings

NAMES = ServerNames.of(Settings(host="10.1.2.3", public_base_url="https://marks.school.example"))
FOREIGN = ["evil.test", "evil.test:8000", "127.0.0.1.evil.test", "localhost.evil.test", "2130706433", "0x7f.1"]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:8000", "localhost", "LOCALHOST:80", "localhost.", "app.localhost:1", "[::1]:8000", "127.9.9.9"),
        *("10.1.2.3:8000", "marks.school.example", "Marks.School.Example:443"),
    ],
)
def test_loopback_names_and_the_configured_ones_are_this_server_s(host):
    assert NAMES.knows(host)


@pytest.mark.parametrize(
    "host", [*FOREIGN, "", "a b", "localhost,evil.test", "localhost:80:80", "[::1", "school.example"]
)
def test_other_names_are_not(host):
    assert not NAMES.knows(host)


def scope(host, server=("127.0.0.1", 8000)):
    headers = [] if host is None else [(b"host", host.encode())]
    return {"scheme": "http", "headers": headers, "server": server, "root_path": ""}


def test_an_address_of_ours_takes_the_client_s_host_only_where_it_is_ours():
    assert base_url(scope("localhost:9"), NAMES) == "http://localhost:9"
    assert base_url(scope("evil.test:9"), NAMES) == "http://127.0.0.1:8000"
    assert base_url(scope(None, ("::1", 8000)), NAMES) == "http://[::1]:8000"


@pytest.fixture
def connect(connect_without_database):
    return connect_without_database


@pytest.mark.parametrize("host", FOREIGN)
async def test_a_server_without_keys_serves_no_foreign_name(connect, host):
    client = await connect()

    for method, path in [("GET", "/health"), ("GET", "/sessions"), ("POST", "/sessions"), ("GET", "/nope")]:
        response = await client.request(method, path, headers={"Host": host})
        assert response.status_code == 403, (method, path)
        assert "PUBLIC_BASE_URL" in response.json()["error"]["message"]


async def test_allow_anonymous_does_not_open_the_server_to_foreign_names(connect):
    client = await connect(allow_anonymous=True, public_base_url="http://marks.school.example:8000")

    assert (await client.get("/health", headers={"Host": "evil.test"})).status_code == 403
    assert (await client.get("/health", headers={"Host": "marks.school.example:8000"})).status_code == 200


UNSAFE = [("POST", "/sessions"), ("PUT", "/settings/prompt"), ("DELETE", "/exams/x"), ("POST", "/documents/upload")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000.evil.test"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        [("Origin", "http://evil.test"), ("Origin", "http://127.0.0.1:8000")],
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "none")],
    ],
)
async def test_a_page_of_another_site_changes_nothing(connect, headers):
    client = await connect()

    for method, path in UNSAFE:
        response = await client.request(method, path, headers=headers)
        assert response.status_code == 403, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_our_own_pages_allowed_origins_and_programs_may(connect, headers):
    client = await connect()

    assert (await client.post("/sessions", content=b"[", headers=headers)).status_code == 422


async def test_with_keys_the_key_decides_and_not_the_name(connect):
    client = await connect(peer="203.0.113.7", api_keys="key-1")
    asked = {"Host": "marks.lan", "Authorization": "Bearer key-1", "Origin": "http://evil.test"}

    assert (await client.post("/sessions", content=b"[", headers=asked)).status_code == 422


async def test_an_upload_address_never_leads_to_a_host_that_the_client_chose(connect):
    client = await connect(api_keys="key-1")
    asked = {"Host": "evil.test", "Authorization": "Bearer key-1"}

    signed = await client.post(
        "/images/signed-url", json={"filename": "a.png", "content_type": "image/png"}, headers=asked
    )

    assert "evil.test" not in signed.text


async def test_every_answer_tells_browsers_what_they_must_not_do_with_it(connect):
    client = await connect()

    for path in ("/health", "/nope", "/models", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in headers["Cache-Control"]

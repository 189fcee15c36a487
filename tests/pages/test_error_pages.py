"""A person who opens an address that fails reads a page; a program gets the JSON of every error."""

from uuid import UUID

import pytest

from app.errors import UpstreamUnavailableError
from app.pages.wishes import wants_page
from app.store.exams import ExamStore

# The same in every process: it is part of a test's name.
UNKNOWN = UUID("5f0f3b52-1f7e-4d51-9d3a-7c2b6a0e9d11")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "wants"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML, */*; q=0.1", True),
        ("text/*", True),
        ("", False),
        ("*/*", False),
        ("application/json, text/plain, */*", False),
        ("text/event-stream", False),
        ("image/avif,image/webp,*/*;q=0.8", False),
        ("application/json, text/html;q=0.9", False),
        ("application/json, text/html", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
    ],
)
def test_a_page_is_for_those_who_prefer_html(accept, wants):
    headers = [(b"accept", accept.encode())] if accept else []
    assert wants_page({"headers": headers}) is wants


@pytest.mark.parametrize("path", ["/nothing", "/exams/not-an-id/desk", f"/exams/{UNKNOWN}/desk", "/results/x"])
async def test_a_mistyped_address_shows_a_page_with_the_sentence_of_the_error(client, path):
    told = await client.get(path, headers={"X-Request-ID": "asked-1"})
    error = told.json()["error"]
    shown = await client.get(path, headers={"Accept": BROWSER, "X-Request-ID": "asked-1"})
    assert (told.status_code, shown.status_code) == (404, 404)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in shown.headers["content-security-policy"]
    assert error["message"] in shown.text
    assert error["correlation_id"] == "asked-1" == shown.headers["x-request-id"]
    assert "<code>asked-1</code>" in shown.text


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (UpstreamUnavailableError("The <b>database</b> is away."), 503, "The &lt;b&gt;database&lt;/b&gt; is away."),
        (RuntimeError("a secret"), 500, "The server failed."),
    ],
)
async def test_a_failing_server_shows_a_page_without_its_insides(client, monkeypatch, error, status, sentence):
    async def fail(*_):
        raise error

    monkeypatch.setattr(ExamStore, "exam", fail)
    path = f"/exams/{UNKNOWN}/live"
    shown = await client.get(path, headers={"Accept": BROWSER})
    assert (shown.status_code, sentence in shown.text) == (status, True)
    assert "a secret" not in shown.text
    assert (await client.get(path)).json()["error"]["message"]


async def test_a_refused_caller_reads_a_page(connect_app):
    visitor = await connect_app(peer="203.0.113.7")
    shown = await visitor.get("/", headers={"Accept": BROWSER})
    assert (shown.status_code, "Set API_KEYS on the server" in shown.text) == (403, True)

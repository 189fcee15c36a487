"""What every answer has, also one that refuses what no route ever sees."""

import pytest

from tests.doors.routes import DESCRIPTION, ROUTES, request_of

SAFE = {
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
}
STREAMS = ("/events",)


async def test_no_cache_keeps_what_any_route_answers(as_user, hers):
    ada, wrong = as_user("ada"), {}
    for method, path, operation in ROUTES:
        if method != "GET" or path.endswith(STREAMS):
            continue
        address, _, query = request_of(path, operation, hers)
        response = await ada(method, address, params=query)
        lacking = {name for name, value in SAFE.items() if response.headers.get(name) != value}
        if lacking or "content-security-policy" not in response.headers:
            wrong[path] = (response.status_code, lacking)

    assert wrong == {}


async def test_a_redirect_never_leads_to_the_name_that_the_client_sent(as_user):
    response = await as_user("ada")("GET", "/sessions/?limit=1", headers={"Host": "evil.example"})

    assert (response.status_code, response.headers["Location"]) == (307, "/sessions?limit=1")


async def test_a_refused_preflight_has_the_envelope(as_user):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = await as_user(None)("OPTIONS", "/sessions", headers=asked)

    assert (response.status_code, response.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.json()["error"]["correlation_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/grade/single", {"models": [1] * 100_000}),
        ("/grade/single", {f"unknown {n}": 1 for n in range(20_000)}),
        ("/questions/config", {"questions": [{"question_id": 1.5, "max_marks": "x"}] * 1000}),
    ],
)
async def test_an_error_never_grows_with_what_was_wrong(as_user, hers, path, body):
    response = await as_user("ada")("POST", path, json={"session_id": hers["session_id"], **body})

    assert response.status_code == 422
    assert len(response.content) < 20_000


async def test_a_body_with_many_keys_twice_names_some_of_them(as_user):
    twice = "{" + ",".join(f'"k{n}": 1, "k{n}": 2' for n in range(10_000)) + "}"
    response = await as_user("ada")("POST", "/sessions", content=twice, headers={"Content-Type": "application/json"})

    assert response.status_code == 422
    assert len(response.content) < 20_000


@pytest.mark.parametrize("field", ["reasoning", "provider"])
async def test_settings_of_a_model_stay_small_because_every_call_stores_them(as_user, hers, field):
    huge = {f"k{n}": 1 for n in range(5000)}
    plan = {"session_id": hers["session_id"], "models": [{"name": "a/b", field: huge}]}
    response = await as_user("ada")("POST", "/grade/single", json=plan)

    assert response.status_code == 422
    [problem] = response.json()["error"]["details"]["errors"]
    assert problem == {"field": f"models.0.{field}", "message": "must have at most 20000 characters as JSON"}


def test_no_field_of_a_body_takes_a_list_without_an_end():
    endless = {
        f"{method} {path}: {place}"
        for method, path, operation in ROUTES
        if (body := operation.get("requestBody", {}).get("content", {}).get("application/json"))
        for place in _without_end(body["schema"], "", frozenset())
    }

    assert endless == set()


def _without_end(schema, place, seen):
    """The places of a schema that hold a list of any length."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _without_end(DESCRIPTION["components"]["schemas"][name], place, seen | {name})
        return
    if schema.get("type") == "array" and "maxItems" not in schema:
        yield place
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _without_end(option, place, seen)
    for name, field in schema.get("properties", {}).items():
        yield from _without_end(field, f"{place}.{name}", seen)
    if "items" in schema:
        yield from _without_end(schema["items"], f"{place}[]", seen)

"""Signing in with a key or a user token: the cookie, changes only from our own pages, live events, signing out."""

import re

import httpx
import pytest

from app.credentials import COOKIE, Credentials
from app.errors import UnauthorizedError
from tests.support.tokens import EC_JWK, JWKS_URL, SECRET, KeyServer, token

KEY = "a-long-key-of-this-server"
AS_PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
async def visitor(connect_app):
    """A browser's requests before a server with a key and user tokens."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(KeyServer([EC_JWK]).handle))
    return await connect_app(
        peer="203.0.113.7",
        overrides={"jwks_http": http},
        api_keys=KEY,
        supabase_jwks_url=JWKS_URL,
        supabase_jwt_secret=SECRET,
    )


async def sign_in(visitor, key=KEY, **form):
    return await visitor.post("/sign-in", data={"key": key} | form)


async def csrf(visitor):
    page = await visitor.get("/", headers=AS_PAGE)
    return re.search(r'name="csrf" content="(\w+)"', page.text)[1]


async def test_a_page_leads_to_the_sign_in_and_back(visitor):
    response = await visitor.get("/sessions/x/live?a=1", headers=AS_PAGE)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=%2Fsessions%2Fx%2Flive%3Fa%3D1")
    assert (await visitor.get("/sessions")).status_code == 401, "programs get the error"
    page = await visitor.get(response.headers["location"])
    assert 'value="/sessions/x/live?a=1"' in page.text

    signed = await sign_in(visitor, next="/sessions/x/live?a=1")
    onward = await visitor.get(signed.headers["location"])
    assert (onward.status_code, onward.headers["location"]) == (303, "/sessions/x/live?a=1")
    cookie = signed.headers["set-cookie"]
    for rule in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert rule in cookie
    assert KEY not in cookie


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:x", ""])
async def test_nobody_is_sent_elsewhere(visitor, wanted):
    signed = await sign_in(visitor, next=wanted)
    assert (await visitor.get(signed.headers["location"])).headers["location"] == "/"
    assert (await visitor.get("/sign-in", params={"next": wanted})).headers["location"] == "/"


async def test_who_is_signed_in_is_not_asked_again(visitor):
    await sign_in(visitor)
    response = await visitor.get("/sign-in?next=/sessions/x/live")
    assert (response.status_code, response.headers["location"]) == (303, "/sessions/x/live")
    visitor.cookies.set(COOKIE, "k.999.ended")
    assert (await visitor.get("/sign-in?next=/sessions/x/live")).status_code == 200


@pytest.mark.parametrize(
    ("settings", "advice"),
    [({}, "Allow cookies"), ({"public_base_url": "https://marks.example"}, "Open https://marks.example instead")],
)
async def test_a_browser_that_keeps_no_cookie_is_told_why_a_right_key_does_not_help(connect_app, settings, advice):
    visitor = await connect_app(peer="203.0.113.7", api_keys=KEY, **settings)
    signed = await sign_in(visitor)
    assert ("Secure" in signed.headers["set-cookie"]) == bool(settings)
    visitor.cookies.clear()
    page = await visitor.get(signed.headers["location"])
    assert page.status_code == 200
    assert "The key is right" in page.text
    assert advice in page.text


async def test_a_token_too_long_for_a_cookie_is_refused_with_its_length(visitor):
    refused = await sign_in(visitor, token(sub="ada", user_metadata={"about": "x" * 4000}))
    assert refused.status_code == 401
    assert re.search(r"The token has \d{4} characters", refused.text)
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(("site", "asks_again"), [("cross-site", True), ("same-origin", False), ("none", False)])
async def test_a_link_on_another_site_asks_again_with_the_cookie(visitor, site, asks_again):
    page = await visitor.get("/sign-in", headers={"Sec-Fetch-Site": site})
    assert ('http-equiv="refresh"' in page.text) == asks_again


async def test_a_wrong_key_is_refused_on_the_page(visitor):
    refused = await sign_in(visitor, "<b>wrong</b>")
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    assert "<b>wrong" not in refused.text
    other = await visitor.post("/sign-in", data={"key": KEY}, headers={"Sec-Fetch-Site": "cross-site"})
    assert other.status_code == 403


async def test_changes_need_the_token_of_the_page(visitor):
    await sign_in(visitor)
    assert (await visitor.get("/sessions")).status_code == 200
    refused = await visitor.post("/sessions", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert "Reload" in refused.json()["error"]["message"]
    headers = {"X-CSRF-Token": await csrf(visitor)}
    assert (await visitor.post("/sessions", json={}, headers=headers)).status_code == 201


async def test_a_user_s_cookie_shows_what_is_theirs(visitor):
    await sign_in(visitor, token(sub="ada"))
    headers = {"X-CSRF-Token": await csrf(visitor)}
    mine = (await visitor.post("/sessions", json={}, headers=headers)).json()["session_id"]
    visitor.cookies.clear()
    await sign_in(visitor, token(sub="bob"))
    assert (await visitor.get(f"/sessions/{mine}")).status_code == 404


async def test_signing_out_takes_the_cookie_away(visitor):
    await sign_in(visitor)
    response = await visitor.post("/sign-out", headers={"X-CSRF-Token": await csrf(visitor)})
    assert response.status_code == 204
    assert visitor.cookies.get(COOKIE) is None
    assert (await visitor.get("/sessions")).status_code == 401


async def test_without_keys_nobody_is_asked(client):
    response = await client.get("/sign-in")
    assert (response.status_code, response.headers["location"]) == (303, "/")


async def test_the_description_is_open_where_keys_are_set(visitor):
    for path in ("/docs", "/openapi.json", "/static/base.css"):
        assert (await visitor.get(path)).status_code == 200


class Key(str):
    __slots__ = ()

    def get_secret_value(self):
        return str(self)


async def test_a_cookie_ends_with_its_hours_or_with_its_key():
    now = [1000.0]
    credentials = Credentials([Key("one"), Key("two")], None, clock=lambda: now[0])
    cookie = await credentials.cookie(b"two")
    assert await credentials.owner_of_cookie(cookie) is None
    ended = cookie.replace(cookie.split(".")[1], "999999999")
    for bad in (ended, "k.x.y", "k..", "", "t.one2", cookie[:-1]):
        with pytest.raises(UnauthorizedError):
            await credentials.owner_of_cookie(bad)
    with pytest.raises(UnauthorizedError):
        await Credentials([Key("one")], None, clock=lambda: now[0]).owner_of_cookie(cookie)
    now[0] += 13 * 3600
    with pytest.raises(UnauthorizedError):
        await credentials.owner_of_cookie(cookie)


async def test_a_signed_in_browser_watches_a_run_and_signs_out(open_tab, open_page):
    tab = await open_tab(api_keys=KEY)
    tab.http.headers["Authorization"] = f"Bearer {KEY}"
    await tab.prepare_small(name="Anna")
    page = await open_page(str(tab.http.base_url), f"/sessions/{tab.session_id}/live")
    await page.page.fill("#key", KEY)
    await page.page.keyboard.press("Enter")
    await page.page.wait_for_url("**/live")
    await page.wait_for("document.querySelector('#status').textContent === 'Not started.'")
    page.assert_content()
    await page.page.goto("about:blank")
    await page.page.set_content(f'<a href="{page.origin}/sessions/{tab.session_id}/live">a link in an e-mail</a>')
    await page.page.click("a")
    await page.page.wait_for_selector("#status")
    await page.page.click("#sign-out")
    await page.page.wait_for_url("**/sign-in")
    await page.goto(f"/sessions/{tab.session_id}/live")
    assert "/sign-in?next=" in page.page.url


async def test_the_description_of_the_api_tries_calls_with_a_key(open_tab, open_page):
    tab = await open_tab(api_keys=KEY)
    page = await open_page(str(tab.http.base_url), "/docs", viewport={"width": 390, "height": 844})
    await page.page.click("button.authorize")
    await page.page.fill(".auth-container input >> nth=0", KEY)
    await page.page.click(".auth-btn-wrapper .authorize >> nth=0")
    await page.page.click(".auth-btn-wrapper .btn-done >> nth=0")
    await page.page.click("#operations-exams-listExams .opblock-summary-control")
    await page.page.click("#operations-exams-listExams .try-out__btn")
    await page.page.click("#operations-exams-listExams .execute")
    told = await page.text("#operations-exams-listExams .live-responses-table tbody .response-col_status")
    assert told.startswith("200")
    page.assert_content()

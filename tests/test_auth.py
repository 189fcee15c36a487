"""User tokens: who is let in, as whom, and every token that must not open anything."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from types import SimpleNamespace

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.auth import SigningKeys, UserTokens, issuer_of
from app.errors import UnauthorizedError, UpstreamUnavailableError

PROJECT = "https://abc.supabase.co"
ISSUER = f"{PROJECT}/auth/v1"
JWKS_URL = f"{ISSUER}/.well-known/jwks.json"
SECRET = "the legacy secret of the project, 40 bytes"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())


def public_jwk(key, kid, algorithm):
    return json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())) | {"kid": kid, "alg": algorithm}


EC_JWK = public_jwk(EC_KEY, "ec", "ES256")
RSA_JWK = public_jwk(RSA_KEY, "rsa", "RS256")
SYMMETRIC_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "oct", "alg": "HS256"}


def claims(**changes):
    given = {"iss": ISSUER, "aud": "authenticated", "sub": "user-1", "role": "authenticated", "exp": time.time() + 60}
    return {name: value for name, value in (given | changes).items() if value is not None}


def token(key=EC_KEY, algorithm="ES256", kid="ec", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def legacy(**changes):
    return token(SECRET, "HS256", None, **changes)


def forged(header, payload, sign=lambda message: b""):
    """A token put together by hand: jwt refuses to make what must be refused."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    message = b".".join(parts)
    return (message + b"." + base64.urlsafe_b64encode(sign(message)).rstrip(b"=")).decode()


def hmac_with(secret):
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


class KeyServer:
    """Serves `keys`, or `status`; counts how often it was asked."""

    def __init__(self, keys):
        self.keys = keys
        self.status = 200
        self.asked = 0

    async def handle(self, request):
        assert str(request.url) == JWKS_URL
        self.asked += 1
        await asyncio.sleep(0)
        return httpx.Response(self.status, json={"keys": self.keys})


@pytest.fixture
def key_server():
    return KeyServer([EC_JWK, RSA_JWK, SYMMETRIC_JWK, {"kty": "unheard of", "kid": "new"}])


@pytest.fixture
def clock():
    return SimpleNamespace(now=1000.0)


@pytest.fixture
async def keys(key_server, clock):
    async with httpx.AsyncClient(transport=httpx.MockTransport(key_server.handle)) as http:
        yield SigningKeys(JWKS_URL, http, clock=lambda: clock.now)


@pytest.fixture
def by_key_set(keys):
    return UserTokens(secret=None, keys=keys, issuer=ISSUER)


@pytest.fixture
def by_secret():
    return UserTokens(secret=SECRET, keys=None, issuer=ISSUER)


async def refused(tokens, given):
    with pytest.raises(UnauthorizedError) as caught:
        await tokens.owner(given)
    return caught.value


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(EC_KEY, "ES256", "ec"), (RSA_KEY, "RS256", "rsa")])
async def test_a_token_signed_with_a_published_key_names_its_user(by_key_set, key, algorithm, kid):
    assert await by_key_set.owner(token(key, algorithm, kid, sub="user-7")) == "user-7"


async def test_a_token_signed_with_the_secret_names_its_user(by_secret):
    assert await by_secret.owner(legacy(sub="user-7")) == "user-7"


async def test_a_project_that_changes_over_takes_both(keys):
    both = UserTokens(secret=SECRET, keys=keys, issuer=ISSUER)

    assert [await both.owner(token()), await both.owner(legacy())] == ["user-1", "user-1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": time.time() - 11},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"sub": ""},
        {"aud": None},
        {"aud": "anon"},
        {"iss": None},
        {"iss": "https://other.supabase.co/auth/v1"},
        {"nbf": time.time() + 86_400},
        # Supabase's own API keys are tokens too, signed with the same secret.
        {"iss": "supabase", "role": "anon", "aud": None, "sub": None},
        {"iss": "supabase", "role": "service_role", "aud": None, "sub": None},
    ],
    ids=" ".join,
)
async def test_claims_that_do_not_hold_are_refused(by_key_set, by_secret, changes):
    await refused(by_key_set, token(**changes))
    await refused(by_secret, legacy(**changes))


async def test_a_clock_ten_seconds_off_is_forgiven(by_secret):
    assert await by_secret.owner(legacy(exp=time.time() - 8)) == "user-1"


async def test_an_expired_token_is_told_so(by_secret):
    assert "expired" in (await refused(by_secret, legacy(exp=time.time() - 60))).message


async def test_where_the_issuer_is_not_known_any_is_taken():
    tokens = UserTokens(secret=SECRET, keys=None, issuer=None)

    assert await tokens.owner(legacy(iss="https://anywhere.example")) == "user-1"


async def test_a_wrong_signature_is_refused(by_key_set, by_secret):
    await refused(by_key_set, token(OTHER_EC_KEY))
    await refused(by_secret, token("another secret of more than 32 bytes", "HS256", None))


async def test_a_token_without_a_signature_is_refused(by_key_set, by_secret):
    for algorithm in ("none", "None", "NONE"):
        given = forged({"alg": algorithm, "typ": "JWT", "kid": "ec"}, claims())
        await refused(by_key_set, given)
        await refused(by_secret, given)


async def test_a_public_key_used_as_a_secret_is_refused(by_key_set, keys):
    pem = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    both = UserTokens(secret=SECRET, keys=keys, issuer=ISSUER)
    for secret in (pem, json.dumps(EC_JWK).encode(), EC_JWK["x"].encode()):
        given = forged({"alg": "HS256", "kid": "ec"}, claims(), hmac_with(secret))
        await refused(by_key_set, given)
        await refused(both, given)


async def test_an_asymmetric_token_is_refused_where_only_the_secret_is_in_use(by_secret):
    await refused(by_secret, token())


async def test_a_key_is_used_with_its_own_algorithm_only(by_key_set):
    await refused(by_key_set, token(RSA_KEY, "RS256", "ec"))
    await refused(by_key_set, token(EC_KEY, "ES256", "rsa"))
    await refused(by_key_set, token(RSA_KEY, "PS256", "rsa"))


async def test_a_symmetric_key_among_the_published_ones_signs_nothing(by_key_set, keys):
    given = forged({"alg": "HS256", "kid": "oct"}, claims(), hmac_with(b"x" * 32))

    await refused(by_key_set, given)
    await refused(UserTokens(secret=SECRET, keys=keys, issuer=ISSUER), given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "a.b.c",
        "sb_secret_0123456789",
        "sk-or-v1-0123",
        "é.ü.ß",
        forged({"alg": ["HS256"]}, claims()),
        forged({"alg": "ES256", "kid": ["ec"]}, claims()),
        forged({"alg": "ES256"}, claims()),
        forged([], claims()),
        forged({"alg": "HS256"}, []),
        base64.urlsafe_b64encode(b"[" * 30_000).decode() + ".e30.e30",
    ],
    ids=lambda given: given[:20],
)
async def test_what_is_no_token_is_refused(by_key_set, by_secret, given):
    await refused(by_key_set, given)
    await refused(by_secret, given)


async def test_keys_are_fetched_once_for_all_who_ask(by_key_set, key_server):
    await asyncio.gather(*(by_key_set.owner(token()) for _ in range(5)))

    assert key_server.asked == 1


async def test_a_key_that_is_new_is_found(by_key_set, key_server, clock):
    await by_key_set.owner(token())
    key_server.keys = [public_jwk(OTHER_EC_KEY, "later", "ES256")]
    clock.now += 11

    assert await by_key_set.owner(token(OTHER_EC_KEY, kid="later")) == "user-1"


async def test_unknown_keys_do_not_make_us_ask_at_every_token(by_key_set, key_server):
    for number in range(5):
        await refused(by_key_set, token(kid=f"unknown-{number}"))

    assert key_server.asked == 1


async def test_a_key_that_was_withdrawn_opens_nothing_after_ten_minutes(by_key_set, key_server, clock):
    await by_key_set.owner(token())
    key_server.keys = [RSA_JWK]
    clock.now += 601

    await refused(by_key_set, token())


@pytest.mark.parametrize("answer", [{"status": 503}, {"keys": None}, {"keys": "x"}])
async def test_without_keys_nobody_is_blamed(by_key_set, key_server, clock, answer):
    vars(key_server).update(answer)

    with pytest.raises(UpstreamUnavailableError):
        await by_key_set.owner(token())

    key_server.status, key_server.keys = 200, [EC_JWK]
    clock.now += 11
    assert await by_key_set.owner(token()) == "user-1"


async def test_keys_outlive_a_key_server_that_is_away(by_key_set, key_server, clock):
    await by_key_set.owner(token())
    key_server.status = 503
    clock.now += 601

    assert await by_key_set.owner(token()) == "user-1"


async def test_while_the_key_server_is_away_a_new_key_may_be_a_good_one(by_key_set, key_server, clock):
    await by_key_set.owner(token())
    key_server.status = 503
    clock.now += 11

    with pytest.raises(UpstreamUnavailableError):
        await by_key_set.owner(token(OTHER_EC_KEY, kid="later"))


async def test_only_public_keys_of_the_two_kinds_are_kept(keys):
    await keys.get("ec")

    assert set(keys._keys) == {"ec", "rsa"}


def test_the_issuer_is_read_off_the_key_set_s_address_or_the_project_s():
    assert issuer_of(JWKS_URL, "https://custom.example") == ISSUER
    assert issuer_of("https://keys.example/jwks", PROJECT) == ISSUER
    assert issuer_of(None, PROJECT) == ISSUER
    assert issuer_of(None, None) is None


@pytest.fixture
async def as_user(connect_app, key_server):
    """A client of an app with an API key, the secret and the key set; takes the user, or the bearer itself."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(key_server.handle))
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


async def test_a_review_without_a_name_is_signed_by_the_user(as_user):
    send = as_user("user-1")
    session_id = (await send("POST", "/sessions", json={})).json()["session_id"]
    config = {"session_id": session_id, "questions": [{"question_id": "1", "max_marks": 3}]}
    await send("POST", "/questions/config", json=config)

    signed = []
    for name in ({}, {"reviewer": "A. Teacher"}):
        await send("POST", f"/sessions/{session_id}/review", json={"question_id": "1", "mark": 2} | name)
        latest = (await send("GET", f"/sessions/{session_id}/reviews")).json()["reviews"]
        signed += [review["reviewer"] for review in latest]

    assert signed == ["user-1", "A. Teacher"]


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
    async with asyncio.timeout(20):
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

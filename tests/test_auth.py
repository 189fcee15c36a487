"""User tokens: who is let in, as whom, and every token that must not open anything."""

import asyncio
import base64
import json
import time
from types import SimpleNamespace

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.auth import Admission, SigningKeys, UserTokens
from app.errors import UnauthorizedError, UpstreamUnavailableError
from app.main import create_app
from app.settings import Settings, SettingsError
from tests.support.tokens import (
    EC_JWK,
    EC_KEY,
    ISSUER,
    JWKS_URL,
    OTHER_EC_KEY,
    PROJECT,
    RSA_JWK,
    RSA_KEY,
    SECRET,
    SYMMETRIC_JWK,
    KeyServer,
    claims,
    forged,
    hmac_with,
    legacy,
    public_jwk,
    token,
)


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
    assert await refused(by_key_set, token(**changes))
    assert await refused(by_secret, legacy(**changes))


async def test_a_clock_ten_seconds_off_is_forgiven(by_secret):
    assert await by_secret.owner(legacy(exp=time.time() - 8)) == "user-1"


async def test_an_expired_token_is_told_so(by_secret):
    assert "expired" in (await refused(by_secret, legacy(exp=time.time() - 60))).message


async def test_a_wrong_signature_is_refused(by_key_set, by_secret):
    assert await refused(by_key_set, token(OTHER_EC_KEY))
    assert await refused(by_secret, token("another secret of more than 32 bytes", "HS256", None))


async def test_a_token_without_a_signature_is_refused(by_key_set, by_secret):
    for algorithm in ("none", "None", "NONE"):
        given = forged({"alg": algorithm, "typ": "JWT", "kid": "ec"}, claims())
        assert await refused(by_key_set, given)
        assert await refused(by_secret, given)


async def test_a_public_key_used_as_a_secret_is_refused(by_key_set, keys):
    pem = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    both = UserTokens(secret=SECRET, keys=keys, issuer=ISSUER)
    for secret in (pem, json.dumps(EC_JWK).encode(), EC_JWK["x"].encode()):
        given = forged({"alg": "HS256", "kid": "ec"}, claims(), hmac_with(secret))
        assert await refused(by_key_set, given)
        assert await refused(both, given)


async def test_an_asymmetric_token_is_refused_where_only_the_secret_is_in_use(by_secret):
    assert await refused(by_secret, token())


async def test_a_key_is_used_with_its_own_algorithm_only(by_key_set):
    assert await refused(by_key_set, token(RSA_KEY, "RS256", "ec"))
    assert await refused(by_key_set, token(EC_KEY, "ES256", "rsa"))
    assert await refused(by_key_set, token(RSA_KEY, "PS256", "rsa"))


async def test_a_symmetric_key_among_the_published_ones_signs_nothing(by_key_set, keys):
    given = forged({"alg": "HS256", "kid": "oct"}, claims(), hmac_with(b"x" * 32))

    assert await refused(by_key_set, given)
    assert await refused(UserTokens(secret=SECRET, keys=keys, issuer=ISSUER), given)


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
    assert await refused(by_key_set, given)
    assert await refused(by_secret, given)


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

    assert await refused(by_key_set, token())


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


@pytest.mark.parametrize(
    ("refused_claims", "why"),
    [
        ({"role": "service_role"}, "role"),
        ({"role": "anon"}, "role"),
        ({"role": None}, "role"),
        ({"is_anonymous": True}, "Anonymous"),
        ({"iss": None}, "not a user token"),
        ({"sub": "user\0"}, "names no user"),
        ({"sub": " "}, "names no user"),
        ({"sub": "user-1 "}, "names no user"),
        ({"sub": "u" * 256}, "names no user"),
        ({"sub": "user\ud800"}, "names no user"),
    ],
)
async def test_a_token_of_a_user_who_did_not_sign_in_is_refused(by_secret, refused_claims, why):
    payload = claims(**refused_claims)
    header = {"alg": "HS256", "typ": "JWT"}
    given = forged(header, payload, hmac_with(SECRET.encode()))

    assert why in (await refused(by_secret, given)).message


async def test_anonymous_sign_ins_come_in_where_the_operator_admits_them():
    tokens = UserTokens(secret=SECRET, keys=None, issuer=ISSUER, admission=Admission(anonymous_users=True))

    assert await tokens.owner(legacy(is_anonymous=True)) == "user-1"


async def test_only_the_listed_users_come_in():
    admission = Admission(users=frozenset({"user-1", "b@school.example"}))
    tokens = UserTokens(secret=SECRET, keys=None, issuer=ISSUER, admission=admission)

    assert await tokens.owner(legacy()) == "user-1"
    assert await tokens.owner(legacy(sub="user-2", email="B@school.example")) == "user-2"
    assert "ALLOWED_USERS" in (await refused(tokens, legacy(sub="user-3", email="c@school.example"))).message


@pytest.mark.parametrize("metadata", [{"role": "teacher"}, {"role": ["pupil", "teacher"]}])
async def test_only_users_with_the_claim_come_in(metadata):
    admission = Admission(claim=("app_metadata.role", "teacher"))
    tokens = UserTokens(secret=SECRET, keys=None, issuer=ISSUER, admission=admission)

    assert await tokens.owner(legacy(app_metadata=metadata)) == "user-1"
    for other in ({"role": "pupil"}, {}, None, "teacher"):
        assert "ALLOWED_CLAIM" in (await refused(tokens, legacy(app_metadata=other))).message


def test_the_issuer_is_as_configured_or_read_off_the_key_set_s_address_or_the_project_s():
    custom = Settings(supabase_jwt_issuer="https://own.example/auth", supabase_jwks_url=JWKS_URL)

    assert custom.token_issuer == "https://own.example/auth"
    assert Settings(supabase_jwks_url=JWKS_URL, supabase_url="https://custom.example").token_issuer == ISSUER
    assert Settings(supabase_jwks_url="https://keys.example/jwks", supabase_url=PROJECT).token_issuer == ISSUER
    assert Settings(supabase_url=PROJECT).token_issuer == ISSUER


def test_a_secret_alone_does_not_say_who_issues_tokens():
    with pytest.raises(SettingsError, match="SUPABASE_JWT_ISSUER"):
        create_app(Settings(supabase_jwt_secret=SECRET))

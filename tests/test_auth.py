"""User tokens: who is let in, as whom, and every token that must not open anything."""

import asyncio
import base64
import json
import time
from types import SimpleNamespace

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.auth import SigningKeys, UserTokens, issuer_of
from app.errors import UnauthorizedError, UpstreamUnavailableError
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

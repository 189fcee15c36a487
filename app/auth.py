"""User tokens of Supabase Auth: which user they belong to, and whether that user has access."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from app.errors import UnauthorizedError, UpstreamUnavailableError

log = logging.getLogger(__name__)

AUDIENCE = "authenticated"
ROLE = "authenticated"
LEEWAY_SECONDS = 10
# OpenID Connect allows 255 characters. Supabase sends a UUID.
LONGEST_SUBJECT = 255
# Supabase's edge caches the key set for 10 minutes, so a more frequent fetch would bring nothing new.
KEEP_SECONDS = 600.0
# An unknown key id triggers a fetch of the keys, at most once in this time.
LOOK_AGAIN_SECONDS = 10.0
FETCH_SECONDS = 5.0
ASYMMETRIC = ("ES256", "RS256")
SYMMETRIC = "HS256"


class SigningKeys:
    """The public keys at `url`, by key id. Callers share one fetch. Known keys stay usable while `url` is away."""

    def __init__(self, url: str, http: httpx.AsyncClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._http = http
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetching = asyncio.Lock()
        self._asked_at: float | None = None
        self._answered = False

    async def get(self, kid: str | None) -> jwt.PyJWK:
        """The key. Raises UnauthorizedError for an unknown id, UpstreamUnavailableError if no fetch succeeds."""
        if self._is_due(kid):
            async with self._fetching:
                if self._is_due(kid):
                    await self._fetch()
        if kid in self._keys:
            return self._keys[kid]
        if not self._answered:
            raise UpstreamUnavailableError(
                "The server cannot fetch the keys for user tokens from SUPABASE_JWKS_URL. Try again later."
            )
        raise _refused("Its signing key is not in SUPABASE_JWKS_URL.")

    def _is_due(self, kid: str | None) -> bool:
        if self._asked_at is None:
            return True
        age = self._clock() - self._asked_at
        return age > (KEEP_SECONDS if kid in self._keys else LOOK_AGAIN_SECONDS)

    async def _fetch(self) -> None:
        try:
            response = await self._http.get(self._url, timeout=FETCH_SECONDS)
            self._keys = _keys_by_kid(response.raise_for_status().json()["keys"])
            self._answered = True
        except (httpx.HTTPError, AttributeError, LookupError, TypeError, ValueError) as error:
            self._answered = False
            log.warning("SUPABASE_JWKS_URL gives no keys: %s", type(error).__name__)
        self._asked_at = self._clock()


def _keys_by_kid(entries: Sequence[dict[str, Any]]) -> dict[str, jwt.PyJWK]:
    """The asymmetric keys. Anybody could sign with a symmetric key from a public list, so those are left out."""
    keys = {}
    for entry in entries:
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue
        if key.key_id and key.algorithm_name in ASYMMETRIC:
            keys[key.key_id] = key
    return keys


@dataclass(frozen=True, slots=True)
class Admission:
    """Which users of the project may use this server. `users` holds ids or e-mail addresses; empty admits all.

    `claim` is a path of claims and the value it must have, such as ("app_metadata.role", "teacher").
    """

    users: frozenset[str] = frozenset()
    claim: tuple[str, str] | None = None
    anonymous_users: bool = False

    def check(self, claims: Mapping[str, Any]) -> None:
        """Raises UnauthorizedError for the token of a user without access."""
        if claims.get("role") != ROLE:
            raise _refused(f"Its role is not {ROLE!r}.")
        if claims.get("is_anonymous") and not self.anonymous_users:
            raise _refused("Anonymous sign-ins are not admitted (ALLOW_ANONYMOUS_USERS).")
        if self.users and not self.users & {str(claims["sub"]), str(claims.get("email", "")).lower()}:
            raise _refused("Its user is not in ALLOWED_USERS.")
        if self.claim is not None and not _has_claim(claims, *self.claim):
            raise _refused("It lacks the claim that ALLOWED_CLAIM asks for.")


def _has_claim(claims: Mapping[str, Any], path: str, value: str) -> bool:
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return value in found if isinstance(found, list) else found == value


class UserTokens:
    """Reads user tokens. The configuration fixes the key of each algorithm; a token only names an algorithm."""

    def __init__(
        self, *, secret: str | None, keys: SigningKeys | None, issuer: str, admission: Admission = Admission()
    ) -> None:
        self._secret = secret
        self._keys = keys
        self._issuer = issuer
        self._admission = admission

    async def owner(self, token: str) -> str:
        """Takes a token, gives its user's id. Raises UnauthorizedError, and UpstreamUnavailableError without keys."""
        try:
            key, algorithm = await self._key(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("It has expired.") from None
        except jwt.PyJWTError:
            raise _refused("It is not a user token of this project.") from None
        if not _names_a_user(str(claims["sub"])):
            raise _refused("It names no user.")
        self._admission.check(claims)
        return str(claims["sub"])

    async def _key(self, header: dict[str, Any]) -> tuple[str | jwt.PyJWK, str]:
        if header.get("alg") == SYMMETRIC and self._secret is not None:
            return self._secret, SYMMETRIC
        if header.get("alg") in ASYMMETRIC and self._keys is not None:
            key = await self._keys.get(header.get("kid"))
            return key, key.algorithm_name
        raise _refused("This server does not accept its signing algorithm.")


def _names_a_user(subject: str) -> bool:
    """Whether a `sub` can be an owner: Postgres refuses NUL and lone surrogates, and
    OpenID Connect allows no more than 255 characters.
    """
    return 0 < len(subject) <= LONGEST_SUBJECT and subject == subject.strip() and _is_storable(subject)


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _refused(why: str) -> UnauthorizedError:
    return UnauthorizedError(f"The token is refused. {why}", headers={"WWW-Authenticate": "Bearer"})

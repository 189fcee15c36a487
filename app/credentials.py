"""Whom a key, a user token or the cookie of a signed-in browser belongs to."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.errors import ForbiddenError, UnauthorizedError

if TYPE_CHECKING:
    from app.auth import UserTokens

COOKIE = "secondmark"
CSRF_HEADER = b"x-csrf-token"
# A day of work. A key that is taken out of API_KEYS ends its cookies at once.
COOKIE_SECONDS = 12 * 3600

_KEY, _TOKEN = "k", "t"


class Credentials:
    """API keys and user tokens, as a header brings them, and as a cookie does.

    The cookie of a key is not the key: it holds when it ends and a signature made with the key. That of a user token is
    the token, which ends by itself. So every process knows every cookie, and none is stored.
    """

    def __init__(
        self,
        api_keys: Sequence[SecretStr],
        user_tokens: "UserTokens | None",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = [key.get_secret_value().encode() for key in api_keys]
        self._user_tokens = user_tokens
        self._clock = clock

    def __bool__(self) -> bool:
        return bool(self._keys or self._user_tokens)

    async def owner(self, token: bytes) -> str | None:
        """The user of the token; None for an API key, which sees everything. Raises UnauthorizedError."""
        if self._key_that(lambda key: hmac.compare_digest(token, key)) is not None:
            return None
        if self._user_tokens is not None:
            return await self._user_tokens.owner(token.decode("latin-1"))
        raise UnauthorizedError("The API key is not one of API_KEYS.", headers={"WWW-Authenticate": "Bearer"})

    async def cookie(self, token: bytes) -> str:
        """What the browser of somebody with this key or token keeps. Raises as `owner`."""
        await self.owner(token)
        key = self._key_that(lambda key: hmac.compare_digest(token, key))
        if key is None:
            return f"{_TOKEN}.{token.decode('latin-1')}"
        ends = str(int(self._clock()) + COOKIE_SECONDS)
        return f"{_KEY}.{ends}.{_signed(key, ends)}"

    async def owner_of_cookie(self, cookie: str) -> str | None:
        """As `owner`. Raises UnauthorizedError for a cookie that has ended or that this server did not make."""
        kind, _, rest = cookie.partition(".")
        if kind == _TOKEN:
            return await self.owner(rest.encode("latin-1"))
        ends, _, signature = rest.partition(".")
        known = self._key_that(lambda key: hmac.compare_digest(signature.encode(), _signed(key, ends).encode()))
        if kind != _KEY or known is None or int(ends) < self._clock():
            raise UnauthorizedError("You are signed out. Sign in again.", headers={"WWW-Authenticate": "Bearer"})
        return None

    def _key_that(self, fits: Callable[[bytes], bool]) -> bytes | None:
        # Comparing every key keeps the duration the same for all keys.
        found = [key for key in self._keys if fits(key)]
        return found[0] if found else None


def cookie_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The cookie of a signed-in browser, where a request brings one."""
    try:
        jar = SimpleCookie("; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie"))
    except CookieError:
        return None
    return jar[COOKIE].value or None if COOKIE in jar else None


def csrf_token(cookie: str) -> str:
    """What a page of this server sends with each change. Pages of others cannot know it: the cookie is HttpOnly."""
    return _signed(cookie.encode("latin-1"), "changes")


def check_csrf(cookie: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises ForbiddenError where a change does not come from a page of this server."""
    given = next((value for name, value in headers if name == CSRF_HEADER), b"")
    if not hmac.compare_digest(given, csrf_token(cookie).encode()):
        raise ForbiddenError("A change with the cookie of a signed-in page needs its X-CSRF-Token. Reload the page.")


def _signed(secret: bytes, text: str) -> str:
    return hmac.new(secret, f"secondmark.{text}".encode(), hashlib.sha256).hexdigest()

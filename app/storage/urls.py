"""Which addresses an image may be registered under, and which of them are this server's own."""

import re
from base64 import b64encode
from collections.abc import Collection
from posixpath import normpath
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from app.addresses import why_refused
from app.errors import UnprocessableError
from app.names import is_loopback
from app.storage.keys import is_key

OBJECT_ROUTE: Final = "/images/object/"

# A btree entry of Postgres ends at 2704 bytes and `unique(session_id, url)` has to hold the address.
MAX_URL_BYTES: Final = 2048

# Browsers drop control characters and read a backslash as a slash, Python does not: each would see another host.
_AMBIGUOUS: Final = re.compile(r"[\x00-\x20\x7f\\]")

_SLASHES: Final = re.compile("/+")

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def check_image_url(url: str, allowed_hosts: Collection[str]) -> None:
    """Refuses what is not https (http on loopback hosts), holds credentials, is on a link-local host, or is not on one
    of `allowed_hosts`, when there are any.

    Raises UnprocessableError naming the field `url`.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        raise UnprocessableError.field("url", "must be the https address of an image")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise UnprocessableError.field("url", "must start with https:// (http:// only for loopback hosts)")
    if (why := why_refused(url)) is not None:
        raise UnprocessableError.field("url", why)
    if allowed_hosts and parts.hostname not in {host.lower() for host in allowed_hosts}:
        raise UnprocessableError.field("url", "is on a host that IMAGE_URL_HOSTS does not list")


def is_loopback_url(url: str) -> bool:
    """Whether the host of an address is this machine, seen from itself."""
    return is_loopback(urlsplit(url).hostname or "")


def object_url(base_url: str, key: str) -> str:
    """The stable address of an object of our own private storage."""
    return f"{base_url}{OBJECT_ROUTE}{key}"


def object_path(key: str) -> str:
    """What an object of our own private storage is registered under: the address without any server's name."""
    return f"{OBJECT_ROUTE}{key}"


def absolute(url: str, base_url: str) -> str:
    """The address that a client uses: of our own objects, on the server that it asked."""
    return f"{base_url}{url}" if is_object_path(url) else url


def object_key(url: str, base_url: str) -> str | None:
    """The key of our own object that `url` leads to, however it is written; None if it leads to none. All loopback
    names count as one host.
    """
    parts, base = _split(url), _split(base_url)
    if parts is None or base is None or _place(parts) != _place(base):
        return None
    return _key_in(f"{base.path}{OBJECT_ROUTE}", parts.path)


def is_object_path(url: str) -> bool:
    """Whether this is an object of our own private storage, which is signed for each reader."""
    return url.startswith(OBJECT_ROUTE)


def key_below(prefix: str, url: str) -> str | None:
    """The key that follows the address `prefix` in `url`, however it is written; None if there is none."""
    parts, below = _split(url), _split(prefix)
    if parts is None or below is None or _place(parts) != _place(below):
        return None
    return _key_in(below.path, parts.path)


def _key_in(prefix: str, path: str) -> str | None:
    """A server answers `/a/./b`, `//a/b` and `/a%2Fb` as `/a/b`. Taken for the address of another server's image, such
    a path would lead past the question whose upload this is.
    """
    plain = normpath(_SLASHES.sub("/", unquote(path)))
    key = plain.removeprefix(prefix)
    return key if plain.startswith(prefix) and is_key(key) else None


def _place(parts: SplitResult) -> tuple[str, str, int | None]:
    host = parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return (parts.scheme, "localhost" if is_loopback(host) else host, port)


def _split(url: str) -> SplitResult | None:
    if _AMBIGUOUS.search(url) or len(url.encode()) > MAX_URL_BYTES:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is not a number
    except ValueError:
        return None
    return parts


def data_url(content: bytes, media_type: str) -> str:
    """The content as a data: address, for images that exist for one call only and are stored nowhere."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"

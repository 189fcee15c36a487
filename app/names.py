"""The host names of this server, and the origins whose pages may send changes to it."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import urlsplit

from starlette.types import Scope

from app.settings import Settings

# RFC 9110 7.2: a host and an optional port; an IPv6 address stands in brackets.
_HOST_HEADER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class ServerNames:
    """Loopback names, HOST, and the host of PUBLIC_BASE_URL. `origins` are CORS_ORIGINS."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        public = urlsplit(settings.public_base_url).hostname if settings.public_base_url else None
        own = (settings.host, public)
        return cls(frozenset(_plain(name) for name in own if name), frozenset(settings.cors_origins))

    def knows(self, host_header: str) -> bool:
        """Whether a `Host` header names this server. A foreign name that resolves to 127.0.0.1 does not."""
        match = _HOST_HEADER.fullmatch(host_header)
        if match is None:
            return False
        host = _plain(match[1])
        return is_loopback(host) or host in self.hosts

    def allows_origin(self, origin: str, host_header: str) -> bool:
        """Whether a page of `origin` may use unsafe methods: this server's pages and those of CORS_ORIGINS may."""
        if origin in self.origins or "*" in self.origins:
            return True
        scheme, _, place = origin.partition("://")
        return scheme in {"http", "https"} and place.lower() == host_header.lower() and self.knows(host_header)


def host_header(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The `Host` of a request; None if it has none. Two `Host` headers give a name that no server has."""
    given = [value.decode("latin-1") for name, value in headers if name == b"host"]
    return ",".join(given) if given else None


def base_url(scope: Scope, names: ServerNames) -> str:
    """`scheme://host:port` of this server as the client knows it.

    The client's `Host` counts only where it names this server; otherwise the address that the connection came in on
    does. An address that we sign must never lead to a host that somebody else chose.
    """
    host = host_header(scope["headers"])
    if host is None or not names.knows(host):
        server, port = scope.get("server") or ("127.0.0.1", None)
        host = f"[{server}]" if ":" in server else server
        host = host if port is None else f"{host}:{port}"
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`: localhost, names below it, 127.0.0.0/8 and ::1."""
    name = _plain(host)
    return name == "localhost" or name.endswith(".localhost") or is_loopback_address(name)


@lru_cache(maxsize=1024)
def is_loopback_address(text: str) -> bool:
    """The same for an IP address; False for every name."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    # Python before 3.13 does not see through ::ffff:127.0.0.1, the peer on a socket for both families.
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()

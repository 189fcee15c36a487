"""Addresses that neither this program nor a model may fetch. Pure."""

import ipaddress
import re
from urllib.parse import parse_qsl, unquote, urlsplit

_POSTGRES = ("postgres://", "postgresql://")
_HOST_NAMES = frozenset({"host", "hostaddr"})
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?=\s|$)")
# Names under which clouds serve the credentials of a machine to whatever runs on it.
_METADATA = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
# Metadata services outside the link-local ranges: of Alibaba, and of AWS over IPv6.
_METADATA_ADDRESSES = frozenset({ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("fd00:ec2::254")})


def why_refused(url: str) -> str | None:
    """Why an address is refused, as the end of a sentence about it; None for an address that may be used."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        return "must hold no user name or password"
    if is_metadata_host(parts.hostname or ""):
        return "is on a link-local host or a cloud's metadata service"
    return None


def check_conninfo(text: str) -> None:
    """Check a libpq conninfo: an address, or name=value pairs. Raises ValueError whose message quotes nothing of it."""
    hosts = _hosts_of_url(text) if text.startswith(_POSTGRES) else _hosts_of_pairs(text)
    for host in hosts:
        if is_metadata_host(unquote(host)):
            raise ValueError("is on a link-local host or a cloud's metadata service")


def _hosts_of_url(url: str) -> list[str]:
    _, _, rest = url.partition("://")
    before, at, after = rest.rpartition("@")
    # libpq would take a part of the password for the host, and error messages name the host.
    if "@" in before or (at and "/" in before):
        raise ValueError("must write @ and / in user name or password as %40 and %2F")
    address, _, query = after.partition("?")
    named = [host for name, host in parse_qsl(query) if name in _HOST_NAMES]
    places = address.partition("/")[0].split(",")
    return [_without_port(place) for place in places] + [host for value in named for host in value.split(",")]


def _without_port(place: str) -> str:
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def _hosts_of_pairs(text: str) -> list[str]:
    pairs = _PAIR.findall(text)
    if not pairs or _PAIR.sub("", text).strip():
        raise ValueError("must start with postgresql:// (or be a libpq conninfo: name=value pairs)")
    values = [value.strip("'") for name, value in pairs if name in _HOST_NAMES]
    return [host for value in values for host in value.split(",")]


def is_metadata_host(host: str) -> bool:
    """Whether a host is link-local or a metadata service, however its address is written."""
    name = host.rstrip(".").lower()
    if name in _METADATA:
        return True
    address = _address(name)
    if address is None:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_link_local or (mapped or address) in _METADATA_ADDRESSES


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _loose(name)


def _loose(name: str) -> ipaddress.IPv4Address | None:
    """An IPv4 address as the C library reads it: one to four numbers, each decimal, octal or hexadecimal."""
    parts = name.split(".")
    try:
        *first, last = [_number(part) for part in parts]
        if len(parts) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(parts)):  # noqa: PLR2004 - bytes
            return None
    except ValueError:
        return None
    value = last
    for place, number in enumerate(first):
        value += number << (8 * (3 - place))
    return ipaddress.IPv4Address(value)


def _number(text: str) -> int:
    if not text.isascii() or not text.isalnum():
        raise ValueError
    return int(text, 16) if text.startswith("0x") else int(text, 8 if text.startswith("0") and len(text) > 1 else 10)

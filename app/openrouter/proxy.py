"""The proxy that the environment names. Imports nothing heavy: `secondmark serve` asks before the database starts."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from app.settings import SettingsError

_PROXY_SCHEMES = frozenset({"http", "https"})


def proxy_from_environment(url: str) -> str | None:
    """The proxy that `HTTPS_PROXY`, `NO_PROXY` and their like name for `url`: read once, at start.

    Raises SettingsError for a proxy that does not speak HTTP, such as SOCKS: every call would fail.
    """
    parts = urlsplit(url)
    if parts.hostname and proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    kind = parts.scheme if proxies.get(parts.scheme) else "all"
    proxy = proxies.get(kind)
    if proxy and "://" not in proxy:
        return f"http://{proxy}"
    if proxy and (scheme := urlsplit(proxy).scheme) not in _PROXY_SCHEMES:
        raise SettingsError(
            f"{kind.upper()}_PROXY: {scheme or 'no'} proxies are not supported. Name an HTTP proxy "
            "(http://host:port), or list the host of OPENROUTER_BASE_URL in NO_PROXY."
        )
    return proxy

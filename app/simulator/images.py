"""Fetches the images of a request as a provider does, and reports faults in OpenRouter's words."""

import asyncio
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from app.simulator.envelopes import error

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REDIRECTS = 3
_OK, _NOT_FOUND = 200, 404
_REDIRECT_STATUSES = range(300, 400)
Failure = tuple[int, dict[str, Any]]


class RedirectError(Exception):
    """A refused redirect. The message says why."""


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine over HTTP. The simulator never fetches from another machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme in {"http", "https"} and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def is_image(data: bytes) -> bool:
    """png, jpeg, gif or webp by its first bytes."""
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")) or (data[:4], data[8:12]) == (
        b"RIFF",
        b"WEBP",
    )


async def check_images(http: aiohttp.ClientSession, urls: tuple[str, ...]) -> Failure | None:
    """Status and error object of the first loopback image that cannot be fetched; None if all can."""
    failures = await asyncio.gather(*(_check(http, url) for url in urls if is_loopback(url)))
    return next((failure for failure in failures if failure), None)


async def _check(http: aiohttp.ClientSession, url: str) -> Failure | None:
    try:
        status, data = await _fetch(http, url)
    except RedirectError as problem:
        return _failure(400, "image_download_failed", str(problem))
    except (aiohttp.ClientError, TimeoutError) as problem:
        return _failure(400, "image_download_failed", f"{type(problem).__name__} while fetching the image")
    if status == _NOT_FOUND:
        return _failure(404, "image_not_found", "the image URL answers 404")
    if status != _OK:
        return _failure(400, "image_download_failed", f"the image URL answers {status}")
    if not data:
        return _failure(400, "invalid_image", "the image is empty")
    return None if is_image(data) else _failure(400, "unsupported_image_format", "neither png, jpeg, webp nor gif")


async def _fetch(http: aiohttp.ClientSession, url: str) -> tuple[int, bytes]:
    """The image. Follows redirects one by one, because each must stay on loopback."""
    for _ in range(_REDIRECTS + 1):
        async with http.get(url, allow_redirects=False, timeout=_TIMEOUT) as response:
            if response.status not in _REDIRECT_STATUSES or "Location" not in response.headers:
                return response.status, await response.read()
            url = urljoin(url, response.headers["Location"])
        if not is_loopback(url):
            raise RedirectError("redirected away from loopback")
    raise RedirectError("too many redirects")


def _failure(status: int, error_type: str, message: str) -> Failure:
    return status, error(status, message, error_type=error_type)

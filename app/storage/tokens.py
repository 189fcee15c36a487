"""Signed permissions for the local folder: each is for one purpose and one path, and expires."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from app.errors import ForbiddenError, NotConfiguredError

Purpose = Literal["upload", "read"]

SECRET_BYTES: Final = 32
_TOKEN: Final = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def make_token(secret: bytes, purpose: Purpose, path: str, expires_at: int) -> str:
    """`expires_at` is in seconds since 1970."""
    return f"{expires_at}.{_signature(secret, purpose, path, expires_at)}"


def check_token(secret: bytes, purpose: Purpose, path: str, token: str, *, now: float) -> None:
    """Check a token. Raises ForbiddenError if this server did not sign it, or it is for something else, or has
    expired.
    """
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(match[2], _signature(secret, purpose, path, int(match[1]))):
        raise ForbiddenError("The token is not valid for this address")
    if now >= int(match[1]):
        raise ForbiddenError("The token has expired")


def _signature(secret: bytes, purpose: Purpose, path: str, expires_at: int) -> str:
    digest = hmac.digest(secret, f"{purpose}\n{path}\n{expires_at}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def read_or_create_secret(file: Path) -> bytes:
    """32 random bytes that survive restarts. Processes that start at once agree: the first link wins.

    Raises NotConfiguredError for a file that holds anything else: with an empty secret everybody could sign.
    """
    if not file.exists():
        _create(file)
    secret = file.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise NotConfiguredError(f"{file} is damaged. Delete it; signed addresses that exist become invalid")
    return secret


def _create(file: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent) as draft:  # readable for its owner only
        draft.write(secrets.token_bytes(SECRET_BYTES))
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, file)

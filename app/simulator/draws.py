"""Chance without state: the same key always draws the same number, on every machine and in every process."""

from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()
_SPAN = 2**64


def unit(*key: str | int) -> float:
    """A number in [0, 1) that depends on the key alone."""
    # repr keeps ("a", "bc") and ("ab", "c") apart whatever the texts hold; surrogates come from JSON escapes.
    digest = blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) // 2**11 * 2**11 / _SPAN


def gauss(*key: str | int) -> float:
    """A standard normal number that depends on the key alone."""
    return _NORMAL.inv_cdf(max(unit(*key), 1e-12))


def token(length: int, *key: str | int) -> str:
    """Hexadecimal text of `length` <= 64 characters that depends on the key alone."""
    return blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()[:length]

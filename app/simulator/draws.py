"""Random numbers without state: the same key gives the same number on every machine and in every process."""

from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()
_SPAN = 2**48
_LEAST = 0.5 / _SPAN


def unit(*key: str | int) -> float:
    """A number in [0, 1) that depends only on the key."""
    # repr keeps ("a", "bc") and ("ab", "c") apart for all texts. Surrogates come from JSON escapes.
    digest = blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest) / _SPAN


def gauss(*key: str | int) -> float:
    """A standard normal number that depends only on the key."""
    return _NORMAL.inv_cdf(unit(*key) or _LEAST)


def gauss_of(source: bytes, index: int) -> float:
    """The `index`-th standard normal number of a source from `digest`. Four times as fast as `gauss`."""
    drawn = blake2b(index.to_bytes(8), key=source, digest_size=6).digest()
    return _NORMAL.inv_cdf(int.from_bytes(drawn) / _SPAN or _LEAST)


def digest(*key: str | int) -> bytes:
    return blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=32).digest()


def token(length: int, *key: str | int) -> str:
    """Hexadecimal text of `length` characters, 64 at most, that depends only on the key."""
    return digest(*key).hex()[:length]

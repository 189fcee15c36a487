"""What providers keep of prompts and what they charge for it, by their published rules.

Each family of models has its own rule. A prompt is a row of parts, and what is kept is its beginning up to the end of a
part. A beginning can be read from the moment at which the request that brought it is answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from app.simulator.draws import unit

# So many endpoints serve a model, each with a cache of its own; `session_id` picks one.
ENDPOINTS = 3
_MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class CacheRule:
    """`read` and `write` are shares of the price of the prompt. A prompt below `least_tokens` is not kept; only whole
    blocks of `block` tokens count. `is_marked`: only up to the marks in the request. A beginning that is not read for
    `seconds` is gone.
    """

    read: float
    write: float
    least_tokens: int
    block: int = 1
    is_marked: bool = False
    seconds: float = 300.0


# By the beginning of a model's name.
RULES = {
    "anthropic/": CacheRule(0.1, 1.25, 1024, is_marked=True),
    "google/": CacheRule(0.25, 1.0, 1024),
    "openai/": CacheRule(0.1, 1.25, 1024, block=128),
    "deepseek/": CacheRule(0.1, 1.0, 64, block=64, seconds=3600.0),
}


def rule_of(model: str) -> CacheRule | None:
    return next((rule for start, rule in RULES.items() if model.startswith(start)), None)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a prompt: `digest` stands for everything up to its end."""

    digest: bytes
    tokens: int
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Priced:
    """The tokens of a prompt: all, those read from the cache, those written into it. `share` is the paid share of the
    price without a cache.
    """

    tokens: int
    read: int
    written: int
    share: float


class PromptCache:
    """The caches of all models."""

    def __init__(self) -> None:
        # From when, and until when, each beginning can be read.
        self._kept: dict[tuple[str, int, bytes], tuple[float, float]] = {}

    def clear(self) -> None:
        self._kept.clear()

    def price(
        self, rule: CacheRule, route: tuple[str, str], segments: tuple[Segment, ...], *, now: float, answered_at: float
    ) -> Priced:
        """Price a request that arrives `now` and is answered at `answered_at`, and keep what it brings. `route` is its
        model and its `session_id`.
        """
        model, endpoint = route[0], int(ENDPOINTS * unit("endpoint", *route))
        ends = list(_ends(rule, segments))
        total = sum(segment.tokens for segment in segments)
        read = 0
        for digest, tokens in ends:
            at = (model, endpoint, digest)
            ready, gone = self._kept.get(at, (answered_at, 0.0))
            is_there = ready <= now < gone
            if is_there:
                read = max(read, tokens)
            self._keep(at, ready if now < gone else answered_at, answered_at + rule.seconds)
        written = max((tokens for _, tokens in ends), default=0) - read
        paid = total - read - written + read * rule.read + written * rule.write
        return Priced(total, read, written if rule.write > 1 else 0, paid / total if total else 1.0)

    def _keep(self, at: tuple[str, int, bytes], ready: float, gone: float) -> None:
        if at not in self._kept and len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[at] = ready, gone


def _ends(rule: CacheRule, segments: tuple[Segment, ...]) -> Iterator[tuple[bytes, int]]:
    """The beginnings that the rule keeps, each with its tokens."""
    sums = accumulate(segment.tokens for segment in segments)
    for segment, tokens in zip(segments, sums, strict=True):
        whole = tokens // rule.block * rule.block
        if whole >= rule.least_tokens and (segment.is_marked or not rule.is_marked):
            yield segment.digest, whole

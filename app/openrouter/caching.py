"""Where a provider's cache of prompts pays, and for how much of a request. Pure.

Prices are those of the list of models. The rest is what OpenRouter and the providers document (2026): from how many
tokens on a prompt is kept, and whether the request must mark what to keep.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.marks.model import Json
from app.openrouter.catalogue import ModelPrice

# The time for which all providers keep a beginning that nobody reads, less a margin for the way there.
KEPT_SECONDS = 270.0


@dataclass(frozen=True, slots=True)
class CacheRule:
    """`read` and `write` are shares of the price of the prompt, `least_tokens` is the shortest prompt that is kept.
    `is_marked`: the provider keeps only what ends at a `cache_control` in the request.
    """

    read: float
    write: float = 1.0
    least_tokens: int = 1024
    is_marked: bool = False

    def share(self, n: int) -> float:
        """What `n` calls that begin alike pay for their common beginning, as a share of its price without a cache, if
        the first call goes ahead of the others.
        """
        return (self.write + (n - 1) * self.read) / n

    def pays(self, n: int) -> bool:
        return n > 1 and self.share(n) < 1


# By the beginning of a model's name. Their prices count where the list of models has none of the model at all.
_RULES = {
    "anthropic/": CacheRule(0.1, 1.25, is_marked=True),
    "qwen/": CacheRule(0.1, 1.25, is_marked=True),
    "google/": CacheRule(0.25),
    "openai/": CacheRule(0.5),
    "x-ai/": CacheRule(0.25, least_tokens=256),
    "deepseek/": CacheRule(0.1, least_tokens=64),
    "moonshotai/": CacheRule(0.25),
}
# Later and smaller models of a family keep nothing below so many tokens.
_LEAST = {"anthropic/claude-haiku-4": 4096, "anthropic/claude-opus-4": 4096, "google/gemini-2.5-pro": 4096}
_OTHERS = CacheRule(1.0)


def cache_rule(model: str, price: ModelPrice | None) -> CacheRule | None:
    """How the cache of a model works; None where nothing is known of one, or where reading from it saves nothing."""
    known = next((rule for start, rule in _RULES.items() if model.startswith(start)), None)
    if price is None:
        found = known
    elif price.cache_read is None or not price.prompt:
        return None
    else:
        write = price.prompt if price.cache_write is None else price.cache_write
        found = known or _OTHERS
        found = CacheRule(
            price.cache_read / price.prompt, write / price.prompt, found.least_tokens, is_marked=found.is_marked
        )
    if found is None or found.read >= 1:
        return None
    least = next((tokens for start, tokens in _LEAST.items() if model.startswith(start)), found.least_tokens)
    return CacheRule(found.read, found.write, least, is_marked=found.is_marked)


def beginning(body: Mapping[str, Json], n_parts: int) -> str:
    """A name for the beginning of a request up to the part `n_parts` of its last message: the same bytes have the same
    name, and a provider finds one in its cache after the other.
    """
    messages = body["messages"]
    parts: Sequence[Json] = messages[-1]["content"][:n_parts]
    before: list[Json] = [body["model"], body.get("response_format"), body.get("provider"), messages[:-1], parts]
    return hashlib.blake2b(json.dumps(before).encode(), digest_size=16).hexdigest()

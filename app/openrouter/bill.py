"""What calls should have cost by their tokens and the list of models, beside what was billed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.openrouter.caching import cache_rule
from app.openrouter.catalogue import ModelPrice

# A larger share of the bill that tokens and prices do not explain is said.
UNEXPLAINED = 0.02


@dataclass(frozen=True, slots=True)
class Spent:
    """Billed calls of one model. `prompt_tokens` hold the cached ones, and those that went into the cache;
    of the latter 0 where the provider does not say.
    """

    model: str
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    billed_usd: float
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Computed:
    """The cost by tokens and prices. `high`: the whole uncached prompt went into the provider's cache, where the
    provider does not say how much did.
    """

    low: float
    high: float

    def __add__(self, other: "Computed") -> "Computed":
        return Computed(self.low + other.low, self.high + other.high)

    def unexplained(self, billed: float) -> float:
        """The part of the bill, as a share of it, that lies outside of the range; 0 where nothing was billed."""
        outside = max(self.low - billed, billed - self.high, 0.0)
        if not billed:
            return 1.0 if outside else 0.0
        return outside / billed


def computed(spent: Spent, price: ModelPrice | None) -> Computed | None:
    """None without a price."""
    if price is None:
        return None
    rule = cache_rule(spent.model, price)
    uncached = spent.prompt_tokens - spent.cached_tokens
    read = price.prompt if price.cache_read is None else price.cache_read
    write = price.prompt * max(1.0, rule.write) if rule is not None else price.prompt
    known = min(spent.cache_write_tokens, uncached)
    rest = spent.cached_tokens * read + spent.completion_tokens * price.completion + spent.calls * price.request
    low = (uncached - known) * price.prompt + known * write + rest
    return Computed(low, low if known else uncached * write + rest)


def unexplained_note(marker: str, models: Sequence[str], found: Computed | None, billed: float) -> str | None:
    """A sentence about a bill that tokens and prices do not explain; None where they do."""
    named = f"{marker} ({', '.join(models)})" if list(models) != [marker] else marker
    if found is None:
        return f"{named}: OpenRouter's list has no price, so that the bill cannot be checked."
    share = found.unexplained(billed)
    if share <= UNEXPLAINED:
        return None
    return (
        f"{named}: billed {billed:.4g} US dollars, but its tokens and today's prices come to {found.low:.4g} to "
        f"{found.high:.4g}: {100 * share:.0f} % of the bill is not explained. Prices may have changed since, or the "
        "provider counts otherwise."
    )

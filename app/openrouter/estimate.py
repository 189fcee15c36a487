"""What calls will cost and how long they will take, before they are made. Pure.

Prices are OpenRouter's own; tokens and seconds are guesses from characters and from what models usually need, so that
an estimate is a range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from app.marks.model import Json
from app.openrouter.catalogue import ModelPrice
from app.openrouter.image_tokens import LARGEST_PAGE, image_tokens

# Tokens a character: some four ASCII characters make one; other scripts are cut into more pieces.
_TOKENS_ASCII, _TOKENS_OTHER = 0.25, 0.7
# At worst: dense numbers and rare scripts.
_MOST_ASCII, _MOST_OTHER = 0.5, 1.5
# How far the count from characters may be off.
_GUESSED = (0.8, 1.0, 1.25)
# The share of its price that is paid for input from the cache, at the least.
_CACHED_PRICE = 0.1
# What a provider takes more for a prompt that it writes into its cache.
_CACHE_WRITE = 1.25


@dataclass(frozen=True, slots=True)
class Range:
    """Three figures; the middle one is the expected one."""

    low: float
    likely: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: "Range") -> "Range":
        return Range(self.low * other.low, self.likely * other.likely, self.high * other.high)


@dataclass(frozen=True, slots=True)
class PlannedCalls:
    """`n` calls of one model that are alike. Tokens are those of one call, `seconds` what one usually takes.

    `cached` is the share of the input that may come from the provider's cache, where a tenth is paid for it.
    `paid_input` is the share of the price of the input that is likely paid: less than 1 where the model's cache pays.
    """

    model: str
    n: Range
    input_tokens: int
    output_tokens: Range
    seconds: float
    cached: float = 0.0
    paid_input: float = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost_usd` is None where OpenRouter's list does not price one of the models; `unpriced` names them."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Range | None
    seconds: float
    unpriced: tuple[str, ...] = ()


def tokens_of(text: str) -> int:
    n_ascii = sum(map(str.isascii, text))
    return ceil(n_ascii * _TOKENS_ASCII + (len(text) - n_ascii) * _TOKENS_OTHER)


def estimated(
    planned: Sequence[PlannedCalls], prices: Mapping[str, ModelPrice | None], *, n_parallel: int, longest_chain: float
) -> Estimate:
    """The sum of `planned`, made `n_parallel` at once. `longest_chain` is how many seconds the calls take that wait for
    each other: it never goes faster.
    """
    unpriced = tuple(dict.fromkeys(calls.model for calls in planned if prices.get(calls.model) is None))
    costs = [calls.n * _cost(calls, price) for calls in planned if (price := prices.get(calls.model))]
    work = sum(calls.n.likely * calls.seconds for calls in planned)
    return Estimate(
        calls=round(sum(calls.n.likely for calls in planned)),
        input_tokens=round(sum(calls.n.likely * calls.input_tokens for calls in planned)),
        output_tokens=round(sum(calls.n.likely * calls.output_tokens.likely for calls in planned)),
        cost_usd=None if unpriced else sum(costs, Range(0, 0, 0)),
        seconds=round(max(work / n_parallel, longest_chain), 1),
        unpriced=unpriced,
    )


def _cost(calls: PlannedCalls, price: ModelPrice) -> Range:
    given, each = calls.input_tokens * price.prompt, calls.output_tokens
    low, likely, high = _GUESSED
    shares = (low * (1 - calls.cached * (1 - _CACHED_PRICE)), likely * calls.paid_input, high)
    parts = zip(shares, (each.low, each.likely, each.high), strict=True)
    return Range(*(price.request + share * given + tokens * price.completion for share, tokens in parts))


def most_usd(body: Mapping[str, Json], price: ModelPrice | None, *, page_long_side: int = 0) -> float:
    """What one request can cost at worst: with its whole `max_tokens`, and no part of the prompt cached. 0 without a
    price. `page_long_side` is the resolution at which pages are made, where that may exceed the usual one.
    """
    if price is None:
        return 0.0
    model = str(body["model"])
    parts = [part for message in body["messages"] for part in _parts(message["content"])]
    texts = "".join(part["text"] for part in parts if part["type"] == "text")
    n_ascii = sum(map(str.isascii, texts))
    n_images = sum(part["type"] == "image_url" for part in parts)
    images = n_images * image_tokens(model, *(max(side, page_long_side) for side in LARGEST_PAGE)).most
    tokens = n_ascii * _MOST_ASCII + (len(texts) - n_ascii) * _MOST_OTHER + images
    spent: float = tokens * price.prompt * _CACHE_WRITE + body["max_tokens"] * price.completion
    return price.request + spent


def _parts(content: Json) -> list[dict[str, Json]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content

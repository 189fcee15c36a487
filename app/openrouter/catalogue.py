"""What each model can do, according to OpenRouter's list of models."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite

import httpx

from app.errors import UpstreamUnavailableError
from app.marks.model import Json

# The list is some megabytes and rarely changes; a server that is down is asked again soon.
_DEADLINE_SECONDS = 20
_TTL_SECONDS = 3600
_FAILURE_TTL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """US dollars: for each token of the prompt and of the completion, and for each request. `cache_read` and
    `cache_write` are those of a token of the prompt that comes from the provider's cache or goes into it; None where
    the list names none.
    """

    prompt: float
    completion: float
    request: float = 0.0
    cache_read: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, slots=True)
class ModelCapabilities:
    """None means that the list does not say, or that there is no list.

    `supported_parameters` are OpenRouter's names (`structured_outputs`, `response_format`, `reasoning`, ...);
    `max_completion_tokens` is the model's limit on its output in tokens, `context_length` on input and output together;
    `thinks_by_default` says whether a model thinks although the request does not ask for it.
    """

    image_input: bool | None = None
    supported_parameters: frozenset[str] | None = None
    max_completion_tokens: int | None = None
    context_length: int | None = None
    price: ModelPrice | None = None
    thinks_by_default: bool | None = None

    def supports(self, parameter: str) -> bool:
        return self.supported_parameters is not None and parameter in self.supported_parameters


UNKNOWN = ModelCapabilities()


@dataclass(frozen=True, slots=True)
class _Listing:
    raw: bytes = field(repr=False)
    models: Mapping[str, ModelCapabilities] = field(repr=False)


class Catalogue:
    """OpenRouter's list of models, fetched at the first request for it and kept for `ttl_seconds`.

    Callers that ask at the same time share one fetch. A fetch that fails is not repeated for `failure_ttl_seconds`; an
    older list goes on being used meanwhile.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        api_key: str | None = None,
        *,
        ttl_seconds: float = _TTL_SECONDS,
        failure_ttl_seconds: float = _FAILURE_TTL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + "/models"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._ttl = ttl_seconds
        self._failure_ttl = failure_ttl_seconds
        self._clock = clock
        self._fetching = asyncio.Lock()
        self._listing: _Listing | None = None
        self._fresh_until: float | None = None

    async def capabilities(self, model: str) -> ModelCapabilities:
        """The abilities of a model; UNKNOWN without a list, or if the list has no such model. `a/b:free` and
        `a/b@preset/c` fall back to `a/b`.
        """
        listing = await self._current()
        if listing is None:
            return UNKNOWN
        return next((listing.models[name] for name in plain_names(model) if name in listing.models), UNKNOWN)

    def lists(self, model: str) -> bool:
        """Whether the list that was fetched last has a model; False before the first fetch."""
        return self._listing is not None and any(name in self._listing.models for name in plain_names(model))

    async def has_list(self) -> bool:
        return await self._current() is not None

    async def raw(self) -> bytes:
        """OpenRouter's answer, unchanged. Raises UpstreamUnavailableError if OpenRouter does not give it."""
        listing = await self._current()
        if listing is None:
            raise UpstreamUnavailableError("OpenRouter does not give its list of models at the moment")
        return listing.raw

    async def _current(self) -> _Listing | None:
        if not self._is_fresh():
            async with self._fetching:
                if not self._is_fresh():
                    await self._refresh()
        return self._listing

    def _is_fresh(self) -> bool:
        return self._fresh_until is not None and self._clock() < self._fresh_until

    async def _refresh(self) -> None:
        fetched = await self._fetch()
        self._listing = fetched or self._listing
        self._fresh_until = self._clock() + (self._ttl if fetched else self._failure_ttl)

    async def _fetch(self) -> _Listing | None:
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                response = await self._http.get(
                    self._url, headers=self._headers, timeout=_DEADLINE_SECONDS, follow_redirects=False
                )
        except (httpx.HTTPError, TimeoutError):
            return None
        models = read_models(response.content) if response.is_success else None
        return None if models is None else _Listing(response.content, models)


def plain_names(model: str) -> tuple[str, ...]:
    """The names under which the list may have a model: as it is, without a preset, and without its way of serving."""
    without_preset = model.split("@preset/", 1)[0]
    return model, without_preset, without_preset.split(":", 1)[0]


def read_models(body: bytes) -> dict[str, ModelCapabilities] | None:
    """The models of a list's body, by id and by canonical slug; None if it is no list."""
    try:
        entries = json.loads(body)["data"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    if not isinstance(entries, list):
        return None
    named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    models = {entry["id"]: _capabilities(entry) for entry in named}
    for entry in named:
        if isinstance(slug := entry.get("canonical_slug"), str):
            models.setdefault(slug, models[entry["id"]])
    return models


def _capabilities(entry: Mapping[str, Json]) -> ModelCapabilities:
    modalities = _names(_object(entry.get("architecture")).get("input_modalities"))
    serving = _object(entry.get("top_provider"))
    return ModelCapabilities(
        image_input=None if modalities is None else "image" in modalities,
        supported_parameters=_names(entry.get("supported_parameters")),
        max_completion_tokens=_limit(serving.get("max_completion_tokens")),
        context_length=_limit(serving.get("context_length")) or _limit(entry.get("context_length")),
        price=_price(_object(entry.get("pricing"))),
        thinks_by_default=_thinks(entry.get("reasoning")),
    )


def _thinks(reasoning: Json) -> bool | None:
    """Whether a model thinks although the request does not ask for it; None where the list does not say."""
    if not isinstance(reasoning, dict):
        return None
    return reasoning.get("mandatory") is True or reasoning.get("default_enabled") is True


def _limit(value: Json) -> int | None:
    return value if type(value) is int and value > 0 else None


def _price(pricing: Mapping[str, Json]) -> ModelPrice | None:
    """None where a part is missing or is no price: OpenRouter writes -1 for models that choose another one."""
    prompt, completion = (_dollars(pricing.get(name)) for name in ("prompt", "completion"))
    if prompt is None or completion is None:
        return None
    cached = (_dollars(pricing.get(name)) for name in ("input_cache_read", "input_cache_write"))
    return ModelPrice(prompt, completion, _dollars(pricing.get("request")) or 0.0, *cached)


def _dollars(value: Json) -> float | None:
    """OpenRouter writes prices as strings."""
    try:
        price = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        return None
    return price if isfinite(price) and price >= 0 else None


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _names(value: Json) -> frozenset[str] | None:
    return frozenset(name for name in value if isinstance(name, str)) if isinstance(value, list) else None

"""A model behind a token bucket, for clients on a virtual clock. It records how long a run of calls took and how many
got 429.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import httpx

from app.openrouter.call import CallResult, CompletionRequest
from app.openrouter.client import OpenRouterClient
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from app.openrouter.retry import RetryPolicy

EPOCH = 1_800_000_000.0
LATENCY = 0.2
SLOW = 2.0
REFUSAL_SECONDS = 0.003
ON_THE_WAY = 0.0004


@dataclass
class LimitedModel:
    """Admits `rate(now)` calls a second and `burst` at once; with `at_once` instead so many calls at a time, which take
    SLOW seconds, more or less by half. `form` is the form in which a 429 names its wait.
    """

    clock: Callable[[], float]
    answer: bytes
    rate: Callable[[float], float]
    burst: float
    form: str = "seconds"
    retry_after: float = 1.0
    seed: int = 1
    at_once: int | None = None
    refused: int = 0
    admitted_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens, self._at, self._busy = self.burst, self.clock(), 0
        self._random = random.Random(self.seed)  # noqa: S311 - the same in every run

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._random.uniform(0, ON_THE_WAY))
        if not (self._has_token() if self.at_once is None else self._busy < self.at_once):
            self.refused += 1
            await asyncio.sleep(REFUSAL_SECONDS)
            return self._refusal()
        self.admitted_at.append(self.clock())
        self._busy += 1
        try:
            await asyncio.sleep(LATENCY if self.at_once is None else SLOW * self._random.uniform(0.5, 1.5))
        finally:
            self._busy -= 1
        return httpx.Response(200, content=self.answer)

    def _has_token(self) -> bool:
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate(now))
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _refusal(self) -> httpx.Response:
        error: dict[str, object] = {"code": 429, "message": "slow down"}
        headers = {}
        if self.form == "seconds":
            headers = {"Retry-After": str(self.retry_after)}
        elif self.form == "date":
            headers = {"Retry-After": formatdate(EPOCH + self.clock() + self.retry_after, usegmt=True)}
        elif self.form == "body":
            error["metadata"] = {"availability": {"retryable": True, "retry_after": self.retry_after}}
        return httpx.Response(429, headers=headers, json={"error": error})


def client_of(model: LimitedModel, *, concurrency: int = 16, seed: int = 1) -> tuple[OpenRouterClient, ModelGates]:
    """A client whose only model is `model`, and its gates."""
    gates = ModelGates(clock=model.clock)
    client = OpenRouterClient(
        httpx.AsyncClient(transport=httpx.MockTransport(model)),
        base_url="https://openrouter.test/api/v1",
        api_key="key-of-some-gateway",
        limiter=FairLimiter(concurrency),
        gates=gates,
        policy=RetryPolicy(),
        call_timeout_seconds=30,
        clock=lambda: EPOCH + model.clock(),
        monotonic=model.clock,
        draw=random.Random(seed).random,  # noqa: S311 - the same in every run
    )
    return client, gates


async def ask(client: OpenRouterClient, calls: int) -> list[CallResult]:
    """The results of so many calls that start at once."""
    request = CompletionRequest("session", "m/one", {"model": "m/one", "messages": []})
    return await asyncio.gather(*(client.complete(request) for _ in range(calls)))

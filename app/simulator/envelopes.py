"""The JSON that OpenRouter puts around an answer: completions, usage, errors. Pure."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.simulator.answers import Written, dumps
from app.simulator.asks import CHARS_PER_TOKEN, Ask
from app.simulator.caching import Priced
from app.simulator.draws import token, unit
from app.simulator.image_tokens import tokens_of_image

# US dollars per token. Any prices would do: only the sums of costs matter.
PROMPT_PRICE = 0.000_002
CACHED_PRICE = 0.000_000_2
COMPLETION_PRICE = 0.000_008

_CREATED = 1_767_225_600  # fixed, because an answer depends only on its call

ERROR_TYPES = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    404: "not_found",
    408: "timeout",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
    500: "server",
    502: "provider_unavailable",
    503: "provider_overloaded",
    504: "timeout",
    524: "timeout",
    529: "provider_overloaded",
}
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504, 524, 529})


@dataclass(frozen=True, slots=True)
class CallKey:
    """One HTTP request of one call: the `nth` from 1."""

    seed: int
    session_id: str
    model: str
    try_index: int
    stage: str
    nth: int

    @property
    def parts(self) -> tuple[str | int, ...]:
        return (self.seed, self.session_id, self.model, self.try_index, self.stage, self.nth)


def generation_id(key: CallKey) -> str:
    return f"gen-simulated-{token(20, 'generation', *key.parts)}"


def usage(ask: Ask, key: CallKey, content: str | None, priced: Priced | None = None) -> dict[str, Any]:
    """Tokens and cost of one completion, with the prompt as a provider's cache `priced` it. Without that, tries after
    the first find four fifths of the prompt cached: the cost of a call depends on nothing but the call.
    """
    if priced is None:
        prompt = ask.prompt_chars // CHARS_PER_TOKEN + sum(tokens_of_image(ask.model, url) for url in ask.image_urls)
        cached = prompt * 4 // 5 // 128 * 128 if key.try_index > 1 or key.nth > 1 else 0
        priced = Priced(prompt, cached, 0, 1 - cached / max(1, prompt) * (1 - CACHED_PRICE / PROMPT_PRICE))
    prompt = priced.tokens
    reasoning = 100 + int(700 * unit("reasoning", *key.parts)) if ask.reasoning else 0
    completion = len(content or "") // CHARS_PER_TOKEN + reasoning
    cost = prompt * priced.share * PROMPT_PRICE + completion * COMPLETION_PRICE
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "cost": round(cost, 8),
        "cost_details": {"upstream_inference_cost": None},
        "prompt_tokens_details": {"cached_tokens": priced.read, "cache_write_tokens": priced.written},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def completion(key: CallKey, written: Written, spent: dict[str, Any]) -> dict[str, Any]:
    """The body of a chat completion."""
    return {
        "id": generation_id(key),
        "provider": "Simulated",
        "model": key.model,
        "object": "chat.completion",
        "created": _CREATED,
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": written.finish_reason,
                "native_finish_reason": written.finish_reason,
                "message": {"role": "assistant", "content": written.content, "refusal": None, "reasoning": None},
            }
        ],
        "usage": spent,
    }


def error(
    status: int,
    message: str,
    *,
    error_type: str | None = None,
    retry_after: float | None = None,
    code: int | str | None = None,
) -> dict[str, Any]:
    """OpenRouter's error object, without the body around it. `retry_after` in seconds goes into `availability`."""
    metadata: dict[str, Any] = {"error_type": error_type or ERROR_TYPES[status]}
    if status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED}:
        # Those two are the account's here: a refusal that names a provider would be the provider's own.
        metadata["provider_name"] = "Simulated"
    if retry_after is not None:
        metadata["availability"] = {"retryable": status in RETRYABLE, "retry_after": retry_after}
    return {"code": status if code is None else code, "message": f"SIMULATED: {message}", "metadata": metadata}


def error_body(found: dict[str, Any]) -> bytes:
    return dumps({"error": found, "user_id": "user_simulated"}).encode()


HTML_PAGE = (
    b"<!DOCTYPE html><html><head><title>SIMULATED | 502: Bad gateway</title></head>"
    b"<body><h1>Bad gateway</h1><p>SIMULATED: the host does not answer.</p></body></html>"
)

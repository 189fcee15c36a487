"""The parts of a request's body that all requests share."""

from collections.abc import Mapping, Sequence
from math import ceil

from app.marks.model import Json
from app.openrouter.catalogue import ModelCapabilities

LONGEST_SESSION_ID = 256
# Room for thinking in tokens, and the share of max_tokens that OpenRouter makes of an effort for budget models.
_THINKING_BY_DEFAULT = 8_000
_LIMIT_BY_DEFAULT = 65_536
_EFFORTS = {
    "none": (0, 0.0),
    "minimal": (2_000, 0.1),
    "low": (4_000, 0.2),
    "medium": (8_000, 0.5),
    "high": (16_000, 0.8),
    "xhigh": (32_000, 0.95),
    "max": (32_000, 0.95),
}


def chat_body(
    *,
    model: str,
    messages: Sequence[Mapping[str, Json]],
    max_tokens: int,
    response_format: Mapping[str, Json] | None,
    data_collection: str,
    session_key: str,
    reasoning: Mapping[str, Json] | None = None,
    provider: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """One request, its keys always in the same order."""
    optional = {"response_format": response_format, "reasoning": reasoning}
    return {
        "model": model,
        "messages": list(messages),
        "max_tokens": max_tokens,
        # Some gateways in front of OpenRouter stream unless the request forbids it.
        "stream": False,
        **{name: value for name, value in optional.items() if value is not None},
        "provider": {"allow_fallbacks": False, "data_collection": data_collection} | dict(provider or {}),
        "plugins": [{"id": "context-compression", "enabled": False}],
        "session_id": session_key[:LONGEST_SESSION_ID],
    }


def has_no_reasoning(capabilities: ModelCapabilities) -> bool:
    listed = capabilities.supported_parameters
    return listed is not None and listed.isdisjoint({"reasoning", "include_reasoning"})


def max_tokens_for(answer: int, reasoning: Mapping[str, Json] | None, capabilities: ModelCapabilities) -> int:
    """Room for an answer of `answer` tokens after the thinking, within the model's limit.

    If the list does not give the limit, half of the context counts as the limit, 65,536 tokens at most: OpenRouter
    refuses a request beyond the limit, and checks the account's credit against the requested tokens.
    """
    wanted = _with_thinking(answer, reasoning, capabilities)
    context = capabilities.context_length
    unsaid = min(_LIMIT_BY_DEFAULT, context // 2) if context else _LIMIT_BY_DEFAULT
    return min(wanted, capabilities.max_completion_tokens or unsaid)


def _with_thinking(answer: int, reasoning: Mapping[str, Json] | None, capabilities: ModelCapabilities) -> int:
    """Thinking counts as output, and many models think although the request does not ask for it."""
    settings = reasoning or {}
    budget, effort = settings.get("max_tokens"), settings.get("effort")
    if has_no_reasoning(capabilities) or settings.get("enabled") is False:
        return answer
    if isinstance(budget, int) and budget > 0:
        return budget + answer
    if isinstance(effort, str) and effort in _EFFORTS:
        thinking, share = _EFFORTS[effort]
        return max(answer + thinking, ceil(answer / (1 - share)))
    return answer + _THINKING_BY_DEFAULT

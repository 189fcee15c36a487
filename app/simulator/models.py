"""The list of models, in OpenRouter's form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.simulator.caching import rule_of
from app.simulator.envelopes import COMPLETION_PRICE, PROMPT_PRICE
from app.simulator.items import READERS, SOLVERS
from app.simulator.truth import BLIND, CHARACTERS
from app.simulator.writers import WRITERS

_BASIC = ("max_tokens", "temperature", "top_p", "stop", "seed")
_CONTEXT_LENGTH = 200_000


@dataclass(frozen=True, slots=True)
class Abilities:
    """The abilities of a model beside text. `max_completion_tokens` is None if the list does not say."""

    images: bool = True
    response_format: bool = True
    structured_outputs: bool = True
    reasoning: bool = True
    max_completion_tokens: int | None = 32_000


# One model for each ability that clients look for in the list.
_SPECIAL: Mapping[str, Abilities] = {
    BLIND: Abilities(images=False),
    "simulated/coarse": Abilities(structured_outputs=False),
    "simulated/sloppy": Abilities(structured_outputs=False, response_format=False),
    "simulated/erratic": Abilities(reasoning=False),
    "simulated/harsh": Abilities(max_completion_tokens=4096),
    "simulated/lenient": Abilities(max_completion_tokens=None),
}


def abilities(model: str) -> Abilities:
    return _SPECIAL.get(model, Abilities())


def models_list(more: Iterable[str] = ()) -> dict[str, Any]:
    """The body of GET /models: every model with its own character, and `more`."""
    return {"data": [_entry(name) for name in dict.fromkeys((*CHARACTERS, *WRITERS, *SOLVERS, *READERS, *more))]}


def _entry(name: str) -> dict[str, Any]:
    can = abilities(name)
    return {
        "id": name,
        "canonical_slug": name,
        "name": f"SIMULATED: {name.rsplit('/', 1)[-1]}",
        "created": 1_767_225_600,
        "description": "SIMULATED. Marks come from a hash, not from the script.",
        "context_length": _CONTEXT_LENGTH,
        "architecture": {
            "modality": "text+image->text" if can.images else "text->text",
            "input_modalities": ["text", "image"] if can.images else ["text"],
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": _pricing(name),
        "top_provider": {
            "context_length": _CONTEXT_LENGTH,
            "max_completion_tokens": can.max_completion_tokens,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": _parameters(can),
        "default_parameters": {},
        "reasoning": _reasoning() if can.reasoning else None,
    }


def _pricing(name: str) -> dict[str, str]:
    prices = {"prompt": f"{PROMPT_PRICE:f}", "completion": f"{COMPLETION_PRICE:f}", "request": "0", "image": "0"}
    rule = rule_of(name)
    if rule is not None:
        prices["input_cache_read"] = f"{PROMPT_PRICE * rule.read:.9f}"
        if rule.write > 1:
            prices["input_cache_write"] = f"{PROMPT_PRICE * rule.write:.9f}"
    return prices


def _parameters(can: Abilities) -> list[str]:
    optional = {
        "response_format": can.response_format,
        "structured_outputs": can.structured_outputs,
        "reasoning": can.reasoning,
        "include_reasoning": can.reasoning,
    }
    return [*_BASIC, *(name for name, has in optional.items() if has)]


def _reasoning() -> dict[str, Any]:
    return {
        "mandatory": False,
        "default_enabled": False,
        "default_effort": "medium",
        "supported_efforts": ["high", "medium", "low", "minimal"],
        "supports_max_tokens": True,
    }

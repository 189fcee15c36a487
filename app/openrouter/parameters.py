"""Parameters that a model refuses although the list of models promises them: each further request asks for less."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.marks.model import Json

Body = Mapping[str, Json]

# The words of refusals for each parameter. `provider`, `messages` and `model` are not here: without them the request
# would be another one, or go to places where a script must not go.
_NAMES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "response_format": r"response[_ ]?format|json_schema|json_object|json[ -]?mode|structured[_ ]?output"
        r"|output_config|output_format|response_?schema|response_?mime|support the requested parameters",
        "reasoning": r"reasoning|thinking|\beffort\b|budget_tokens",
        "temperature": r"temperature",
        "seed": r"\bseed\b",
        "top_p": r"\btop_p\b",
        "plugins": r"\bplugins?\b",
        "session_id": r"\bsession_id\b",
        "stream": r"['\"`]stream['\"`]",
    }.items()
}
_REFUSES = re.compile(
    r"unsupported|not support|n't support|unavailable|not available|invalid|unknown|unrecogni[sz]ed|unexpected|illegal"
    r"|not permitted|not allowed|extra (input|field|param)|does ?n[o']t|do(es)? not|cannot|can only|only (the )?default"
    r"|deprecated|not compatible|incompatible|no endpoints|must (be|not)|not enabled|not implemented|refus|reject",
    re.IGNORECASE,
)
# The user asked for the opposite of what the model requires: the failure says so, and nothing is overruled.
_INSISTS = re.compile(r"mandatory|(is|are) required|cannot be (disabled|turned off)|must be enabled", re.IGNORECASE)
_OUTPUT = re.compile(r"max_?(completion_|output_)?tokens|(completion|output) tokens", re.IGNORECASE)
_LIMIT = re.compile(
    r"(?:at most|maximum(?: value)?(?: is| of|:)?|up to|limit(?: is| of|:)?|less than or equal to|<=|not exceed"
    r"|range of[^\d]{0,12}\d+ ?(?:,|to|-))\D{0,30}(\d[\d,]{2,9})",
    re.IGNORECASE,
)
_LESS_THAN = re.compile(r"(\d[\d,]{2,9})[^\d]{0,40}(?:maximum|limit|allowed)|> ?(\d[\d,]{2,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """How the request changes for a model. `dropped` parameters are left out; `most_tokens` caps `max_tokens`."""

    as_json_object: bool = False
    dropped: frozenset[str] = frozenset()
    most_tokens: int | None = None

    def apply(self, body: Body) -> dict[str, Json]:
        """The body as this model takes it; `body` is not changed."""
        kept = {name: value for name, value in body.items() if name not in self.dropped}
        if self.as_json_object and _is_schema(kept):
            kept["response_format"] = {"type": "json_object"}
        limit = kept.get("max_tokens")
        if self.most_tokens is not None and isinstance(limit, int):
            kept["max_tokens"] = min(limit, self.most_tokens)
        return kept

    def notes(self, model: str, body: Body) -> list[str]:
        """The differences from `body`, as sentences for the run's notes."""
        notes = [f"{model} does not take {name}: it is left out." for name in sorted(self.dropped & body.keys())]
        if self.as_json_object and _is_schema(body) and "response_format" not in self.dropped:
            notes.append(f"{model} does not take a JSON schema: it is asked for JSON without one.")
        if self.most_tokens is not None and body.get("max_tokens", 0) > self.most_tokens:
            notes.append(f"{model} writes at most {self.most_tokens} tokens: max_tokens is lowered to that.")
        return notes


NOTHING = Adaptation()


def next_step(refusal: str, body: Body, now: Adaptation) -> Adaptation | None:
    """The next way to ask after a refusal with the text `refusal`; None if it names no parameter of `body`, the body
    that was sent. Each step leaves out or lowers a parameter, so that the steps come to an end.
    """
    if (limit := _limit_in(refusal, body)) is not None:
        return _with(now, most_tokens=limit)
    if not _REFUSES.search(refusal):
        return None
    named = [name for name, pattern in _NAMES.items() if name in body and pattern.search(refusal)]
    if "reasoning" in named and (_INSISTS.search(refusal) or len(named) > 1):
        # A schema or a temperature may be refused "with reasoning": what is ours gives way to what the user asked for.
        named.remove("reasoning")
    if not named:
        return None
    if named[0] == "response_format" and _is_schema(body):
        return _with(now, as_json_object=True)
    return _with(now, dropped=now.dropped | {named[0]})


def _limit_in(refusal: str, body: Body) -> int | None:
    limit = body.get("max_tokens")
    if not isinstance(limit, int) or not _OUTPUT.search(refusal):
        return None
    numbers = [
        text for match in (*_LIMIT.finditer(refusal), *_LESS_THAN.finditer(refusal)) for text in match.groups() if text
    ]
    limits = [number for text in numbers if (number := int(text.replace(",", ""))) < limit]
    return max(limits, default=None)


def _is_schema(body: Body) -> bool:
    form = body.get("response_format")
    return isinstance(form, dict) and form.get("type") == "json_schema"


def _with(
    now: Adaptation,
    *,
    as_json_object: bool | None = None,
    dropped: frozenset[str] | None = None,
    most_tokens: int | None = None,
) -> Adaptation:
    return Adaptation(
        now.as_json_object if as_json_object is None else as_json_object,
        now.dropped if dropped is None else dropped,
        now.most_tokens if most_tokens is None else most_tokens,
    )


@dataclass
class Adaptations:
    """The parameters that each model refused, for the life of this process."""

    _by_model: dict[str, Adaptation] = field(default_factory=dict)

    def of(self, model: str) -> Adaptation:
        return self._by_model.get(model, NOTHING)

    def learn(self, model: str, refusal: str, sent: Body) -> bool:
        """Whether there is another way to ask after the refusal of the body `sent` with the text `refusal`."""
        now = self.of(model)
        if now.apply(sent) != dict(sent):
            # Another call has learned a refusal meanwhile: try the result of that first.
            return True
        step = next_step(refusal, sent, now)
        if step is None or step.apply(sent) == dict(sent):
            return False
        self._by_model[model] = step
        return True

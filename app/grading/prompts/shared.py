"""Which beginning of a request other calls share, so that a provider reads it from its cache. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.grading.prompts.messages import CRITERIA_FENCE
from app.marks.model import Json
from app.openrouter.caching import CacheRule, beginning
from app.openrouter.estimate import tokens_of
from app.openrouter.image_tokens import PAGE, image_tokens

_Message = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class SharedParts:
    """How many parts at the start of the user message are the same for the other scripts of an exam, and for the other
    tries of this script; 0 where a call shares none.
    """

    by_scripts: int = 0
    by_tries: int = 0

    def ends(self) -> list[int]:
        return sorted({n for n in (self.by_scripts, self.by_tries) if n})

    def marked(self, rule: CacheRule) -> list[int]:
        """The parts that the request marks for the provider."""
        return [end - 1 for end in self.ends()] if rule.is_marked else []

    def beginnings(self, body: Mapping[str, Json]) -> tuple[str, ...]:
        """The names of the shared beginnings, the shortest first."""
        return tuple(beginning(body, end) for end in self.ends())


def shared_parts(
    messages: Sequence[_Message], student_urls: Collection[str], *, in_exam: bool, n_tries: int
) -> SharedParts:
    """What a call shares with the other scripts of its exam, if there is one, and with its other tries. Criteria are
    read anew by every try.
    """
    head, parts = messages[:-1], messages[-1]["content"]
    if any(CRITERIA_FENCE in message["content"] for message in head):
        return SharedParts()
    own = next((n for n, part in enumerate(parts) if CRITERIA_FENCE in part.get("text", "")), len(parts))
    images = [n for n, part in enumerate(parts[:own]) if part["type"] == "image_url"]
    students = [n for n in images if parts[n]["image_url"]["url"] in student_urls]
    by_scripts = min([own, *students]) if in_exam else 0
    by_tries = images[-1] + 1 if images and n_tries > 1 else 0
    return SharedParts(by_scripts, by_tries)


def worth_keeping(shared: SharedParts, messages: Sequence[_Message], model: str, rule: CacheRule) -> SharedParts:
    """`shared` without what is too short for the provider's cache."""
    by_scripts, by_tries = (
        n if _tokens(messages, n, model) >= rule.least_tokens else 0 for n in (shared.by_scripts, shared.by_tries)
    )
    return SharedParts(by_scripts, by_tries)


def _tokens(messages: Sequence[_Message], n_parts: int, model: str) -> int:
    parts = messages[-1]["content"][:n_parts]
    texts = [message["content"] for message in messages[:-1]]
    texts += [part["text"] for part in parts if part["type"] == "text"]
    n_images = sum(part["type"] == "image_url" for part in parts)
    n_tokens = sum(map(tokens_of, texts)) + n_images * image_tokens(model, *PAGE).likely
    return int(n_tokens)

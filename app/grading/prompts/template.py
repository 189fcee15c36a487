"""The texts of a prompt."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of one prompt. `schema` is what `[Response schema]` stands for; None means the built-in contract."""

    system: str
    user: str
    schema: str | None = None

"""The types of settings: what the text of a variable must be, and what it becomes."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from app.addresses import check_conninfo, why_refused


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    if (why := why_refused(value)) is not None:
        raise ValueError(why)
    return value.rstrip("/")


def _not_empty(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    # A list of commas alone holds no key and would leave the server open.
    if not values:
        raise ValueError("names no key")
    return values


# As OpenRouter spells them: provider/model, openrouter/provider/model, with :free, with @preset/slug, with ~ before.
MODEL_NAME = r"[^\s/]+(?:/[^\s/]+)+"


def _conninfo(value: object) -> object:
    # The server would retry anything else for ever.
    if isinstance(value, str):
        check_conninfo(value)
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
CommaList = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
ModelList = Annotated[
    tuple[Annotated[str, Field(pattern=f"^{MODEL_NAME}$")], ...], BeforeValidator(_split_commas), Field(min_length=1)
]
SecretCommaList = Annotated[tuple[SecretStr, ...], BeforeValidator(_split_commas), AfterValidator(_not_empty)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]
ConnInfo = Annotated[SecretStr, BeforeValidator(_conninfo)]

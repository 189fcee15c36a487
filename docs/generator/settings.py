"""`.env.example` and docs/configuration.md, both from app/settings.py."""

import textwrap
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.settings import GROUPS

WIDTH = 120
INTRODUCTION = """\
# Configuration

Secondmark reads its settings once, at the start: from the environment, and from the file `.env` in the current folder.
The environment wins. An empty value counts as not set. An invalid value stops the start with one line that names the
variable. `.env.example` holds the same list, ready to copy.

This page and `.env.example` are made from `app/settings.py` by `make docs`.
"""


def example_file() -> str:
    """The text of `.env.example`: every variable with its default, below its description."""
    parts = ["# Copy to .env. Every variable may stay unset. An empty value counts as unset.\n"]
    for group in GROUPS:
        parts.append("# " + f"--- {group.__doc__} ".ljust(WIDTH - 2, "-"))
        parts.extend(_example(name, field) for name, field in own_fields(group))
        parts[-1] += "\n"
    return "\n".join(parts).rstrip("\n") + "\n"


def _example(name: str, field: FieldInfo) -> str:
    lines = textwrap.wrap(field.description or "", WIDTH - 2)
    return "\n".join([*(f"# {line}" for line in lines), f"{name.upper()}={written(field.default)}"])


def page() -> str:
    """The text of docs/configuration.md: one table per group."""
    return "\n".join([INTRODUCTION, *(_table(group) for group in GROUPS)])


def _table(group: type[BaseModel]) -> str:
    rows = [
        f"| `{name.upper()}` | {_code(written(field.default))} | {field.description} |"
        for name, field in own_fields(group)
    ]
    return "\n".join([f"## {group.__doc__}\n", "| variable | default | meaning |", "| --- | --- | --- |", *rows, ""])


def own_fields(group: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return list(group.model_fields.items())


def written(default: Any) -> str:
    """A default as a line of `.env` spells it."""
    if default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""

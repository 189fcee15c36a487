"""Every generated file, by its path in the repository, with the function that gives its text."""

from collections.abc import Callable
from pathlib import Path

from docs.generator import api, decisions, reasons, settings, walks

ROOT = Path(__file__).parents[2]

FILES: dict[str, Callable[[], str]] = {
    ".env.example": settings.example_file,
    "openapi.json": api.openapi_file,
    "docs/api.md": api.page,
    "docs/architecture.md": walks.page,
    "docs/configuration.md": settings.page,
    "docs/decisions/README.md": decisions.index,
    "docs/reasons.md": reasons.page,
}

"""Sentences that several commands print. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from app.settings import Settings

SIMULATED = "simulated/"
OPENROUTER = "openrouter.ai"


def start_line(settings: "Settings", address: str | None) -> str:
    """Where the data are, whether there is a key, which other host stands for OpenRouter, and where the pages are
    (None: there are none for long).
    """
    key = "is set" if settings.openrouter_api_key is not None else "is not set"
    pages = "" if address is None else f", pages at {address}"
    # A name and a password in the address stay out.
    host = urlsplit(settings.openrouter_base_url).netloc.rpartition("@")[2]
    models = "" if host == OPENROUTER else f", models at {host}"
    return f"DATA_DIR {settings.data_dir.resolve()}, OPENROUTER_API_KEY {key}{models}{pages}"


def cost_name(models: Iterable[str]) -> str:
    """What the cost of these models is called: that of simulated ones is none."""
    names = list(models)
    return "Simulated cost" if names and all(name.startswith(SIMULATED) for name in names) else "Cost"


def cost_unit(models: Iterable[str], *, simulated: bool = False) -> str:
    """The head of a column of costs. `simulated`: they are, whatever the names say."""
    return "simulated $" if simulated or cost_name(models) != cost_name(()) else "$"

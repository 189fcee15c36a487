"""How often the gates stop a good stem or option, and how often they miss a bad one, by language."""

from pathlib import Path

from app.generation.wordings.registry import WORDINGS
from tests.bench.report import Figure
from tests.support.gate_items import items_of, stopped_by


def gates(folder: Path) -> list[Figure]:
    """Hand-made items, some two hundred for each language; half of them ought to be stopped."""
    del folder
    return [figure for language in WORDINGS for figure in _language(language)]


def _language(language: str) -> list[Figure]:
    items = items_of(language)
    good = [item for item in items if item.gate is None]
    bad = [item for item in items if item.gate is not None]
    n_false = sum(bool(stopped_by(item, language)) for item in good)
    n_missed = sum(item.gate not in stopped_by(item, language) for item in bad)
    return [
        Figure(f"{language}: items", len(items), at_least=200),
        Figure(f"{language}: false rejections", n_false / len(good), at_most=0.02),
        Figure(f"{language}: missed", n_missed / len(bad), at_most=0.10),
    ]

"""How often the gates stop a good stem or option, and how often they miss a bad one, by language."""

from collections.abc import Sequence
from pathlib import Path

from app.generation.wordings.registry import WORDINGS
from tests.bench.report import Figure
from tests.support.gate_items import BUILT_WITH, HELD_OUT, GateItem, errors_in, items_of


def gates(folder: Path) -> list[Figure]:
    """Hand-made items, more than two hundred for each language; half of them ought to be stopped. The tables were built
    with the seen ones before the eyes, so only the unseen ones show how the gates treat the questions of another
    writer.
    """
    del folder
    figures = [figure for language in WORDINGS for figure in _language(language)]
    return [*figures, *_together("seen", BUILT_WITH), *_together("unseen", HELD_OUT)]


def _language(language: str) -> list[Figure]:
    n_items = Figure(f"{language}: items", len(items_of(language)), at_least=200)
    seen = _rates(f"{language}, seen", {language: items_of(language, BUILT_WITH)})
    # A dozen items of one language are too few for a limit: the limits stand at all languages together.
    unseen = _rates(f"{language}, unseen", {language: items_of(language, HELD_OUT)}, limited=False)
    return [n_items, *seen, *unseen]


def _together(name: str, samples: Sequence[str]) -> list[Figure]:
    return _rates(f"all languages, {name}", {language: items_of(language, samples) for language in WORDINGS})


def _rates(name: str, items: dict[str, list[GateItem]], *, limited: bool = True) -> list[Figure]:
    errors = [errors_in(of_one, language) for language, of_one in items.items()]
    n_good = sum(item.gate is None for of_one in items.values() for item in of_one)
    n_bad = sum(map(len, items.values())) - n_good
    n_false, n_missed = (sum(len(found[which]) for found in errors) for which in (0, 1))
    return [
        Figure(f"{name}: stopped of {n_good} good", n_false / n_good, at_most=0.02 if limited else None),
        Figure(f"{name}: missed of {n_bad} bad", n_missed / n_bad, at_most=0.10 if limited else None),
    ]

"""What a test covers: its questions by kind, Bloom level, topic, page and measured difficulty. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.generation.model import Difficulty
from app.papers.item_statistics import MeasuredTest

# Shares of the solvers that found the key without the quote.
_EASY_FROM, _HARD_TO = 2 / 3, 1 / 3


def with_taxonomy(test: MeasuredTest) -> dict[str, Any]:
    """The test with its `taxonomy`. Each question gets `measured_difficulty`, None if nobody solved it unseen."""
    questions = test["questions"]
    measured = [measured_difficulty(one["checks"]) for one in questions]
    return {
        **test,
        "questions": [{**one, "measured_difficulty": found} for one, found in zip(questions, measured, strict=True)],
        "taxonomy": {
            "kinds": _counted(one["kind"] for one in questions),
            "blooms": _counted(one["bloom"] for one in questions),
            "topics": _counted(one["topic"] or None for one in questions),
            "pages": _counted(None if one["page"] is None else str(one["page"]) for one in questions),
            "measured_difficulty": _counted(found["level"] if found else None for found in measured),
        },
    }


def measured_difficulty(checks: Mapping[str, Any]) -> dict[str, Any] | None:
    """How many solvers answered without the quote, how many of them chose the key, and the level that follows."""
    blind = checks.get("blind") or {}
    right, n = blind.get("right_without", 0), blind.get("without", 0)
    if not n:
        return None
    return {"right": right, "solvers": n, "share": round(right / n, 4), "level": level_of(right, n).value}


def level_of(right: int, solvers: int) -> Difficulty:
    share = right / solvers
    return Difficulty.EASY if share >= _EASY_FROM else Difficulty.HARD if share <= _HARD_TO else Difficulty.MEDIUM


def _counted(names: Iterable[str | None]) -> dict[str, int]:
    """The count of each name, in the order in which they first occur, without None."""
    return dict(Counter(name for name in names if name is not None))

"""Whether an answer goes to a person in a browser or to a program."""

from collections.abc import Mapping
from typing import Any


def wants_page(scope: Mapping[str, Any]) -> bool:
    """Whether the request prefers HTML to JSON, as a browser does that opens an address. curl and `fetch` take
    everything alike, so they get JSON.
    """
    given = b",".join(value for name, value in scope.get("headers", ()) if name == b"accept").decode("latin-1").lower()
    weights = dict(_weighted(part) for part in given.split(","))
    everything = weights.get("*/*", 0.0)
    page = weights.get("text/html", weights.get("text/*", everything))
    return page > weights.get("application/json", weights.get("application/*", everything))


def _weighted(part: str) -> tuple[str, float]:
    """A media type of `Accept` and its weight: 1 without one, 0 where it is no number (RFC 9110 12.4.2)."""
    kind, *parameters = (word.strip() for word in part.split(";"))
    weight = next((word.removeprefix("q=") for word in parameters if word.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0

"""What it costs to ask for the page and the quote beside each mark: one script, graded with each choice."""

from pathlib import Path

from tests.bench.installation import Installation, installation
from tests.bench.report import Figure

CHOICES = {
    "neither": ("false", "false"),
    "page": ("true", "false"),
    "quote": ("false", "true"),
    "both": ("true", "true"),
}
SECONDS = 60


def beside_marks(folder: Path) -> list[Figure]:
    """The sample script of six questions and three pages. The simulator's quotes have six words."""
    figures: list[Figure] = []
    base = 0.0
    for name, (page, quote) in CHOICES.items():
        own = folder / name
        own.mkdir()
        switches = {"GRADING_ASK_PAGE": page, "GRADING_ASK_QUOTE": quote}
        with installation(own, "--latency", "0", concurrency=1, settings=switches) as there:
            call = _call(there)
        cost = float(call["cost_usd"])
        base = base or cost
        figures += [
            Figure(f"{name}: tokens in", call["prompt_tokens"]),
            Figure(f"{name}: tokens out", call["completion_tokens"]),
            Figure(f"{name}: cost", cost * 1000, "USD for 1000 scripts"),
            Figure(f"{name}: more than without", 100 * (cost / base - 1), "%"),
        ]
    return figures


def _call(there: Installation) -> dict[str, float]:
    session_id = there.prepare()
    there.start(session_id, 1)
    there.wait(session_id, SECONDS)
    (call,) = there.ask("GET", f"/sessions/{session_id}/calls")["calls"]
    return dict(call)

"""What it takes to ask for each question or page by itself: requests, tokens, price. SIMULATED."""

import json
from pathlib import Path

from app import samples
from app.simulator.envelopes import COMPLETION_PRICE
from tests.bench.installation import Installation, installation
from tests.bench.money import KEY_PAGES, STUDENT_PAGES, billed, exam_of
from tests.bench.report import Figure

# With a cache that must be marked, and with one that works by itself.
MODELS = ("anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash")
SPLITS = ("none", "question", "page")
SCRIPTS, TRIES, SLOTS, SECONDS = 10, 1, 16, 120.0


def split(folder: Path) -> list[Figure]:
    """Ten scripts of an exam, whole and split by questions and by pages."""
    config = folder / "simulator.json"
    config.write_text(json.dumps({"models": {name: {} for name in MODELS}}))
    options = ("--config", str(config), "--latency", "0.5")
    n = f"{SCRIPTS} scripts of {STUDENT_PAGES} + {KEY_PAGES} pages, {len(samples.questions())} questions"
    with installation(folder, *options, concurrency=SLOTS) as there:
        found = [Figure(n, SCRIPTS, "scripts")]
        for model in MODELS:
            found += [figure for how in SPLITS for figure in _of_split(there, model, how)]
        return found


def _of_split(there: Installation, model: str, how: str) -> list[Figure]:
    exam_id, sessions = exam_of(there, SCRIPTS)
    there.ask("POST", f"/exams/{exam_id}/grade", {"models": [{"name": model, "tries": TRIES, "split": how}]})
    states = [there.wait(session_id, SECONDS) for session_id in sessions]
    spent = billed(there, sessions)
    prompts = sum(usage["prompt_tokens"] for usage in spent) / SCRIPTS
    answers = sum(usage["completion_tokens"] for usage in spent) / SCRIPTS
    paid = sum(usage["cost"] - usage["completion_tokens"] * COMPLETION_PRICE for usage in spent) / SCRIPTS
    marked = sum(one["attempts"]["succeeded"] for one in states)
    return [
        Figure(f"{model}, {how}: scripts marked", marked, at_least=SCRIPTS),
        Figure(f"{model}, {how}: marks missing", sum(one["n_unmarked"] for one in states), at_most=0),
        Figure(f"{model}, {how}: requests a script", len(spent) / SCRIPTS),
        Figure(f"{model}, {how}: input tokens a script", prompts),
        Figure(f"{model}, {how}: output tokens a script", answers),
        Figure(f"{model}, {how}: paid for the input of a script", 1000 * paid, "$/1000"),
    ]

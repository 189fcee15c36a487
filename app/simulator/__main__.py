"""`python -m app.simulator`: the simulator as a separate process, for benchmarks and first trials."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.simulator.config import RetryAfter, SimulatorConfig
from app.simulator.faults import PRESETS
from app.simulator.server import NotLoopbackError, serve_forever

PROG = "python -m app.simulator"


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Serve until a signal stops it. Without a usable port or configuration: one line on stderr, exit code 2."""
    options = _parser(prog).parse_args(arguments)
    try:
        serve_forever(read_config(options), options.host, options.port)
    except (OSError, ValidationError, json.JSONDecodeError, NotLoopbackError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal
        return 2
    return 0


def _parser(prog: str = PROG) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A SIMULATED OpenRouter on loopback: no model is asked and nothing is paid.",
        epilog=f"Examples:\n  {prog} --port 9999\n  {prog} --latency 2 --faults mixed",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes any free port")
    parser.add_argument("--config", type=Path, help="JSON file with the fields of SimulatorConfig; options win over it")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--latency", type=float, dest="latency_seconds", metavar="SECONDS")
    parser.add_argument("--spread", type=float, dest="latency_spread", metavar="SHARE", help="0.2: latency ± 20 %%")
    parser.add_argument("--rate", type=float, dest="requests_per_second", help="requests a second for each model")
    parser.add_argument("--burst", type=float, help="how many at once; a second's worth by default")
    parser.add_argument("--retry-after", type=float, dest="retry_after_seconds", metavar="SECONDS")
    parser.add_argument("--retry-after-form", choices=[form.value for form in RetryAfter], dest="retry_after")
    parser.add_argument("--drip", type=float, dest="drip_seconds", metavar="SECONDS")
    parser.add_argument("--faults", choices=sorted(PRESETS), help="mixed: 39 %% of answers faulty, all kinds alike")
    parser.add_argument("--same-faults", action="store_true", help="draw the same faults for every session")
    parser.add_argument("--human-marks", type=Path, help="JSON file {question_id: mark}")
    parser.add_argument("--sheet", type=Path, help="JSON file {question_id: letter, null or unclear} of answer sheets")
    parser.add_argument("--pages", type=Path, help="text of scanned pages, form feeds between them")
    parser.add_argument("--fetch-images", action="store_true", default=None)
    return parser


_FIELDS = (
    "seed",
    "latency_seconds",
    "latency_spread",
    "requests_per_second",
    "burst",
    "retry_after_seconds",
    "retry_after",
    "drip_seconds",
    "fetch_images",
)


def read_config(options: argparse.Namespace) -> SimulatorConfig:
    """The configuration from the file, overridden by the options. Raises OSError, JSONDecodeError, ValidationError."""
    values: dict[str, Any] = json.loads(options.config.read_text("utf-8")) if options.config else {}
    values |= {name: getattr(options, name) for name in _FIELDS if getattr(options, name) is not None}
    if options.faults:
        values["fault_rates"] = PRESETS[options.faults]
    if options.same_faults:
        values["faults_by_session"] = False
    if options.human_marks:
        values["human_marks"] = json.loads(options.human_marks.read_text("utf-8"))
    if options.sheet:
        values["sheet"] = json.loads(options.sheet.read_text("utf-8"))
    if options.pages:
        values["pages"] = options.pages.read_text("utf-8").split("\f")
    return SimulatorConfig.model_validate(values)


if __name__ == "__main__":
    sys.exit(main())

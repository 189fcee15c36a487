"""`python -m tests.chaos`: lets bad days happen and writes docs/reliability.md. Exit code 1 if a promise broke."""

import argparse
import asyncio
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.page import write
from tests.chaos.scenarios import SCENARIOS, Outcome, run
from tests.chaos.verdict import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    outcomes = []
    for name in options.only or SCENARIOS:
        outcomes.append(one(name, options.seed, options.share))
        # Written after each: what a long run has found stays if it is ended.
        write(outcomes)
    return 1 if any(outcome.verdict.faults for outcome in outcomes) else 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), help="this scenario; may be given again")
    parser.add_argument("--share", type=float, default=1.0, help="of the kills and seconds of the full form")
    return parser


def one(name: str, seed: int, share: float) -> Outcome:
    amount = SCENARIOS[name].amount(share)
    say(f"{name} with {amount} {SCENARIOS[name].unit} ...")
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        try:
            outcome = asyncio.run(run(name, Path(folder), seed, amount))
        except Exception as error:  # noqa: BLE001 - the other scenarios still run, and this one is seen to have broken
            traceback.print_exc()
            outcome = Outcome(name, seed, amount, 0.0, Verdict("it ended early", faults=[type(error).__name__]))
    say(f"  {outcome.verdict}")
    return outcome


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command speaks to its terminal


if __name__ == "__main__":
    sys.exit(main())

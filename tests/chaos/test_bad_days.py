"""Every scenario of `make chaos` in its short form, and what the verdict would say of a broken promise."""

import pytest

from tests.chaos.page import kept_lines, write
from tests.chaos.scenarios import SCENARIOS, Outcome, run
from tests.chaos.verdict import Verdict

# Each proves in one server what another test does not: the other scenarios have tests of their own in tests/system.
SHORT = [
    "kill-import",
    "kill-workers",
    "database-full",
    "openrouter-silent",
    "names-gone",
    "clients-vanish",
]
TRUTH = {("1a", "model", number): 2.0 for number in range(1, 6)}


@pytest.mark.parametrize("name", SHORT)
async def test_a_bad_day_breaks_no_promise(name, tmp_path):
    outcome = await run(name, tmp_path, seed=1, amount=SCENARIOS[name].short)

    assert outcome.verdict.faults == []
    assert outcome.verdict.attempts > 0


def test_the_verdict_tells_every_kind_of_broken_promise():
    verdict = Verdict(paid_beyond=3, in_flight=2, left=1)
    rows = [
        (("1a", "model", 1), 2.0, ()),
        (("1a", "model", 2), 3.0, ()),
        (("1a", "model", 3), None, ({"reason": "timeout"},)),
        (("1a", "model", 4), 2.0, ()),
        (("1a", "model", 4), 2.0, ()),
    ]

    verdict.count(rows, TRUTH)

    assert (verdict.attempts, verdict.true, verdict.wrong) == (5, 1, 1)
    assert (verdict.failed, verdict.doubled, verdict.lost) == (1, 1, 1)
    assert len(verdict.close().faults) == 5


def test_a_mark_that_is_missing_without_a_reason_is_lost():
    verdict = Verdict()

    verdict.count([(place, None, ()) for place in TRUTH], TRUTH)

    assert (verdict.failed, verdict.lost) == (0, 5)


def test_a_scenario_that_did_not_run_keeps_its_line(tmp_path):
    page = tmp_path / "reliability.md"
    write([Outcome("kill-grading", 1, 15, 60.0, Verdict("15 kills", 8, 8))], page)
    first = kept_lines(page)["kill-grading"]
    write([Outcome("database-full", 2, 9, 20.0, Verdict("no room", faults=["1 attempts lost"]))], page)

    assert kept_lines(page)["kill-grading"] == first
    assert "BROKEN: 1 attempts lost" in kept_lines(page)["database-full"]

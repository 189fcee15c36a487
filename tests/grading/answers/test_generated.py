"""Generated answers with a known truth: no mark that nobody awarded, and what is readable is read."""

import pytest

from tests.bench.answers.measure import KINDS, READ_SHARE, tallies

ANSWERS = 2_000


@pytest.fixture(scope="module")
def found():
    return tallies(ANSWERS, seed=10)


def test_no_generated_answer_gets_a_mark_that_nobody_awarded(found):
    assert {name: tally.wrong_texts for name, tally in found.items() if tally.wrong} == {}


def test_generated_answers_that_are_readable_are_read(found):
    readable = sum(tally.readable for tally in found.values())
    unread = {name: tally.unread_texts[:1] for name, tally in found.items() if tally.read < tally.readable}
    assert sum(tally.read for tally in found.values()) / readable >= READ_SHARE, unread


def test_answers_are_generated_in_at_least_forty_ways(found):
    assert len(KINDS) >= 40
    assert all(tally.answers >= 20 for tally in found.values())

from app.simulator import stats
from app.simulator.faults import Fault
from app.simulator.stats import Ledger


def call(ledger: Ledger, session: str = "s", *, good: bool = True, try_index: int = 1, now: float = 1.0):
    ledger.enter()
    entry = ledger.begin(session, "m", try_index, "assessment", now)
    entry.good = good
    return entry


def test_a_call_with_a_second_good_answer_is_one_repeat_however_many_follow():
    ledger = Ledger()
    for _ in range(3):
        ledger.answered(200, call(ledger), 2.0)
    ledger.answered(200, call(ledger, try_index=2), 2.0)

    assert (ledger.stats.good_answers, ledger.stats.repeats) == (4, 1)


def test_an_answer_that_reached_nobody_is_no_repeat():
    ledger = Ledger()
    lost = call(ledger)
    ledger.broken_off(lost, 2.0, by_client=True)
    ledger.answered(200, call(ledger), 3.0)

    assert ledger.stats.repeats == 0
    assert ledger.stats.abandoned == 1
    assert (lost.delivered, lost.answered_at, lost.status, lost.ended_at) == (False, None, None, 2.0)


def test_a_bad_answer_and_a_good_one_are_no_repeat():
    ledger = Ledger()
    ledger.answered(200, call(ledger, good=False), 2.0)
    ledger.answered(200, call(ledger), 2.0)

    assert ledger.stats.repeats == 0


def test_in_flight_is_counted_with_its_maximum():
    ledger = Ledger()
    entries = [call(ledger, try_index=n) for n in (1, 2, 3)]
    ledger.answered(200, entries[0], 2.0)
    ledger.broken_off(entries[1], 2.0, by_client=False)

    assert (ledger.stats.in_flight, ledger.stats.in_flight_max) == (1, 3)
    assert ledger.stats.statuses == {"200": 1, "broken": 1}


def test_faults_and_429s_are_counted():
    ledger = Ledger()
    entry = call(ledger, good=False)
    entry.fault = Fault.HTTP_429
    ledger.answered(429, entry, 2.0)

    assert (ledger.stats.rate_limited, ledger.stats.faults) == (1, {"http_429": 1})


def test_a_reset_keeps_only_what_is_open():
    ledger = Ledger()
    ledger.connection_used()
    ledger.answered(200, call(ledger), 2.0)
    running = call(ledger)
    ledger.reset()
    ledger.answered(200, running, 3.0)

    assert (ledger.stats.calls, ledger.stats.connections, ledger.stats.in_flight) == (0, 1, 0)
    assert not ledger.log


def test_log_and_memory_of_calls_are_bounded(monkeypatch):
    monkeypatch.setattr(stats, "CALLS_REMEMBERED", 10)
    ledger = Ledger()
    for n in range(50):
        ledger.answered(200, call(ledger, session=str(n)), 2.0)

    assert len(ledger._calls) == 10
    assert ledger.log.maxlen == 100_000

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulator.faults import HARMLESS, HTTP_STATUS, PRESETS, WITHOUT_COMPLETION, Fault, choose_fault


def test_the_sequence_names_the_first_faults_and_the_rates_the_rest():
    sequence = (Fault.TRUNCATED, None)

    chosen = [choose_fault({Fault.HTTP_500: 1.0}, sequence, nth, 0.0) for nth in (1, 2, 3)]

    assert chosen == [Fault.TRUNCATED, None, Fault.HTTP_500]


def test_each_fault_has_its_share_of_the_draws():
    rates = {Fault.HANG: 0.25, Fault.FENCED: 0.5}

    assert [choose_fault(rates, (), 1, draw) for draw in (0.0, 0.24, 0.25, 0.74, 0.75, 0.99)] == [
        Fault.HANG,
        Fault.HANG,
        Fault.FENCED,
        Fault.FENCED,
        None,
        None,
    ]


@given(st.floats(0, 1, exclude_max=True))
def test_no_rates_mean_no_fault(draw):
    assert choose_fault({}, (), 1, draw) is None
    assert choose_fault(dict.fromkeys(Fault, 0.0), (), 1, draw) is None


def test_the_mixed_preset_is_39_percent_of_everything_that_does_not_stop_the_run():
    mixed = PRESETS["mixed"]

    assert sum(mixed.values()) == pytest.approx(0.39)
    assert set(Fault) - set(mixed) == {Fault.HTTP_401, Fault.HTTP_402}


def test_a_harmless_fault_comes_with_a_completion():
    assert not HARMLESS & WITHOUT_COMPLETION


def test_http_faults_carry_their_status():
    assert HTTP_STATUS[Fault.HTTP_524] == 524

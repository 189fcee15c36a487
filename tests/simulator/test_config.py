import pytest
from pydantic import ValidationError

from app.marks.model import Stage
from app.simulator.config import Behaviour, SimulatorConfig
from app.simulator.faults import Fault


def test_a_models_own_rates_win_over_a_stages_and_those_over_the_general_ones():
    config = SimulatorConfig(
        fault_rates={Fault.HANG: 0.1},
        stage_fault_rates={Stage.RUBRIC: {Fault.HTTP_500: 1}},
        models={
            "x/own": Behaviour(fault_rates={Fault.HTTP_400: 1}),
            "x/rubric": Behaviour(stage_fault_rates={Stage.RUBRIC: {Fault.HTML: 1}}),
        },
    )

    assert config.rates("x/any", Stage.ASSESSMENT) == {Fault.HANG: 0.1}
    assert config.rates("x/any", Stage.RUBRIC) == {Fault.HTTP_500: 1}
    assert config.rates("x/own", Stage.RUBRIC) == {Fault.HTTP_400: 1}
    assert config.rates("x/rubric", Stage.RUBRIC) == {Fault.HTML: 1}
    assert config.rates("x/rubric", Stage.ASSESSMENT) == {Fault.HANG: 0.1}


def test_a_models_own_sequence_latency_and_limit_win():
    own = Behaviour(fault_sequence=(), latency_seconds=0, requests_per_second=5)
    config = SimulatorConfig(
        fault_sequence=(Fault.HANG,), latency_seconds=2, requests_per_second=20, burst=3, models={"x/own": own}
    )

    assert (config.sequence("x/any"), config.latency("x/any"), config.limit("x/any")) == ((Fault.HANG,), 2, (20, 3))
    assert (config.sequence("x/own"), config.latency("x/own"), config.limit("x/own")) == ((), 0, (5, 3))


def test_a_bucket_holds_a_seconds_worth_by_default():
    assert SimulatorConfig(requests_per_second=20).limit("x/y") == (20, 20)
    assert SimulatorConfig(requests_per_second=0.5).limit("x/y") == (0.5, 1)


def test_latencies_spread_around_their_middle_and_repeat_themselves():
    config = SimulatorConfig(latency_seconds=1, latency_spread=0.2)

    latencies = [config.latency("x/y", n) for n in range(200)]

    assert 0.8 <= min(latencies) < 0.85
    assert 1.15 < max(latencies) <= 1.2
    assert latencies == [config.latency("x/y", n) for n in range(200)]


def test_human_marks_move_the_truth():
    known = SimulatorConfig(human_marks={"q": 10})
    other = SimulatorConfig(human_marks={"q": 0})

    assert known.true_mark("simulated/careful", "q", 10, 1) > other.true_mark("simulated/careful", "q", 10, 1)


@pytest.mark.parametrize("model", ["simulated/generous", "simulated/harsh", "simulated/lenient"])
def test_worked_examples_bring_a_models_marks_nearer_to_the_humans(model):
    config = SimulatorConfig(human_marks={f"q{n}": n % 9 for n in range(90)})

    def distance(n_examples):
        marks = (config.true_mark(model, f"q{n}", 10, 1, n_examples=n_examples) - n % 9 for n in range(90))
        return sum(map(abs, marks)) / 90

    assert distance(4) < 0.6 * distance(1) < 0.6 * distance(0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault_rates": {"hang": 0.6, "html": 0.6}},
        {"fault_rates": {"no such fault": 0.1}},
        {"latency_seconds": -1},
        {"latency": 1},
        {"models": {"x/y": {"requests_per_second": 0}}},
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValidationError):
        SimulatorConfig.model_validate(wrong)

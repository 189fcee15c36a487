"""The benchmark itself: that it measures, not how much."""

from tests.bench.makespan import Size, makespan


def test_a_small_run_is_measured_beside_bare_loops(tmp_path):
    figures = {figure.name: figure for figure in makespan(tmp_path, Size(20, 8, latency=0.01))}
    assert figures["graded attempts"].value == 20
    assert 0 < figures["most in flight"].value <= 8
    assert not figures["connections opened"].missed
    costs = [figure.value for name, figure in figures.items() if "CPU per" in name]
    assert len(costs) == 4
    assert min(costs) > 0
    own, bare = figures["server CPU per graded call"].value, figures["bare aiohttp loop: CPU per call"].value
    assert figures["server CPU / bare aiohttp loop's"].value == own / bare

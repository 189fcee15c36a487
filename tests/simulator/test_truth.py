from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from app.simulator.truth import CHARACTERS, _same_for_every_try, character, latent_mark, simulated_mark

names = st.one_of(st.sampled_from(sorted(CHARACTERS)), st.text())
maxima = st.one_of(st.integers(0, 200), st.floats(0, 200, allow_nan=False))
seeds = st.integers(-(2**40), 2**40)
humans = st.one_of(st.none(), st.floats(-10, 300))
calls = st.tuples(names, st.text(), maxima, st.integers(1, 20), seeds, humans)


@given(calls)
def test_every_mark_is_a_half_or_a_whole_within_its_maximum(call):
    mark = simulated_mark(*call)

    assert 0 <= mark <= call[2]
    assert (2 * mark).is_integer()


@given(calls)
def test_a_mark_depends_on_its_arguments_alone(call):
    once = simulated_mark(*call)
    _same_for_every_try.cache_clear()

    assert simulated_mark(*call) == once


def test_a_mark_is_the_same_in_every_version_and_on_every_machine():
    assert [simulated_mark("simulated/erratic", f"q{n}", 10, n, 7) for n in range(1, 9)] == [
        8.0,
        4.0,
        6.0,
        10.0,
        10.0,
        10.0,
        4.0,
        8.5,
    ]


def errors(model: str, tries: int = 5) -> list[float]:
    """Share of the maximum above the human mark, over 60 questions."""
    questions = [(f"q{n}", latent_mark(f"q{n}", 10, 1)) for n in range(60)]
    return [
        (simulated_mark(model, qid, 10, try_index, 1, human) - human) / 10
        for qid, human in questions
        for try_index in range(1, tries + 1)
    ]


def spread_between_tries(model: str) -> float:
    return mean(
        max(marks) - min(marks)
        for marks in ([simulated_mark(model, f"q{n}", 10, t, 1) for t in range(1, 6)] for n in range(60))
    )


def test_the_careful_model_is_near_the_human():
    assert mean(map(abs, errors("simulated/careful"))) < 0.05


def test_the_generous_model_marks_too_high_and_the_harsh_one_too_low():
    assert mean(errors("simulated/generous")) > 0.08
    assert mean(errors("simulated/harsh")) < -0.08


def test_the_lenient_model_gives_away_what_was_lost():
    assert mean(errors("simulated/lenient")) > 0.05


def test_the_erratic_model_disagrees_with_itself():
    assert spread_between_tries("simulated/erratic") > 4 * spread_between_tries("simulated/careful")


def test_the_coarse_model_gives_whole_marks():
    assert all(simulated_mark("simulated/coarse", f"q{n}", 5, 1, 1).is_integer() for n in range(50))


def test_the_sloppy_model_is_sometimes_far_off():
    far = [error for error in errors("simulated/sloppy") if abs(error) > 0.3]

    assert 0.02 < len(far) / 300 < 0.2


def test_unknown_models_differ_in_character():
    assert len({character(f"vendor/model-{n}") for n in range(20)}) == 20


def test_latent_marks_use_the_whole_scale():
    marks = [latent_mark(f"q{n}", 10, 3) for n in range(300)]

    assert 10 < marks.count(0) < 50
    assert 60 < marks.count(10) < 130

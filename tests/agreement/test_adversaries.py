"""Markers that do not look at the answers, or at some of them only: none gets a verdict that it does not deserve."""

import numpy as np
import pytest

from app.agreement.agreement import analyse
from tests.bench.worlds import World, dense_table

MAXIMA = np.array([4, 1, 2, 3, 4, 5, 6, 10, 2, 3], float)
N_SCRIPTS = 200


@pytest.fixture(scope="module")
def exam():
    """Marks of two humans and of a good marker (scripts, questions, tries), and a generator."""
    rng = np.random.default_rng(5)
    table = World(10, noise=0.04, error=0.04, habit=0.02, lean=0.0).draw(N_SCRIPTS, rng)
    human, second = (marker.marks.reshape(N_SCRIPTS, 10) for marker in (table.human, table.human_2))
    return human, second, table.markers[0].marks.reshape(N_SCRIPTS, 10, -1), rng


def judged(exam, marks, *, second=True):
    table = dense_table(MAXIMA, exam[0], marks, exam[1] if second else None)
    return analyse(table, seed=1).markers[0]


def half_random(rng, human):
    """Human marks of somebody: right in distribution, about nobody."""
    return np.stack([rng.permutation(column) for column in human.T], axis=1)


BLIND = {
    "the same share on each question": lambda human, _: np.tile(np.round(0.5 * MAXIMA), (N_SCRIPTS, 1)),
    "full marks for everybody": lambda human, _: np.tile(MAXIMA, (N_SCRIPTS, 1)),
    "the question's mean mark": lambda human, _: np.tile(np.round(human.mean(axis=0)), (N_SCRIPTS, 1)),
    "the question's exact mean": lambda human, _: np.tile(human.mean(axis=0).round(2), (N_SCRIPTS, 1)),
    "the other student's marks": lambda human, _: np.roll(human, 1, axis=0),
    "marks at random like the human's": lambda human, rng: half_random(rng, human),
    "the right total, spread over the questions at random": lambda human, rng: np.stack(
        [_spread(rng, total) for total in human.sum(axis=1)]
    ),
    "the right total in proportion to the maxima": lambda human, _: (
        human.sum(axis=1, keepdims=True) * MAXIMA / MAXIMA.sum()
    ).round(2),
    "upside down": lambda human, _: MAXIMA - human,
}


def _spread(rng, total):
    """`total` in whole marks over questions, none above its maximum."""
    places = rng.permutation(np.repeat(np.arange(10), MAXIMA.astype(int)))[: int(total)]
    return np.bincount(places, minlength=10).astype(float)


@pytest.mark.parametrize("second", [True, False], ids=["two humans", "one human"])
@pytest.mark.parametrize("name", BLIND)
def test_a_marker_that_does_not_look_at_the_answers_fails(exam, name, second):
    found = judged(exam, BLIND[name](exam[0], exam[3]), second=second)
    assert found.trust_card.verdict.value == "fail"
    assert found.trust_card.named("use") == []
    if "right total" not in name:
        assert found.trust_card.named("undecided") == []
    assert found.trust_card.sentence.startswith("Do not use it")


def test_a_good_marker_passes(exam):
    found = judged(exam, exam[2])
    assert (found.trust_card.verdict.value, found.trust_card.sentence) == ("pass", "Use it on the whole exam.")


def test_a_perfect_marker_passes_with_thirty_scripts(exam):
    table = dense_table(MAXIMA, exam[0][:30], exam[0][:30])
    assert analyse(table, seed=1).markers[0].trust_card.verdict.value == "pass"


def test_a_constant_marker_agrees_on_nothing_but_the_scale(exam):
    figures = judged(exam, BLIND["the question's mean mark"](exam[0], None)).overall.figures
    assert (figures["qwk"].value, figures["kappa"].value, figures["pearson"].value) == (0.0, 0.0, None)


def test_one_that_is_perfect_on_easy_questions_only_is_usable_there(exam):
    human, _, _, rng = exam
    hard = np.argsort(human.mean(axis=0) / MAXIMA)[:5]
    marks = human.copy()
    marks[:, hard] = half_random(rng, human)[:, hard]
    card = judged(exam, marks).trust_card
    names = [f"q{i + 1}" for i in range(10)]
    assert card.verdict.value == "partly"
    assert card.named("do not use") == [names[i] for i in sorted(hard)]
    assert card.named("use") == [names[i] for i in range(10) if i not in hard]
    assert "whole exam" not in card.sentence
    assert "Do not use it on" in card.sentence


@pytest.mark.parametrize("rows", ["missing", "never asked"])
def test_one_that_refuses_the_hard_questions_is_usable_on_the_others_only(exam, rows):
    human = exam[0]
    hard = np.argsort(human.mean(axis=0) / MAXIMA)[:5]
    marks = human.copy()
    marks[:, hard] = np.nan
    table = dense_table(MAXIMA, human, marks)
    if rows == "never asked":
        table.markers[0].codes[np.isnan(table.markers[0].marks)] = 0
    card = analyse(table, seed=1).markers[0].trust_card
    assert card.verdict.value == "partly"
    assert card.named("left unmarked") == [f"q{i + 1}" for i in sorted(hard)]
    assert "unmarked" in card.sentence


def test_one_that_refuses_the_hard_half_of_each_question_is_not_for_the_whole_exam(exam):
    human, _, good, _ = exam
    marks = np.where((human < np.median(human, axis=0))[:, :, None], np.nan, good)
    card = judged(exam, marks).trust_card
    assert card.verdict.value in {"partly", "fail"}
    assert "whole exam" not in card.sentence


def test_one_that_is_right_but_abstains_on_two_in_five_is_for_the_marks_it_gives(exam):
    human, _, _, rng = exam
    card = judged(exam, np.where(rng.random(human.shape) < 0.4, np.nan, human)).trust_card
    assert card.verdict.value == "partly"
    assert card.sentence.startswith("Use its marks only where it gives one. It left")
    assert card.named("use") == []


def test_one_that_is_generous_everywhere_fails_even_where_it_ranks_well(exam):
    human = exam[0]
    card = judged(exam, np.minimum(human + np.maximum(1, 0.2 * MAXIMA), MAXIMA)).trust_card
    assert card.verdict.value == "fail"
    assert "too generous" in card.sentence


def test_one_whose_tries_contradict_each_other_fails(exam):
    human, _, _, rng = exam
    tries = np.stack([np.where(rng.random(human.shape) < 0.5, human, half_random(rng, human)) for _ in range(3)], 2)
    assert judged(exam, tries).trust_card.verdict.value == "fail"


def test_one_dominant_question_does_not_carry_the_rest(exam):
    """A question worth nine tenths of the exam is marked well, the small ones at random."""
    human, _, good, rng = exam
    order = [7, 1, 2, 8, 3]
    maxima = np.array([90.0, *MAXIMA[order[1:]]])
    scaled = human[:, order] * np.array([9, 1, 1, 1, 1])
    marks = half_random(rng, scaled)
    marks[:, 0] = 9 * good[:, 7, 0]
    card = analyse(dense_table(maxima, scaled, marks), seed=1).markers[0].trust_card
    assert card.verdict.value == "partly"
    assert card.named("do not use") == ["q2", "q3", "q4", "q5"]


def test_a_skewed_question_takes_nothing_away_and_adds_nothing(exam):
    """All but four of 200 answers are full marks: kappa says little there, and a constant marker is right in 98 %."""
    human, _, good, _ = exam
    skewed = np.ones(N_SCRIPTS)
    skewed[:4] = 0
    maxima = np.r_[MAXIMA, 1.0]
    table = dense_table(maxima, np.c_[human, skewed], np.concatenate([good[..., 0], np.ones((N_SCRIPTS, 1))], axis=1))
    card = analyse(table, seed=1).markers[0].trust_card
    assert card.named("undecided")[-1] == "q11"
    assert card.verdict.value == "pass"

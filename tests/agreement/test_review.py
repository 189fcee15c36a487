"""The review queue: what comes first, and what is known of the rest."""

import numpy as np
import pytest
from scipy import stats

from app.agreement import doubt
from app.agreement.residual import certificate, clustered_interval
from app.agreement.review import review_queue
from tests.agreement.tables import table_of

N = np.nan


def queue_of(human, markers, maxima=(), **options):
    return review_queue(table_of(human, markers, maxima), seed=1, **options)


def doubts(table):
    return doubt.doubts(table, table.markers)


def order(queue):
    return [item.script for item in queue.items if not item.sampled]


def test_the_most_doubtful_answer_comes_first():
    markers = {"a": [5, 5, 5, N], "b": [5, 6, 9, N], "c": [5, 5, 0, N]}
    assert order(queue_of([5, 5, 5, 5], markers)) == ["s3", "s2", "s1"]


def test_tries_that_disagree_are_doubtful():
    assert order(queue_of([5, 5], {"a": [[[5, 5, 5]], [[5, 8, 5]]]})) == ["s1"]


def test_an_answer_that_some_left_unmarked_is_doubtful():
    found = queue_of([5, 5], {"a": [5, 5], "b": [5, N]})
    assert order(found) == ["s1"]
    assert found.items[0].reasons == ("unmarked",)


def test_near_a_boundary_breaks_ties():
    markers = {"a": [5, 2.5, 9], "b": [6, 3.5, 10]}
    assert order(queue_of([5, 2.5, 9], markers))[0] == "s1"


def test_doubt_does_not_look_at_the_human():
    markers = {"a": [5, 5, 1], "b": [5, 6, 9]}
    one, other = (doubts(table_of(human, markers)).doubt for human in ([5, 5, 5], [N, 0, 10]))
    assert np.array_equal(one, other)


def test_without_markers_everything_is_doubtful():
    assert doubts(table_of([1, 2], {})).doubt.tolist() == [1.0, 1.0]


def test_an_item_carries_the_human_and_the_consensus():
    (item,) = [item for item in queue_of([5, 4], {"a": [5, 4], "b": [5, 9]}).items if not item.sampled]
    assert (item.script, item.question_id, item.human, item.consensus) == ("s1", "q1", 4.0, 4.0)


def test_a_higher_threshold_means_less_to_review_and_more_errors_left():
    rng = np.random.default_rng(1)
    human = rng.integers(0, 11, 300).astype(float)
    markers = {name: np.clip(human + rng.choice([0, 0, 0, 0, 0, -3, 3], 300), 0, 10) for name in ("a", "b", "c")}
    found = queue_of(human, markers)
    steps = found.trade_off
    assert [s.n_review for s in steps] == sorted((s.n_review for s in steps), reverse=True)
    assert steps[-1].n_review == 0
    assert steps[0].residual.error.value <= steps[-1].residual.error.value
    strict = queue_of(human, markers, threshold=0.9)
    assert len(order(strict)) < len(order(found))


def test_the_least_to_look_at_that_leaves_few_errors_is_advised():
    rng = np.random.default_rng(1)
    human = rng.integers(0, 11, 400).astype(float)
    hard = np.arange(400) < 120
    markers = {n: np.where(hard, np.clip(human + rng.choice([0, -3, 3], 400), 0, 10), human) for n in ("a", "b", "c")}
    found = queue_of(human, markers)

    bounds = {step.n_review: step.residual.error.interval for step in found.trade_off if step.residual.error.interval}
    certified = [n for n, (_, high) in bounds.items() if high <= 0.05]
    assert 0 < min(certified) < max(bounds)
    assert found.advised.n_review == min(certified)
    assert found.advice.startswith(f"Look at these {min(certified)} of 400: with 95 % confidence at most ")
    assert found.as_json()["advised_threshold"] == found.advised.threshold


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (100, "Nothing needs a second look: with 95 % confidence at most 3.7 %"),
        (20, "20 answers with a human mark are too few"),
    ],
)
def test_the_advice_says_so_if_there_is_nothing_to_advise(n, said):
    marks = np.full(n, 5.0)

    assert said in queue_of(marks, {"a": marks, "b": marks}).advice


def test_a_seeded_twentieth_of_the_unflagged_is_sampled():
    marks = np.full(101, 5.0)
    one, other = (queue_of(marks, {"a": marks, "b": marks}) for _ in range(2))
    sampled = [item.script for item in one.items if item.sampled]
    assert len(sampled) == 6
    assert sampled == [item.script for item in other.items]
    assert sampled != [i.script for i in review_queue(table_of(marks, {"a": marks, "b": marks}), seed=2).items]


def test_residual_error_is_measured_on_all_human_marks_where_they_exist():
    human = np.r_[np.full(95, 5.0), np.full(5, 9.0)]
    found = queue_of(human, {"a": np.full(100, 5.0), "b": np.full(100, 5.0)}).residual
    expected = stats.binomtest(5, 100).proportion_ci(method="exact")
    assert (found.error.value, found.error.n) == (0.05, 100)
    assert found.error.interval[1] == pytest.approx(expected.high, abs=1e-9)
    assert "5 of 100 answers with a human mark differ from it" in found.sentence


def test_residual_error_is_measured_on_the_reviewed_sample_alone_where_no_human_marked():
    table = table_of(np.full(100, N), {"a": np.full(100, 5.0), "b": np.full(100, 5.0)})
    sampled = [item.answer for item in review_queue(table, seed=1).items]
    final = np.r_[np.full(60, 9.0), np.full(40, N)]
    final[sampled] = 5.0
    found = review_queue(table, seed=1, final=final).residual
    assert (found.error.value, found.error.n) == (0.0, 5)
    assert found.basis == "the human marks of the answers drawn at random"


def sample_of(table, **more):
    return {(item.script, item.question_id) for item in review_queue(table, seed=1, **more).items if item.sampled}


def test_what_was_drawn_stays_drawn_when_a_script_is_added():
    before = sample_of(table_of(np.full(200, N), {"a": np.full(200, 5.0), "b": np.full(200, 5.0)}))
    after = sample_of(table_of(np.full(201, N), {"a": np.full(201, 5.0), "b": np.full(201, 5.0)}))
    assert len(before) == 10
    assert len(before & after) >= 9


def test_one_review_more_never_takes_the_other_marks_away():
    human = np.full(400, 5.0)
    human[7] = N
    table = table_of(human, {"a": np.full(400, 5.0), "b": np.full(400, 5.0)})
    final = np.full(400, N)
    before = review_queue(table, seed=1, final=final)
    final[next(item.answer for item in before.items if item.sampled)] = 5.0
    assert (before.residual.error.n, review_queue(table, seed=1, final=final).residual.error.n) == (399, 399)


def test_in_the_sample_first_marks_and_final_ones_count_alike():
    human = np.full(100, N)
    table = table_of(human, {"a": np.full(100, 5.0), "b": np.full(100, 5.0)})
    first, second, *_ = [item.answer for item in review_queue(table, seed=1).items]
    human[[first, *(n for n in range(60) if n != second)]] = 5.0
    table = table_of(human, {"a": np.full(100, 5.0), "b": np.full(100, 5.0)})
    final = np.full(100, N)
    final[second] = 9.0
    found = review_queue(table, seed=1, final=final).residual
    marked = {first, second} | {
        item.answer for item in review_queue(table, seed=1).items if np.isfinite(human[item.answer])
    }
    assert (found.error.n, found.basis) == (len(marked), "the human marks of the answers drawn at random")
    assert found.error.value == pytest.approx(1 / len(marked))


def test_marks_that_were_not_drawn_say_so():
    human = np.full(100, N)
    table = table_of(human, {"a": np.full(100, 5.0), "b": np.full(100, 5.0)})
    drawn = {item.answer for item in review_queue(table, seed=1).items}
    human[[n for n in range(60) if n not in drawn]] = 5.0
    found = queue_of(human, {"a": np.full(100, 5.0), "b": np.full(100, 5.0)}).residual
    assert found.basis == "human marks outside the list, of answers that were not drawn at random"


@pytest.mark.parametrize(
    ("human", "markers", "reason"),
    [
        (np.full(8, 7.5), {"a": np.full(8, 7.5), "b": np.full(8, 7.5)}, "near a boundary"),
        (np.full(1, 5.0), {"a": np.r_[np.full(23, 5.0), N].reshape(1, 1, 24)}, "unmarked"),
        (np.full(1, 5.0), {"a": np.r_[np.full(23, 5.0), 6.0].reshape(1, 1, 24)}, "disagreement"),
    ],
)
def test_every_doubtful_answer_is_in_the_queue(human, markers, reason):
    items = queue_of(human, markers).items
    assert len(items) == len(human)
    assert all(reason in item.reasons for item in items)


def test_nothing_checked_says_nothing():
    found = queue_of([N, N], {"a": [5, 5], "b": [5, 5]}).residual
    assert (found.error.value, found.error.reason) == (None, "no unflagged answer has been marked by a human")
    assert "nothing can be said" in found.sentence


def test_an_unflagged_answer_without_any_mark_is_no_right_answer():
    last = queue_of([5, 5], {"a": [5, N]}).trade_off[-1].residual
    assert last.error.value == 0.5


def test_too_few_checked_answers_certify_nothing():
    assert certificate(0, 12, 0.2647, 0.2647) == (
        "Outside the list 0 of 12 answers with a human mark differ from it by more than the tolerance; 12 are too few "
        "to promise anything: up to 26.5 % of all answers outside the list may."
    )
    assert certificate(0, 72, 0.04994, 0.04994) == (
        "Outside the list 0 of 72 answers with a human mark differ from it by more than the tolerance: with 95 % "
        "confidence at most 5 % of all answers outside the list do."
    )


def test_answers_of_one_script_that_err_together_count_less():
    script = np.repeat(np.arange(40), 10)
    together, apart = np.zeros(400, bool), np.zeros(400, bool)
    together[:20] = True
    apart[::20] = True
    alone = clustered_interval(apart, np.arange(400))
    assert alone == pytest.approx(stats.binomtest(20, 400).proportion_ci(method="exact"), abs=1e-9)
    assert clustered_interval(together, script)[1] > alone[1] + 0.05


def test_where_none_differs_as_many_answers_count_as_differ_together_elsewhere():
    script, none = np.repeat(np.arange(40), 10), np.zeros(400, bool)
    assert clustered_interval(none, script)[1] == pytest.approx(stats.binomtest(0, 40).proportion_ci().high, abs=1e-9)
    assert clustered_interval(none, script, 2.0)[1] == pytest.approx(
        stats.binomtest(0, 200).proportion_ci().high, abs=1e-9
    )


def test_a_single_dissent_among_many_ranks_below_a_split_vote():
    marks = np.ones((2, 1, 45))
    marks[0, 0, 0] = 0
    marks[1, 0, :20] = 0
    assert order(queue_of([1, 1], {"a": marks}, [1.0])) == ["s1", "s0"]


def test_a_marker_that_failed_is_not_heard():
    rng = np.random.default_rng(3)
    human = rng.integers(0, 11, 60).astype(float)
    table = table_of(human, {"a": human, "b": human, "blind": rng.permutation(human)})
    found = review_queue(table, seed=1, failed={"blind": ["q1"]})
    assert not [item for item in found.items if "disagreement" in item.reasons]
    assert found.as_json()["markers_left_out"] == {"blind": ["q1"]}


def test_where_all_markers_failed_they_are_all_heard_and_nothing_is_promised():
    rng = np.random.default_rng(3)
    human = rng.integers(0, 11, 200).astype(float)
    table = table_of(human, {"a": rng.permutation(human), "b": rng.permutation(human)})
    found = review_queue(table, seed=1, failed={"a": ["q1"], "b": ["q1"]})
    assert found.advised is None or found.advised.n_review > 150
    assert found.advised or found.advice.startswith("This exam cannot be sampled with")


def test_the_marker_to_take_off_is_the_one_that_stands_out_as_worst():
    rng = np.random.default_rng(3)
    human = rng.integers(0, 11, 400).astype(float)
    near = {n: np.clip(human + rng.choice([0, 0, 0, 3, -3], 400), 0, 10) for n in ("a", "b", "c")}
    far = np.clip(human + rng.choice([0, 3, -3], 400), 0, 10)
    assert queue_of(human, {**near, "far": far}).weakest == "far"
    assert queue_of(human, near).weakest is None
    assert queue_of(human, {"a": near["a"], "far": far}).weakest is None


def test_what_two_humans_differ_in_stands_beside_the_advice():
    human = np.arange(200.0) % 11
    second = human.copy()
    second[:20] = (second[:20] + 5) % 11
    found = review_queue(table_of(human, {"a": human, "b": human}, second=second), seed=1)
    assert found.two_humans == pytest.approx(0.1)
    assert found.advice.endswith("; two humans differ in 10 %.")


def test_doubt_is_turned_into_the_share_that_differs():
    rng = np.random.default_rng(1)
    human = rng.integers(0, 11, 600).astype(float)
    hard = np.arange(600) < 200
    markers = {n: np.where(hard, np.clip(human + rng.choice([0, -3, 3], 600), 0, 10), human) for n in ("a", "b", "c")}
    found = queue_of(human, markers)
    chances = [item.probability for item in found.items if not item.sampled]
    assert all(0 <= chance <= 1 for chance in chances)
    assert sum(point.n for point in found.curve) == 600
    assert sum(point.n * abs(point.predicted - point.observed) for point in found.curve) / 600 < 0.05


def test_with_few_human_marks_no_probability_is_given():
    found = queue_of([5, 5, 9], {"a": [5, 6, 5], "b": [5, 5, 5]})
    assert {item.probability for item in found.items} == {None}


def test_where_only_some_marked_answers_were_drawn_the_advice_counts_both_and_asks_for_more():
    """18 answers have a human mark, and the random sample holds a few of them."""
    human = np.full(120, N)
    human[:18] = 5.0
    found = queue_of(human, {"a": np.full(120, 5.0), "b": np.full(120, 5.0)})
    drawn = found.residual.error.n
    assert 0 < drawn < 18
    assert found.advice.startswith(f"Only {drawn} of the 18 answers with a human mark w")
    assert found.advice.endswith("mark more by hand, first those that were drawn at random.")


def test_where_every_answer_is_marked_only_more_scripts_can_help():
    found = queue_of([5.0, 6.0], {"a": [5.0, 6.0]})
    assert found.advice == (
        "2 answers with a human mark are too few to promise anything: add scripts and mark them by hand."
    )


def test_without_any_human_mark_the_advice_says_how_many_are_needed():
    found = queue_of(np.full(40, N), {"a": np.full(40, 5.0), "b": np.full(40, 5.0)})
    assert found.advice.startswith("Nothing can be promised before a human has marked 72 answers or more")
    assert stats.binomtest(0, 72).proportion_ci().high <= 0.05


def test_where_all_markers_failed_the_advice_offers_none_of_their_marks():
    human = np.tile([2.0, 4.0, 6.0, 8.0], 50)
    markers = {"a": human + 1, "b": human + 1, "c": np.full(200, 5.0)}
    heard = queue_of(human, markers, failed={"c": ["q1"]})
    nobody = queue_of(human, markers, failed={name: ["q1"] for name in markers})
    assert heard.advised is not None
    assert (nobody.advised, nobody.weakest) == (None, None)
    assert nobody.advice == (
        "This exam cannot be sampled with these markers; let the human's marks stand: none of them is close enough to "
        "the human."
    )


def test_a_marker_without_any_mark_does_not_speak_for_those_that_failed():
    human = np.tile([2.0, 4.0, 6.0, 8.0], 50)
    found = queue_of(human, {"bad": 10 - human, "mute": np.full(200, N)}, failed={"bad": ["q1"]})
    assert found.advised is None
    assert found.n_unmarked == 0


def test_an_answer_without_a_mark_is_not_said_to_differ_with_a_probability():
    rng = np.random.default_rng(3)
    human = rng.integers(0, 11, 400).astype(float)
    marks = {name: np.clip(human + rng.choice([0, 0, 0, -4, 4], 400), 0, 10) for name in "ab"}
    for given in marks.values():
        given[:80] = N
    found = queue_of(human, marks)
    unmarked = [item for item in found.items if item.consensus is None]
    assert (len(unmarked), found.n_unmarked) == (80, 80)
    assert {item.probability for item in unmarked} == {None}
    assert all(item.probability is not None for item in found.items if item.consensus is not None)
    assert sum(point.n for point in found.curve) == 320


def test_an_answer_that_only_failed_markers_marked_says_so():
    human = np.array([[2.0, 4.0], [3.0, 5.0]])
    found = review_queue(table_of(human, {"a": human}), seed=1, failed={"a": ["q2"]})
    reasons = {(item.script, item.question_id): item.reasons for item in found.items}
    assert reasons["s0", "q2"] == reasons["s1", "q2"] == ("only failed markers marked it",)

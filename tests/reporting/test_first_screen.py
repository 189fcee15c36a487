"""What the first screen says where markers abstain, stop at the seeds, or treat groups differently."""

from dataclasses import replace

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.review import review_queue
from app.reporting.advice import sentence
from app.reporting.exam_marks import ExamMarks
from app.reporting.grades import Grade
from app.reporting.next_steps import next_steps
from app.reporting.page import headline
from app.reporting.report import ReportInput, render_report
from app.reporting.sections import questions, verdicts
from app.reporting.view import View
from tests.bench.worlds import MAXIMA, World, dense_tables
from tests.reporting.conftest import AT

N_SCRIPTS = 200
BEST = np.array(MAXIMA, float)


@pytest.fixture(scope="module")
def drawn():
    """Marks (scripts, questions) of a human and of a good marker."""
    table = World(10, noise=0.05, error=0.05, habit=0.02, lean=0.0).draw(N_SCRIPTS, np.random.default_rng(5))
    return table.human.marks.reshape(N_SCRIPTS, 10), table.markers[0].marks.reshape(N_SCRIPTS, 10, -1)[:, :, 0]


def view_of(human, markers, **more):
    table = dense_tables(BEST[: human.shape[1]], human, {name: m[:, :, None] for name, m in markers.items()})
    names = {script: script for script in table.scripts}
    found = analyse(table, seed=1)
    queue = review_queue(table, seed=1, failed=found.failed_questions())
    marks = replace(ExamMarks("Physics", table, names, {}, {}, {}), **more)
    return View(ReportInput("Physics", "exam", marks, found, queue, [], "/exams/1/agreement", AT))


def plain(words):
    return words.replace("\xa0", " ")


def first(view):
    return plain(sentence(view, view.markers[0]))


def test_the_headline_of_a_marker_that_passes_in_part_says_so_and_asks_for_no_more_scripts(drawn):
    human, good = drawn
    part = good.copy()
    part[:, 3] = np.roll(part[:, 3], 1)
    told = headline(view_of(human, {"part": part}))
    assert told == "<strong><bdi>part</bdi></strong> is close enough to the human on a part of the exam only."


def test_a_headline_counts_no_marker_that_passes_in_part_as_failed(drawn):
    human, good = drawn
    part = good.copy()
    part[:, 3] = np.roll(part[:, 3], 1)
    told = headline(view_of(human, {"part": part, "bad": np.roll(good, 1, axis=0), "worse": 0 * good}))
    assert told.endswith("is close enough to the human on a part of the exam only.")


def test_a_marker_that_leaves_weak_scripts_out_has_a_remark_on_how_weak_they_are(drawn):
    human, good = drawn
    weak = human.sum(axis=1) < np.median(human.sum(axis=1))
    view = view_of(human, {"shy": np.where(weak[:, None], np.nan, good)})
    left, marked = (100 * (human[at] / BEST).mean() for at in (weak, ~weak))
    assert left < marked
    assert f">{left:.0f} %</data> of the maximum on average, and " in first(view)
    assert f">{marked:.0f} %</data> to those that it marked." in first(view)
    told = verdicts.section(view)
    assert "Close enough where it gives a mark" in told
    assert "on some questions" not in told
    share = round(100 * (~weak).mean())
    assert f"– marked only {share} %" in plain(questions.section(view))


def test_a_marker_that_a_run_stopped_at_the_seeds_is_not_to_get_more_scripts(drawn):
    human, good = drawn
    stopped = np.roll(good, 1, axis=0).copy()
    stopped[8:] = np.nan
    view = view_of(human, {"stopped": stopped}, seeds=frozenset(f"s{i}" for i in range(8)))
    assert view.grades["stopped"] is Grade.OFF_SEEDS
    assert first(view).startswith("Do not use it: it is outside the tolerance on ")
    assert "of 8 seeds, and 2 are allowed" in first(view)
    assert not any("by hand" in step for step in next_steps(view))
    assert headline(view).endswith("is not close enough to the human to be used.")
    assert '<li class="off-seeds">' in render_report(view.input)


def test_seeds_do_not_outvote_a_verdict_on_many_scripts(drawn):
    human, good = drawn
    view = view_of(human, {"good": good}, seeds=frozenset({"s0", "s1", "s2"}))
    assert view.grades["good"] is Grade.CLOSE


def test_a_marker_that_passes_but_marks_a_group_down_is_not_used_before_somebody_looked(drawn):
    human, good = drawn
    down = good.copy()
    group = {f"s{i}": "late entry" if i < 40 else "others" for i in range(N_SCRIPTS)}
    down[:40] = np.clip(down[:40] - (BEST > 5), 0, None)
    view = view_of(human, {"down": down}, groups=group)
    assert view.grades["down"] in {Grade.CLOSE, Grade.PARTLY}
    steps = [step for step in next_steps(view) if step.startswith("Before you use <strong><bdi>down</bdi>")]
    assert len(steps) == 1
    assert 'href="#groups"' in steps[0]
    assert "<bdi>late entry</bdi> too low." in steps[0]
    assert not any("groups" in step for step in next_steps(view_of(human, {"good": good}, groups=group)))


def test_gaps_in_the_human_marks_are_to_be_filled_before_totals_can_be_judged(drawn):
    human, good = drawn
    gaps = human.copy()
    gaps[np.random.default_rng(1).random(human.shape) < 0.3] = np.nan
    view = view_of(gaps, {"good": good})
    complete = int(np.isfinite(gaps).all(axis=1).sum())
    wanted = f"Mark by hand what is missing on {30 - complete} scripts: only {complete} are marked completely"
    assert complete < 30
    assert wanted in first(view)
    assert any(plain(step).startswith(wanted) for step in next_steps(view))
    assert "do not rely on it" not in first(view)
    assert "Not enough data" in first(view)


def test_what_to_look_at_is_counted_among_the_answers_that_a_human_marked(drawn):
    human, good = drawn
    begun = human.copy()
    begun[50:] = np.nan
    assert "of 500 answers on which it differs" in first(view_of(begun, {"good": good}))


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (lambda human: human, "All script totals of 40 are the human's."),
        (lambda human: human + 0.01, "within 0.1 marks"),
    ],
)
def test_totals_without_a_difference_have_no_range(drawn, moved, said):
    told = plain(verdicts.section(view_of(drawn[0], {"same": moved(drawn[0])})))
    assert said in told
    assert "between level and level" not in told


def test_one_missing_script_is_it(drawn):
    human, good = drawn
    assert (
        first(view_of(human[:29], {"good": good[:29]}))
        == "Early signs only. Add 1 script and mark it by hand, for a verdict."
    )


def test_marks_without_cost_and_time_have_no_columns_of_dashes(drawn):
    told = verdicts.section(view_of(drawn[0], {"good": drawn[1]}))
    assert "Cost a script" not in told
    assert "Time a script" not in told


def test_fewer_than_ten_scripts_are_counted_and_get_no_mean(drawn):
    human, good = drawn
    told = plain(verdicts.section(view_of(human[:9], {"good": good[:9]})))
    assert f"{int((human[:9] == good[:9]).sum())} of 90 answers" in told
    assert "on average" not in told


def test_markers_that_gave_the_same_marks_throughout_are_named_as_one_opinion(drawn):
    human, good = drawn
    two = verdicts.section(view_of(human, {"twin": good, "other name": good, "third": human}))
    assert "<bdi>twin</bdi> and <bdi>other name</bdi> gave the same marks throughout" in two
    assert "gave the same marks" not in verdicts.section(view_of(human, {"twin": good, "third": human}))

"""One sentence per marker with an action and a size, and what to do next."""

import re
from dataclasses import replace

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.review import review_queue
from app.reporting.advice import scripts_needed, sentence
from app.reporting.exam_marks import ExamMarks
from app.reporting.next_steps import next_steps
from app.reporting.page import headline
from app.reporting.plots.trade_off import trade_off_plot
from app.reporting.report import ReportInput, render_report
from app.reporting.sections import review as review_section
from app.reporting.view import View
from app.reporting.words import percent
from tests.bench.worlds import MAXIMA, World, dense_tables
from tests.reporting.conftest import AT, exam_of

N_SCRIPTS = 200


@pytest.fixture(scope="module")
def exam():
    """A good marker, one that is right on eight of ten questions, a vague one, and one that never looks."""
    rng = np.random.default_rng(5)
    maxima = np.array(MAXIMA, float)
    table = World(10, noise=0.05, error=0.05, habit=0.02, lean=0.0).draw(N_SCRIPTS, rng)
    human, second = (marker.marks.reshape(N_SCRIPTS, 10) for marker in (table.human, table.human_2))
    good = table.markers[0].marks.reshape(N_SCRIPTS, 10, -1)
    partly = good.copy()
    partly[:, [3, 7]] = rng.permutation(partly[:, [3, 7]])
    vague = np.clip(np.round(good + rng.normal(0, 0.12, good.shape) * maxima[:, None]), 0, maxima[:, None])
    never = np.tile(np.round(human.mean(axis=0)), (N_SCRIPTS, 1))
    markers = {"good": good, "partly": partly, "vague": vague, "never": never}
    return dense_tables(maxima, human, markers, second)


@pytest.fixture(scope="module")
def view(exam):
    return View(report(exam))


def report(table):
    names = {script: script for script in table.scripts}
    agreement = analyse(table, seed=1)
    queue = review_queue(table, seed=1, failed=agreement.failed_questions())
    marks = ExamMarks("Physics", table, names, {}, {}, {})
    return ReportInput("Physics", "exam", marks, agreement, queue, [], "/exams/1/agreement", AT)


def said(view, name):
    return sentence(view, next(f for f in view.markers if f.marker == name))


def test_a_marker_that_passes_is_set_against_the_second_human_with_answers_to_look_at(view):
    words = said(view, "good")
    assert "as well as the second human does (agreement, QWK, of which 1 is perfect: " in words
    differs = np.abs(view.voices["good"].marks - view.table.human.marks)[:, 0] > view.table.tolerances + 1e-9
    assert f"look at the {differs.sum()}" in words.replace("\xa0", " ").replace(",", "")


def test_a_marker_that_fails_on_some_questions_is_for_the_others(view):
    assert "Do not use it on q4, q8." in said(view, "partly")


def test_a_marker_that_never_looks_is_not_to_be_used(view):
    assert said(view, "never").startswith("Do not use it")


def test_what_to_do_next_names_who_to_use_and_who_to_leave_and_how_much_to_look_at(view):
    steps = [step.replace("\xa0", " ") for step in next_steps(view)]
    assert steps[0].startswith("Use <strong><bdi>good</bdi></strong> as second marker")
    assert steps[1].startswith("Do not pay for ")
    assert "<strong><bdi>never</bdi></strong>" in steps[1]
    assert steps[2] == view.input.queue.advice


def test_answers_to_look_at_before_marks_stand_alone_are_those_of_the_list(slips):
    step = next_steps(slips)[1].replace("\xa0", " ")
    queue = slips.input.queue
    promised = queue.advice.partition(": ")[2]
    listed = f"the {queue.advised.n_review:,} most doubtful of the {queue.n_answers:,} answers"
    assert step.startswith("If the marks of all these markers together are to stand in place of the human's, ")
    assert step.endswith(f'<a href="#review">{listed}</a>: {promised}')


def test_the_marks_that_may_stand_are_never_those_of_a_marker_that_failed(view):
    good_and_never = replace(view.table, markers=tuple(m for m in view.table.markers if m.name in {"good", "never"}))
    advised = replace(view.input.queue, two_humans=1.0)
    two = View(
        replace(
            report(good_and_never), queue=replace(advised, left_out={"never": tuple(f"q{i}" for i in range(1, 11))})
        )
    )
    assert "If the marks of <bdi>good</bdi> alone are to stand" in " ".join(next_steps(two))
    some = View(replace(view.input, queue=replace(advised, left_out={"partly": ("q4", "q8")})))
    assert "each only where it did not fail, are to stand" in " ".join(next_steps(some))


def only(view, name):
    """The report of the exam with this marker alone."""
    table = replace(view.table, markers=tuple(m for m in view.table.markers if m.name == name))
    return View(report(table))


def test_a_report_whose_only_marker_fails_says_so_first_and_advises_to_mark_by_hand(view):
    alone = only(view, "never")
    assert headline(alone) == "<strong><bdi>never</bdi></strong> is not close enough to the human to be used."
    steps = next_steps(alone)
    assert steps[0].startswith("Do not pay for ")
    stand = "This exam cannot be sampled with this marker; let the human's marks stand"
    assert steps[1] == f"{stand}: it is not close enough to the human."


def test_without_a_completely_marked_script_a_failing_marker_leads_to_marking_by_hand(view):
    table = only(view, "never").table
    marks = table.human.marks.copy()
    marks[-1] = np.nan
    partly = View(report(replace(table, human=replace(table.human, marks=marks))))
    assert partly.input.queue.advice.startswith("This exam cannot be sampled with this marker; mark it yourself: ")


def test_a_marker_that_always_gives_the_same_mark_has_a_remark_that_says_so(view):
    told = said(view, "never").replace("\xa0", " ")
    assert 'the same mark (<data value="1.0">100 %</data> of answers; the human ' in told
    assert not any("nearly every answer the same mark" in said(view, name) for name in ("good", "partly", "vague"))


def test_the_ring_of_the_picture_is_at_the_advice(slips):
    queue = slips.input.queue
    left = queue.advised.residual
    assert left.n_unflagged != queue.residual.n_unflagged
    share = percent(queue.advised.n_review / queue.n_answers)
    picture = trade_off_plot(queue, queue.n_answers)
    assert f"With {share} of answers looked at, {percent(left.error.value)} of the rest differ." in picture


def test_a_biased_marker_has_a_remark_with_the_size_of_its_bias(view):
    maxima = np.array(MAXIMA, float)
    human = view.table.human.marks.reshape(N_SCRIPTS, 10)
    alone = View(report(dense_tables(maxima, human, {"kind": np.minimum(human + 2, maxima)[:, :, None]})))
    assert " too high</data> on average." in said(alone, "kind").replace("\xa0", " ")
    assert "Script totals of" in said(alone, "kind")


@pytest.fixture(scope="module")
def slips(exam):
    """Two markers with slips of two marks up or down, rarely on the same answer."""
    maxima, rng = np.array(MAXIMA, float), np.random.default_rng(2)
    human = exam.human.marks.reshape(N_SCRIPTS, 10)
    slipped = [rng.random((2, *human.shape)) < 0.1 for _ in range(2)]
    markers = {
        name: np.where(slip, np.clip(human + rng.choice([-2, 2], human.shape), 0, maxima), human).transpose(1, 2, 0)
        for name, slip in zip("ab", slipped, strict=True)
    }
    return View(report(dense_tables(maxima, human, markers)))


def test_a_list_that_is_longer_than_the_advice_says_which_part_of_it_is_meant(slips):
    queue = slips.input.queue
    flagged = len(queue.items) - queue.items.n_sampled
    told = review_section.section(slips).replace("\xa0", " ")
    assert queue.advised is not None
    assert told.index(queue.advice) < told.index("The list below holds all")
    assert f"The list below holds all {flagged:,} answers of {queue.n_answers:,} on which" in told
    assert 0 < queue.advised.n_review < flagged
    assert f"Its first {queue.advised.n_review:,} are these" in told


def test_a_listed_answer_that_a_human_marked_says_how_far_apart_they_are_and_no_chance(view):
    told = review_section.section(view).replace("\xa0", " ")
    assert re.search(r"differs by <data", told) or "same mark" in told
    assert "likely to differ" not in told


def test_without_a_second_human_one_is_asked_for(exam):
    alone = View(report(dense_tables(np.array(MAXIMA, float), *_parts(exam))))
    assert "Have a second person mark 30 scripts or more" in next_steps(alone)[-1]
    assert "Agrees closely with the human (agreement, QWK, of which 1 is perfect:" in said(alone, "good")


def _parts(table):
    shape = (N_SCRIPTS, 10)
    markers = {marker.name: marker.marks.reshape(*shape, -1) for marker in table.markers}
    return table.human.marks.reshape(shape), markers


def test_a_doubt_that_more_scripts_would_settle_says_how_many(view):
    vague = next(f for f in view.markers if f.marker == "vague")
    needed = scripts_needed(vague)
    assert needed is None or 0 < needed <= 3 * N_SCRIPTS


def test_the_page_shows_what_changes_for_students(view):
    html = render_report(view.input)
    good = next(f for f in view.agreement.markers if f.marker == "good").students
    assert f'<data value="{good.n_changed}">{good.n_changed} of {good.n}\N{NO-BREAK SPACE}students</data>' in html
    assert "human above, marker below" in html


def test_without_human_marks_the_first_thing_is_to_mark_by_hand(cases):
    assert next_steps(View(cases["no_human"]()))[0].startswith("Mark 30 scripts or more by hand")


def test_a_small_exam_that_is_marked_whole_is_to_grow_before_more_can_be_marked(report_of):
    """Nobody can mark 22 more scripts of 8, nor have a second person mark 30 of them."""
    said = " ".join(next_steps(View(report_of(exam_of(8, 3, 1, 1)))))
    assert "Add 22 scripts and mark them by hand" in said.replace("\xa0", " ")
    assert "second person" not in said

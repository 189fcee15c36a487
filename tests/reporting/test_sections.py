"""What single sections say."""

from dataclasses import replace

import numpy as np
import pytest

from app.reporting.confusion import confusions
from app.reporting.plots.cost_accuracy import pareto
from app.reporting.report import render_report
from app.reporting.sections.review import LONGEST_NOTE, NOTES_BYTES, SHOWN, longest_note
from app.reporting.view import View


def test_a_long_queue_shows_twenty_answers_and_counts_the_others(full_report, page_of):
    page = page_of(full_report)
    shown = [a for a in page.all("details") if a.get("class") == "answer"]
    left = len(full_report.queue.items) - SHOWN
    assert len(shown) == SHOWN
    assert f"{SHOWN} are shown. {left} more answers in the list" in page.text.replace("\xa0", " ")


def test_the_measured_error_and_its_sentence_stand_in_the_queue(full_report, page_of):
    assert full_report.queue.residual.sentence in page_of(full_report).text


def test_a_queued_answer_carries_notes_reasons_and_reviews(full_report, page_of):
    item = full_report.queue.items[0]
    note = next(n for n in full_report.notes if (n["session_id"], n["question_id"]) == (item.script, item.question_id))
    note = {**note, "reviews": [{"mark": 2.5, "reviewer": "B. Teacher", "note": "in the margin"}]}
    text = page_of(replace(full_report, notes=[note])).text
    assert note["marks"][0]["rubric_notes"] in text
    assert "Reviewed by B. Teacher, final mark 2.5: in the margin" in text
    assert ", ".join(item.reasons) in text


def test_an_answer_without_stored_notes_still_shows_its_marks(full_report, page_of):
    assert "Student" in page_of(replace(full_report, notes=[])).text


def test_notes_are_cut_until_all_fit_even_where_escaping_swells_them(full_report):
    items = full_report.queue.items[:SHOWN]
    marks = [{"rubric_notes": "&" * 5000}] * 24
    notes = {(item.script, item.question_id): {"marks": marks} for item in items}
    longest = longest_note(items, notes)
    assert longest < LONGEST_NOTE
    assert len(items) * 24 * longest * len("&amp;") <= NOTES_BYTES


def test_confusions_count_each_answer_that_both_marked_once(full_report):
    table = full_report.marks.table
    for marker in table.markers:
        both = np.isfinite(marker.marks).any(axis=1) & np.isfinite(table.human.marks[:, 0])
        assert confusions(table)[marker.name].n == both.sum()


def test_few_marks_of_one_maximum_are_told_apart_others_by_zero_part_and_full(exam):
    assert confusions(exam(20, 12, 2, 1).table).popitem()[1].categories == ("zero", "part", "full")
    questions = exam(20, 4, 2, 1).table
    one = replace(questions, questions=tuple(replace(q, max_marks=1.0) for q in questions.questions))
    clipped = replace(
        one,
        human=replace(one.human, marks=np.minimum(one.human.marks, 1)),
        markers=tuple(replace(m, marks=np.minimum(m.marks, 1)) for m in one.markers),
    )
    assert confusions(clipped).popitem()[1].categories == ("0", "0.5", "1")


def test_the_front_holds_who_is_beaten_by_no_cheaper_marker(full_report):
    found = View(full_report).compared
    front = pareto(found)
    for marker in found:
        cheaper = [f for f in found if f.cost_usd_per_script <= marker.cost_usd_per_script and f is not marker]
        beaten = any(f.overall.figures["exact"].value >= marker.overall.figures["exact"].value for f in cheaper)
        assert (marker in front) is not beaten


@pytest.mark.parametrize("scripts", [6, 30])
def test_a_heat_map_cell_is_grey_where_scripts_are_few(exam, report_of, scripts):
    html = render_report(report_of(exam(scripts, 4, 2, 1)))
    assert ('class="cell few"' in html) is (scripts == 6)


@pytest.mark.parametrize(("n_scripts", "shown"), [(6, False), (12, True)])
def test_of_few_scripts_no_coefficient_of_the_tries_is_shown(exam, report_of, page_of, n_scripts, shown):
    page = page_of(report_of(exam(n_scripts, 4, 2, 3)))
    heads = [words for words in page.words if words in {"ICC(A,1)", "ICC(A,k)", "ICC of totals"}]
    assert bool(heads) is shown

"""The report as a whole: order, safety, honesty, size."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest

from app.agreement.compare import compare
from app.agreement.table import MarkTable
from app.reporting.confusion import confusions_json
from app.reporting.exam_marks import ExamMarks
from app.reporting.report import render_report

ORDER = [
    *("trust", "students", "questions", "review"),
    *("card", "totals", "cost", "tries", "confusion", "bands", "missing", "leaderboard"),
    *("compare", "generalizability", "panel", "definitions"),
]
HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror='alert(2)'>\"&\u202e\ud800\x00"


def test_sections_stand_in_the_order_of_a_teachers_questions(any_report, page_of):
    found = [attributes["id"] for attributes in page_of(any_report).all("section")]
    assert found == [name for name in ORDER if name in found]


def test_a_full_exam_has_every_section(full_report, page_of):
    assert [attributes["id"] for attributes in page_of(full_report).all("section")] == ORDER


def test_no_section_is_there_to_say_that_there_is_nothing(cases, page_of):
    found = {attributes["id"] for attributes in page_of(cases["no_human"]()).all("section")}
    assert not {"students", "card", "totals", "confusion", "bands"} & found


def test_every_link_within_the_page_leads_to_a_section(any_report, page_of):
    page = page_of(any_report)
    targets = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert targets == {attributes["id"] for attributes in page.all("section")}


def test_every_plot_has_a_title_and_a_description_of_its_own(any_report, page_of):
    page = page_of(any_report)
    ids = [a["id"] for _, a, _ in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for plot in page.all("svg"):
        assert plot["role"] == "img"
        assert set(plot["aria-labelledby"].split()) <= set(ids)
    assert "<desc" in render_report(any_report)
    assert not re.search(r"<(title|desc)[^>]*></", render_report(any_report))


def test_every_figure_of_the_page_is_in_the_json(any_report, page_of, numbers_of):
    table = any_report.marks.table
    markers = {marker.name: marker for marker in table.markers}
    ranked = [markers[standing.marker] for standing in any_report.agreement.leaderboard if standing.rank is not None]
    pairs = [compare(table, ranked[0], other).as_json() for other in ranked[1:]]
    known = numbers_of([any_report.agreement.as_json(), any_report.queue.as_json(), confusions_json(table), pairs])
    page = page_of(any_report)
    assert set(page.values) <= known
    assert page.values


def test_each_markers_qwk_stands_in_its_verdict(full_report, page_of):
    values = page_of(full_report).values
    assert all(found.overall.figures["qwk"].value in values for found in full_report.agreement.markers)


def test_nothing_is_loaded_and_nothing_runs(any_report, page_of):
    page = page_of(any_report)
    assert not {"script", "img", "iframe", "object", "form", "base"} & {tag for tag, _, _ in page.elements}
    assert {a["href"] for a in page.all("link")} == {"data:,"}
    html = render_report(any_report)
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert any(a.get("http-equiv") == "Content-Security-Policy" for a in page.all("meta"))


def _hostile(report):
    table = report.marks.table
    names = {marker.name: HOSTILE + marker.name for marker in table.markers}
    ids = {q.question_id: HOSTILE + q.question_id for q in table.questions}
    renamed = MarkTable(
        table.scripts,
        tuple(replace(q, question_id=ids[q.question_id]) for q in table.questions),
        table.script,
        table.question,
        table.human,
        table.human_2,
        tuple(replace(marker, name=names[marker.name]) for marker in table.markers),
    )
    scripts = dict.fromkeys(table.scripts, HOSTILE)
    costs = {names[name]: cost for name, cost in report.marks.costs.items()}
    return ExamMarks(HOSTILE, renamed, scripts, {}, costs, {})


def test_names_and_notes_from_outside_are_text_and_no_markup(full_report, report_of, page_of):
    report = report_of(_hostile(full_report), title=HOSTILE, note=HOSTILE)
    report.notes[0]["reviews"].append({"mark": 1, "reviewer": HOSTILE, "note": HOSTILE})
    report.notes[0]["marks"][0].update(marks_awarded=None, validation_errors=[{"message": HOSTILE}])
    page = page_of(report)
    assert not {"script", "img"} & {tag for tag, _, _ in page.elements}
    assert not any(name.startswith("on") for _, attributes, _ in page.elements for name in attributes)
    assert "<script>alert(1)</script>" in page.text
    render_report(report).encode()
    assert "\u202e" not in render_report(report)


def test_no_link_is_dead_where_the_page_is_a_file(any_report, page_of):
    """A path says where the figures are; only a whole address is a link."""
    page = page_of(any_report)
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert "the Secondmark server with these marks gives at /exams/1/agreement." in page.text


def test_a_whole_address_is_a_link(full_report, page_of):
    address = "https://marks.example.org/exams/1/agreement"
    page = page_of(replace(full_report, json_url=address))
    assert [a["href"] for a in page.all("a") if not a["href"].startswith("#")] == [address]


def test_a_page_that_the_server_shows_links_to_the_review_desk(full_report, page_of):
    page = page_of(replace(full_report, server="http://school:8000"))
    assert "http://school:8000/exams/1/desk" in {a["href"] for a in page.all("a")}


def test_a_link_that_would_run_is_refused(full_report):
    with pytest.raises(ValueError, match="json_url"):
        render_report(replace(full_report, json_url="javascript:alert(1)"))


def test_a_report_of_simulated_marks_says_so_before_anything_else(full_report, page_of):
    simulated = replace(full_report.marks, simulated=True)
    text = page_of(replace(full_report, agreement=replace(full_report.agreement, markers=()), marks=simulated)).text
    assert text.split("marking report")[1].strip().startswith("SIMULATED.")
    assert "SIMULATED" not in page_of(full_report).text


def test_an_exam_with_verdicts_names_the_markers_that_help(full_report, page_of):
    text = page_of(full_report).text
    assert "are close enough to the human to help." in text
    assert "Close enough to help" in text
    assert "Not close enough" in text


def test_one_script_has_no_verdict_no_kappa_and_every_mark(cases, page_of):
    text = page_of(cases["one"]()).text
    assert "Too few scripts for a verdict on any marker." in text
    assert "Every mark" in text
    assert "no human baseline" in text
    assert "Close enough" not in text
    assert "Agreement (QWK)from 10 scripts" in text


def test_without_human_marks_only_the_markers_themselves_are_spoken_of(cases, page_of):
    text = page_of(cases["no_human"]()).text
    assert "No human has marked any of these answers" in text
    assert "Its tries all gave one mark in" in text
    assert "Close enough" not in text


def test_without_a_usable_mark_nothing_is_judged(cases, page_of):
    text = page_of(cases["unmarked"]()).text
    assert "No marker gave a single usable mark" in text
    assert "No usable mark" in text


def test_between_ten_and_thirty_scripts_signs_are_early_and_bars_dashed(cases):
    html = render_report(cases["early"]())
    assert "Early signs only: a verdict on a marker needs 30 scripts" in html
    assert 'class="bar indicative"' in html
    assert 'class="bar judged"' not in html


@pytest.mark.parametrize("human", [True, False])
@pytest.mark.parametrize("size", [(1, 1, 1, 1), (1, 1, 2, 1), (2, 1, 1, 2), (1, 2, 1, 1), (11, 1, 1, 1), (30, 1, 1, 2)])
def test_a_single_thing_is_named_in_the_singular(exam, report_of, size, human):
    html = render_report(report_of(exam(*size, human=human, seed=6)))
    nouns = "scripts|answers|questions|markers|tries|marks|calls|thresholds|more answers|are"
    found = re.findall(rf"(?<![\d.,–+\u2212])1(?:\s|\xa0|</data>|<[^>]+>)+(?:checked )?(?:{nouns})\b", html)
    assert found == []
    assert "trys" not in html


def test_an_exam_that_nobody_has_marked_yet_is_a_page_too(exam, report_of, page_of):
    marks = exam(3, 2, 0, 1)
    assert "No marker has marked yet." in page_of(report_of(marks)).text


def test_an_undefined_figure_is_a_dash_with_its_reason(exam, report_of):
    marks = exam(30, 1, 1, 1, lost=0)
    same = replace(marks.table.human, marks=np.full_like(marks.table.human.marks, 2.0))
    table = replace(marks.table, human=same, markers=(replace(marks.table.markers[0], marks=same.marks),))
    html = render_report(report_of(replace(marks, table=table)))
    assert 'title="all marks are identical">–</span>' in html
    assert not re.search(r"\bnan\b", html, flags=re.IGNORECASE)


def test_two_hundred_scripts_stay_below_two_megabytes_and_a_second(exam, report_of):
    report = report_of(exam(200, 10, 8, 3), note="Correct method; the unit is missing. " * 40)
    started = time.process_time()
    html = render_report(report)
    assert time.process_time() - started < 1
    assert len(html.encode()) < 2_000_000

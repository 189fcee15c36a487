"""Seeds stand apart in the report."""

import re
from dataclasses import replace

from app.reporting.report import render_report


def seeds_of(report):
    found = re.search(r'<section id="seeds".*?</section>', render_report(report), flags=re.DOTALL)
    return None if found is None else re.sub("<[^>]*>", " ", found[0])


def test_seeds_are_shown_apart_with_how_many_are_outside(exam, report_of):
    marks = exam(12, 1, 1, 1, lost=0)
    marker, human = marks.table.markers[0], marks.table.human.marks
    marker.marks[:] = human
    marker.marks[0] = (human[0] + 2) % 4

    told = seeds_of(report_of(replace(marks, seeds=frozenset({"s0", "s1", "s2"}))))

    assert "1 of 3" in told


def test_an_exam_without_seeds_has_no_such_section(exam, report_of):
    assert seeds_of(report_of(exam(12, 1, 1, 1))) is None

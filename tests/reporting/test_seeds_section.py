"""Seeds stand apart in the report."""

import re
from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(
    ("given", "said"),
    [(None, "✓ 1 are allowed"), (0, "✗ too many: 0 are allowed"), (1, "✓ 1 are allowed"), (5, "✓ 5 are allowed")],
)
def test_the_section_says_how_many_seeds_may_be_outside_and_whether_there_are_more(exam, report_of, given, said):
    marks = exam(12, 1, 1, 1, lost=0)
    marker, human = marks.table.markers[0], marks.table.human.marks
    marker.marks[:] = human
    marker.marks[0] = (human[0] + 2) % 4
    report = report_of(replace(marks, seeds=frozenset({"s0", "s1", "s2"})))

    assert said in seeds_of(replace(report, seed_limit=given))


def test_an_exam_without_seeds_has_no_such_section(exam, report_of):
    assert seeds_of(report_of(exam(12, 1, 1, 1))) is None

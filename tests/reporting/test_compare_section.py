"""The leader beside the other markers."""

import re

from app.reporting.report import render_report


def section_of(html):
    found = re.search(r'<section id="compare".*?</section>', html, flags=re.DOTALL)
    return None if found is None else re.sub("<[^>]*>", "", found[0])


def test_each_marker_behind_the_leader_has_a_line_with_the_questions_that_tell_them_apart(exam, report_of):
    told = section_of(render_report(report_of(exam(60, 4, 3, 2))))

    assert "openai/gpt-5.2-mini60" in told
    assert "google/gemini-2.5-pro: q" in told


def test_a_single_marker_is_compared_with_nobody(exam, report_of):
    assert section_of(render_report(report_of(exam(60, 2, 1, 1)))) is None

"""Sections on groups of students and on generalizability."""

import re
from dataclasses import replace

import numpy as np

from app.agreement.table import Code
from app.reporting.report import render_report


def section_of(report, key):
    found = re.search(rf'<section id="{key}".*?</section>', render_report(report), flags=re.DOTALL)
    return None if found is None else re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", found[0])).replace("\u00a0", " ")


def test_a_group_that_a_marker_favours_is_named(exam, report_of):
    marks = exam(80, 2, 1, 1, lost=0)
    human, marker = marks.table.human.marks, marks.table.markers[0]
    groups = {script: "north" if at % 2 else "south" for at, script in enumerate(marks.table.scripts)}
    favoured = [groups[marks.table.scripts[script]] == "north" for script in marks.table.script]
    marker.marks[:] = human
    marker.marks[favoured, 0] = (human[favoured, 0] + 1).clip(max=marks.table.maxima[favoured])

    told = section_of(report_of(replace(marks, groups=groups)), "groups")

    assert re.search(r"north 40 [^a-z]*(?:to [^a-z]*)+marked otherwise than by the human", told)


def test_without_groups_there_is_no_section_on_them(exam, report_of):
    assert section_of(report_of(exam(40, 2, 1, 1)), "groups") is None


def test_the_g_study_says_how_many_markers_and_tries_are_enough(exam, report_of):
    told = section_of(report_of(exam(40, 3, 3, 2, lost=0)), "generalizability")

    assert "With 3 markers × 2 tries" in told
    assert "from 40 scripts" in told
    assert re.search(r"\d+ markers? or \d+ (try|tries) of each marker would reach 0?\.90", told)
    assert "script × marker" in told


def test_a_few_scripts_have_no_g_study(exam, report_of):
    assert section_of(report_of(exam(5, 3, 3, 2, lost=0)), "generalizability") is None


def test_a_g_study_with_lost_marks_says_how_many(exam, report_of):
    marks = exam(40, 3, 3, 2, lost=0)
    marks.table.markers[0].marks[:3, 0] = float("nan")
    marks.table.markers[0].codes[:3, 0] = Code.MISSING

    told = section_of(report_of(marks), "generalizability")

    assert "from 40 scripts with 3 lost marks." in told


def test_components_that_were_set_to_0_are_named(exam, report_of):
    marks = exam(40, 3, 3, 2, lost=0)
    rng = np.random.default_rng(3)
    for marker in marks.table.markers:
        marker.marks[:] = marks.table.human.marks + rng.normal(0, 1e-3, marker.marks.shape)

    told = section_of(report_of(marks), "generalizability")

    assert re.search(r"Estimated below 0 and set to 0: [a-z ×,]+\.", told)

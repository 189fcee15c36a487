"""The leaderboard as the page shows it: ranks, what a shared one means, and why there is none."""

import re

import numpy as np
import pytest

from app.agreement.table import Code
from app.reporting.report import render_report


def muted(marks, *places):
    """The markers at `places` give no mark at all."""
    for place in places:
        marker = marks.table.markers[place]
        marker.marks[:] = np.nan
        marker.codes[:] = Code.MISSING
    return marks


def section_of(html, key):
    return re.search(rf'<section id="{key}".*?</section>', html, flags=re.DOTALL)[0]


def test_a_sole_marker_without_a_mark_has_no_rank(exam, report_of):
    html = render_report(report_of(muted(exam(12, 3, 1, 1), 0)))
    assert "has no rank: the marker gave no usable mark." in section_of(html, "leaderboard")
    assert "Rank" not in section_of(html, "trust")


def test_a_marker_without_a_mark_stands_below_the_others_with_its_reason(exam, report_of):
    html = section_of(render_report(report_of(muted(exam(12, 3, 3, 1), 1))), "leaderboard")
    last = html.rsplit("<tr>", 1)[1]
    assert last.startswith('<th scope="row">–</th>')
    assert "the marker gave no usable mark" in last


@pytest.mark.parametrize("key", ["trust", "leaderboard"])
def test_a_shared_rank_is_explained_on_the_first_screen_and_beside_the_leaderboard(exam, report_of, key):
    html = section_of(render_report(report_of(exam(12, 1, 2, 1, seed=6, lost=0))), key)
    assert "Both markers share rank 1: they cannot be told apart from the leader with these scripts" in html


def test_a_rank_in_a_verdict_says_whether_it_is_shared(exam, report_of):
    html = section_of(render_report(report_of(exam(12, 1, 2, 1, seed=6, lost=0))), "trust")
    assert html.count('<data value="1">1</data>, shared') == 2


def test_fewer_than_ten_scripts_give_no_ranks_and_no_tie_bands(exam, report_of):
    html = render_report(report_of(exam(3, 1, 2, 1, seed=6, lost=0)))
    assert "cannot be told apart" not in section_of(html, "leaderboard") + section_of(html, "trust")
    assert "too few to rank anyone" in section_of(html, "leaderboard")

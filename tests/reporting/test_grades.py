"""What is said of markers in plain words."""

from dataclasses import replace

import pytest

from app.marks.reasons import Reason
from app.reporting.grades import shared_rank, unmarked


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ([Reason.CALL_FAILED], "Every call failed, so there is no answer to read."),
        ([Reason.PARSE], "Not one answer could be read as marks."),
        ([Reason.MISSING], "Its answers left every question out."),
        (
            [Reason.OUT_OF_RANGE, Reason.UNREADABLE],
            "Every mark it gave was refused: out of range, no number, or two for one question.",
        ),
        ([Reason.ABSTAINED], "It declined to mark every question."),
        (
            [Reason.CALL_FAILED, Reason.MISSING],
            "No usable mark: calls failed; questions were left out.",
        ),
        ([], "It gave no usable mark; why stands with each answer."),
    ],
)
def test_each_cause_of_no_mark_is_called_by_its_name(causes, said):
    assert unmarked(causes) == said


def test_the_first_screen_says_why_a_marker_has_no_mark(cases, page_of):
    report = cases["unmarked"]()
    first, second = (marker.name for marker in report.marks.table.markers)
    failed = replace(report, causes={first: [Reason.CALL_FAILED], second: [Reason.CALL_FAILED]})
    assert "nothing to judge. Every call failed, so there is no answer to read." in page_of(failed).text
    mixed = page_of(replace(report, causes={first: [Reason.CALL_FAILED], second: [Reason.PARSE]})).text
    assert "nothing to judge. Why stands with each marker and answer below." in mixed
    assert "Every call failed" in mixed
    assert "Not one answer could be read as marks." in mixed


def standings_of(report, *ranks):
    found = report.agreement.leaderboard[: len(ranks)]
    return [replace(standing, rank=rank) for standing, rank in zip(found, ranks, strict=True)]


@pytest.mark.parametrize(
    ("ranks", "who"),
    [
        ((1, 1, 1, 4), "3 markers"),
        ((1, 1, None), "Both markers"),
        ((1, 1, 1), "All 3 markers"),
        ((1, 1, 3), "2 markers"),
    ],
)
def test_a_shared_rank_is_explained(full_report, ranks, who):
    said = shared_rank(standings_of(full_report, *ranks))
    assert said.startswith(f"{who} share rank 1: they cannot be told apart from the leader with these scripts")


@pytest.mark.parametrize("ranks", [(1, 2, 3), (1,), (None, None), ()])
def test_a_rank_that_nobody_shares_needs_no_explanation(full_report, ranks):
    assert shared_rank(standings_of(full_report, *ranks)) is None

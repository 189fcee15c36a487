"""Published data through the pure functions: RSMTool's expected output, and the Khan short answers."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.consensus import Rule, combine
from app.agreement.reliability import fleiss_kappa
from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question

GOLDEN = Path(__file__).parents[1] / "golden"
PRECISION = 1e-9


def rsmtool(name):
    with (GOLDEN / f"rsmtool_expected_{name}.csv").open() as file:
        return {row[""]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def predictions():
    with (GOLDEN / "rsmtool_predictions.csv").open() as file:
        return list(csv.DictReader(file))


def rsmtool_table(predictions, score):
    # The scale reaches beyond the human scores 1 to 5: RSMTool judges the raw predictions.
    question = Question("q", 1, 6.0)
    rows = [MarkRow(row["id"], "q", "system", 1, score(float(row["score"]))) for row in predictions]
    humans = [{(row["id"], "q"): float(row[h]) for row in predictions} for h in ("h1", "h2")]
    return MarkTable.from_rows([question], rows, *humans)


@pytest.fixture(scope="module")
def raw(predictions):
    return analyse(rsmtool_table(predictions, float), seed=1)


@pytest.fixture(scope="module")
def rounded(predictions):
    return analyse(rsmtool_table(predictions, lambda s: float(np.clip(np.round(s), 1, 5))), seed=1)


@pytest.mark.parametrize(
    ("figure", "column"),
    [("qwk", "wtkappa"), ("pearson", "corr"), ("r2", "R2"), ("smd", "SMD"), ("rmse", "RMSE")],
)
def test_raw_scores_agree_as_rsmtool_says(raw, figure, column):
    expected = float(rsmtool("eval")["scale"][column])
    assert raw.markers[0].overall.figures[figure].value == pytest.approx(expected, abs=PRECISION)


@pytest.mark.parametrize(
    ("figure", "column", "unit"),
    [
        ("qwk", "wtkappa", 1),
        ("pearson", "corr", 1),
        ("r2", "R2", 1),
        ("smd", "SMD", 1),
        ("rmse", "RMSE", 1),
        ("kappa", "kappa", 1),
        ("exact", "exact_agr", 100),
        ("adjacent", "adj_agr", 100),
    ],
)
def test_rounded_scores_agree_as_rsmtool_says(rounded, figure, column, unit):
    expected = float(rsmtool("eval")["scale_trim_round"][column]) / unit
    assert rounded.markers[0].overall.figures[figure].value == pytest.approx(expected, abs=PRECISION)


def test_the_figures_of_the_first_page_are_the_known_ones(raw, rounded):
    figures = raw.markers[0].overall.figures
    assert figures["qwk"].value == pytest.approx(0.779770, abs=5e-7)
    assert figures["prmse"].value == pytest.approx(0.669689, abs=5e-7)
    assert rounded.markers[0].overall.figures["qwk"].value == pytest.approx(0.782123, abs=5e-7)


@pytest.mark.parametrize(("figure", "column"), [("qwk", "wtkappa"), ("pearson", "corr"), ("kappa", "kappa")])
def test_the_two_humans_agree_as_rsmtool_says(raw, figure, column):
    expected = float(rsmtool("consistency")[""][column])
    assert raw.human_baseline.overall.figures[figure].value == pytest.approx(expected, abs=PRECISION)


@pytest.mark.parametrize(("scores", "line"), [("raw", "scale"), ("rounded", "scale_trim_round")])
def test_prmse_is_rsmtools(request, scores, line):
    expected = float(rsmtool("true_score_eval")[line]["PRMSE true"])
    figure = request.getfixturevalue(scores).markers[0].overall.figures["prmse"]
    assert figure.value == pytest.approx(expected, abs=PRECISION)


@pytest.mark.parametrize(
    ("figure", "column", "unit"),
    [
        ("degradation", "wtkappa", 1),
        ("degradation_pearson", "corr", 1),
        ("degradation_kappa", "kappa", 1),
        ("degradation_exact", "exact_agr", 100),
    ],
)
def test_degradation_is_rsmtools_with_the_opposite_sign(rounded, figure, column, unit):
    expected = -float(rsmtool("degradation")["scale_trim_round"][column]) / unit
    assert rounded.markers[0].overall.figures[figure].value == pytest.approx(expected, abs=PRECISION)


def made_exam(name, score=float):
    with (GOLDEN / f"rsmtool12_{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    marks = [MarkRow(row["id"], "q", "system", 1, score(float(row["system"]))) for row in rows]
    humans = [{(row["id"], "q"): float(row[h]) for row in rows if row[h]} for h in ("h1", "h2")]
    return analyse(MarkTable.from_rows([Question("q", 1, 7.0)], marks, *humans), seed=1)


def expected_of(name):
    with (GOLDEN / "rsmtool12_expected.csv").open() as file:
        return next(row for row in csv.DictReader(file) if row["exam"] == name)


@pytest.mark.parametrize("name", ["whole", "partly"])
@pytest.mark.parametrize(
    ("figure", "column"),
    [
        ("prmse", "prmse"),
        ("disattenuated", "corr_disattenuated"),
        ("qwk", "wtkappa"),
        ("pearson", "corr"),
        ("smd", "SMD"),
        ("rmse", "RMSE"),
        ("r2", "R2"),
    ],
)
def test_random_exams_have_the_figures_of_rsmtool_12(name, figure, column):
    found = made_exam(name).markers[0].overall.figures[figure].value
    assert found == pytest.approx(float(expected_of(name)[column]), abs=PRECISION)


@pytest.mark.parametrize(("name", "top"), [("whole", 6), ("partly", 5)])
@pytest.mark.parametrize(
    ("figure", "column", "unit"),
    [
        ("kappa", "rounded_kappa", 1),
        ("qwk", "rounded_wtkappa", 1),
        ("exact", "rounded_exact_agr", 100),
        ("adjacent", "rounded_adj_agr", 100),
        ("smd", "rounded_SMD", 1),
    ],
)
def test_rounded_random_exams_have_the_figures_of_rsmtool_12(name, top, figure, column, unit):
    found = made_exam(name, lambda score: float(np.clip(np.round(score), 1, top))).markers[0]
    assert found.overall.figures[figure].value == pytest.approx(float(expected_of(name)[column]) / unit, abs=PRECISION)


@pytest.mark.parametrize("name", ["whole", "partly"])
@pytest.mark.parametrize(("figure", "column"), [("kappa", "kappa"), ("qwk", "wtkappa"), ("pearson", "corr")])
def test_the_humans_of_random_exams_agree_as_rsmtool_12_says(name, figure, column):
    found = made_exam(name).human_baseline.overall.figures[figure].value
    assert found == pytest.approx(float(expected_of(name)[f"humans_{column}"]), abs=PRECISION)


def khan_humans():
    with (GOLDEN / "khan_saq_humans.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def khan():
    """The full rubric: each answer is a script of its own, with one of 20 items."""
    humans = khan_humans()
    item = {row["response_id"]: row["item"] for row in humans}
    questions = [Question(str(i + 1), i + 1, 1.0) for i in range(20)]
    majority = {(row["response_id"], row["item"]): float(row["majority"]) for row in humans}
    return analyse(MarkTable.from_rows(questions, list(khan_rows(item)), majority), seed=1)


def khan_rows(item):
    with gzip.open(GOLDEN / "khan_saq_tries.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["rubric"] == "Full":
                for t in (1, 2, 3):
                    mark = row[f"try{t}"]
                    given, status = (None, "missing") if mark == "NA" else (float(mark), "marked")
                    yield MarkRow(row["response_id"], item[row["response_id"]], row["model"], t, given, status)


def test_khans_humans_have_their_fleiss_kappa():
    marks = np.array([[float(row[f"human_{i}"]) for i in (1, 2, 3)] for row in khan_humans()])
    assert fleiss_kappa(marks).value == pytest.approx(0.8815, abs=5e-5)


def test_the_majority_of_khans_humans_is_the_consensus():
    marks = np.array([[float(row[f"human_{i}"]) for i in (1, 2, 3)] for row in khan_humans()])
    majority = np.array([float(row["majority"]) for row in khan_humans()])
    assert all(np.array_equal(combine(marks, rule), majority) for rule in Rule)


def test_khans_leader_cannot_be_told_apart_from_five_followers(khan):
    leader, *others = khan.leaderboard
    followers = [standing for standing in others if standing.tie_band == 1]
    assert (leader.marker, leader.exact.value) == ("OpenAI o4 Mini", pytest.approx(0.9675))
    assert [s.exact.value for s in followers] == pytest.approx([0.96625, 0.9625, 0.96, 0.955, 0.955])
    assert {standing.rank for standing in (leader, *followers)} == {1}
    assert {standing.comparison.test for standing in others} == {"exact McNemar"}
    assert [standing.rank for standing in others if standing.tie_band == 2] == list(range(7, 16))


def test_khans_missing_marks_are_counted_and_not_marked_wrong(khan):
    """Two answers of one model were marked in none of the three tries."""
    figures = {marker.marker: marker.overall.figures["exact"] for marker in khan.markers}
    missing = {name: figure for name, figure in figures.items() if figure.n_missing}
    assert [(figure.n, figure.n_missing, figure.n_invalid) for figure in missing.values()] == [(798, 8, 0)]
    assert all(figure.n == 800 for name, figure in figures.items() if name not in missing)


def test_several_markers_catch_more_of_khans_wrong_marks_than_one_markers_tries(khan):
    one, several = khan.panel_advice.options[-2:]
    assert (one.kind, several.kind, one.calls, several.calls) == ("one marker", "several markers", 3, 3)
    assert one.caught.value == pytest.approx(0.302, abs=5e-3)
    assert several.caught.value == pytest.approx(0.677, abs=5e-3)
    assert one.review.value < several.review.value

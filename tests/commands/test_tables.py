import io
from uuid import UUID

import pytest
from rich.console import Console

from app.commands.tables import exam_table, exams_table, marks_table, reasons, sessions_table

QUESTIONS = [{"question_id": "1a", "max_marks": 2}, {"question_id": "1b", "max_marks": 3.5}]


def printed(table):
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def one_try(try_index, mark):
    return {"try_index": try_index, "marks_awarded": mark}


def test_tries_stand_side_by_side_with_a_dash_where_there_is_no_mark():
    results = {"1a": {"m/x": [one_try(1, 2), one_try(2, None)]}, "1b": {"m/x": [one_try(1, 1.5), one_try(2, 3)]}}

    lines = printed(marks_table(QUESTIONS, {"1a": 1}, results)).splitlines()

    (first,) = [line for line in lines if "1a" in line]
    (total,) = [line for line in lines if "Total" in line]
    assert [cell.strip() for cell in first.split("│")[1:5]] == ["1a", "2", "1", "2  –"]
    assert [cell.strip() for cell in total.split("│")[2:5]] == ["5.5", "1 of 2", "3.5  3 of 3.5"]


def test_a_try_without_any_mark_has_no_total():
    results = {"1a": {"m/x": [one_try(1, None)]}, "1b": {"m/x": [one_try(1, None)]}}

    (total,) = [line for line in printed(marks_table(QUESTIONS, {}, results)).splitlines() if "Total" in line]

    assert [cell.strip() for cell in total.split("│")[3:5]] == ["–", "–"]


def test_a_reason_names_attempt_and_question():
    errors = {"m/x": {"2": [{"message": "Unreadable."}, {"question_id": "1b", "message": "No mark."}]}}

    assert list(reasons(errors)) == ["m/x, try 2: Unreadable.", "m/x, try 2, question 1b: No mark."]


def test_a_figure_that_is_undefined_is_a_dash():
    nothing = {"value": None}
    figures = {"exact": {"value": 0.5}, "within_tolerance": nothing, "bias": nothing, "qwk": nothing}
    overall = {"unit": "marks", "evidence": "judged", **figures}
    marker = {"marker": "m/x", "overall": overall, "cost_usd_per_script": None}

    text = printed(exam_table({"n_scripts": 1, "leaderboard": [], "markers": [marker]}))

    (line,) = [line for line in text.splitlines() if "m/x" in line]
    assert [cell.strip() for cell in line.split("│")[1:-1]] == ["m/x", "–", "50 %", "–", "–", "–", "–"]


@pytest.mark.parametrize(("evidence", "qwk"), [("dots", "–"), ("indicative", "0.80"), ("judged", "0.80")])
def test_qwk_is_shown_where_the_report_shows_it(evidence, qwk):
    figure = {"value": 0.8}
    overall = dict.fromkeys(("exact", "within_tolerance", "bias", "qwk"), figure)
    marker = {"marker": "m/x", "overall": overall | {"unit": "marks", "evidence": evidence}, "cost_usd_per_script": 0.1}

    text = printed(exam_table({"n_scripts": 3, "leaderboard": [{"marker": "m/x", "rank": 1}], "markers": [marker]}))

    (line,) = [line for line in text.splitlines() if "m/x" in line]
    assert [cell.strip() for cell in line.split("│")[1:-1]] == ["m/x", "1", "80 %", "80 %", "+0.8", qwk, "0.1000"]
    assert ("Too few" in " ".join(text.split())) == (evidence == "dots")


@pytest.mark.parametrize(("marker", "unit"), [("m/x", "$"), ("simulated/careful", "simulated $")])
def test_the_cost_of_simulated_markers_is_said_to_be_simulated(marker, unit):
    undefined = {"value": None}
    overall = {"unit": "marks", "evidence": "dots", **dict.fromkeys(("exact", "within_tolerance", "bias"), undefined)}
    agreement = {"n_scripts": 1, "leaderboard": []}
    agreement["markers"] = [{"marker": marker, "overall": overall, "cost_usd_per_script": None}]
    exam = {"name": "Maths", "exam_id": "e", "sessions": []}

    assert list(sessions_table(exam, [marker]).columns)[-1].header == unit
    assert list(exam_table(agreement).columns)[-1].header == f"{unit}\nper script\nand try"


def test_the_simulator_is_named_where_a_marker_has_a_name_of_its_own():
    attempts = {"total": 3, "finished": 3, "failed": 0}
    counts = {"n_student_images": 2, "n_human_marks": 6, "attempts": attempts, "cost_usd": 0.1}
    session = {"name": "0041", "status": "graded", "simulated": True, **counts}
    exam = {"name": "Maths", "exam_id": "e", "sessions": [session]}
    assert list(sessions_table(exam, ["strict"]).columns)[-1].header == "simulated $"
    exam["sessions"] = [session | {"simulated": False}]
    assert list(sessions_table(exam, ["strict"]).columns)[-1].header == "$"


def test_the_tables_of_an_exam_fit_a_terminal_of_80_columns():
    figure = {"value": 0.123}
    overall = {"unit": "percent", "evidence": "dots", **dict.fromkeys(("exact", "within_tolerance", "bias"), figure)}
    marker = {"marker": "simulated/careful", "overall": overall, "cost_usd_per_script": 0.1}
    out = io.StringIO()
    Console(file=out, width=80).print(exam_table({"n_scripts": 6, "leaderboard": [], "markers": [marker]}))
    said = out.getvalue()
    assert "Close: within the question's tolerance." in " ".join(said.split())
    assert all(line[-1] in "┓┃┩│┘" for line in said.splitlines() if line[0] in "┏┃┡│└")


def test_a_listed_exam_shows_its_whole_id_and_its_states_at_80_columns():
    counts = {"total": 1000, "graded": 900, "failed": 40, "grading": 60}
    exam = {"name": "Science", "exam_id": str(UUID(int=7)), "created_at": "2026-11-28T", "sessions": counts}
    out = io.StringIO()
    Console(file=out, width=80).print(exams_table([exam]))
    said = out.getvalue()
    assert exam["exam_id"] in said
    assert "2026-11-28" in said
    scripts = [line.split("│")[3].strip() for line in said.splitlines() if line.startswith("│")]
    assert " ".join(scripts).strip() == "1000: 900 graded, 40 failed, 60 running"


def test_the_cost_is_said_to_be_of_one_try():
    (*_, cost) = exam_table({"n_scripts": 1, "leaderboard": [], "markers": []}).columns
    assert " ".join(cost.header.split()) == "$ per script and try"

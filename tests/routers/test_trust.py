"""Agreement, review, import and exports over HTTP, for sessions and exams."""

import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

GOLDEN = Path(__file__).parents[1] / "golden"


async def agreement_of(client, exam_id):
    response = await client.get(f"/exams/{exam_id}/agreement")
    assert response.status_code == 200, response.text
    return response.json()


def rsmtool_lines():
    with (GOLDEN / "rsmtool_predictions.csv").open() as file:
        for row in csv.DictReader(file):
            rounded = round(min(6, max(1, float(row["score"]))))
            yield f"{row['id']},q,6,{row['h1']},{row['h2']},system,1,{rounded}"


async def test_published_marks_give_the_published_figures_through_the_import(client, send):
    response, exam_id = await send(*rsmtool_lines())
    assert response.status_code == 201
    counts = {"rows": 200, "invalid": 0, "missing": 0, "scripts": 200, "questions": 1, "models": 1}
    assert response.json() == counts | {"invalid_lines": [], "notes": []}

    overall = (await agreement_of(client, exam_id))["markers"][0]["overall"]

    assert overall["qwk"]["value"] == pytest.approx(0.782123, abs=1e-6)
    assert overall["exact"]["value"] == pytest.approx(0.64, abs=1e-9)
    assert (overall["exact"]["n"], overall["unit"]) == (200, "marks")


async def test_marks_out_of_range_are_counted_and_change_no_figure(client, send):
    good = [f"s{i},q,4,{i % 5},,m,1,{(i + i % 2) % 5}" for i in range(12)]
    _, clean = await send(*good)
    response, spoilt = await send(*good, "s0,q2,4,1,,m,1,9", "s1,q2,4,1,,m,1,-1", "s2,q2,4,1,,m,1,", "s3,q2,4,1,,m,1,x")

    assert (response.json()["invalid"], response.json()["missing"]) == (3, 1)
    before = (await agreement_of(client, clean))["markers"][0]["per_question"]["q"]
    after = (await agreement_of(client, spoilt))["markers"][0]["per_question"]["q"]
    assert after == before
    other = (await agreement_of(client, spoilt))["markers"][0]["per_question"]["q2"]["exact"]
    assert (other["value"], other["n_invalid"], other["n_missing"]) == (None, 3, 1)


async def test_a_refused_file_leaves_nothing_behind(client, send, refused):
    response, exam_id = await send("s1,q,4,3,,m,1,2", "s2,q,four,3,,m,1,2")

    error = refused(response, 422, "VALIDATION_ERROR")
    (problem,) = error["details"]["errors"]
    assert (problem["field"], problem["line"]) == ("file", 3)
    assert problem["message"] == "max_marks must be a number from 0, with at most two decimals, not 'four'"
    exam = (await client.get(f"/exams/{exam_id}")).json()
    assert (exam["sessions"], exam["questions"]) == ([], [])


async def test_marks_of_other_questions_than_the_exams_are_refused(send, refused):
    _, exam_id = await send("s1,q,4,3,,m,1,2")

    response, _ = await send("s2,other,4,3,,m,1,2", exam_id=exam_id)

    assert refused(response, 409, "CONFLICT")["details"]["unknown"] == ["other"]


async def test_more_scripts_can_be_imported_into_the_same_exam(client, send):
    _, exam_id = await send("s1,q,4,3,,m,1,2")

    await send("s2,q,4,3,,m,1,2", exam_id=exam_id)

    assert (await agreement_of(client, exam_id))["n_scripts"] == 2


async def test_the_same_file_twice_is_taken_once(client, send):
    lines = [f"s{i},q,4,{i % 5},,m,1,{i % 4}" for i in range(6)]
    _, exam_id = await send(*lines)

    again, _ = await send(*lines, exam_id=exam_id)

    assert again.status_code == 201
    agreement = await agreement_of(client, exam_id)
    assert (agreement["n_scripts"], agreement["markers"][0]["overall"]["exact"]["n"]) == (6, 6)


async def test_another_model_joins_the_scripts_that_are_there(client, send):
    _, exam_id = await send("s1,q,4,3,,m,1,2", "s2,q,4,3,,m,1,3")

    await send("s1,q,4,3,,n,1,3", "s2,q,4,3,,n,1,3", exam_id=exam_id)

    agreement = await agreement_of(client, exam_id)
    assert agreement["n_scripts"] == 2
    assert [marker["marker"] for marker in agreement["markers"]] == ["m", "n"]


@pytest.mark.parametrize("line", ["s1,q,4,3,,m,1,1", "s1,q,4,2,,m,1,2", "s1,q,4,3,,m,1,"])
async def test_other_marks_for_what_was_imported_are_refused(client, send, refused, line):
    _, exam_id = await send("s1,q,4,3,,m,1,2")
    before = await agreement_of(client, exam_id)

    response, _ = await send("s0,q,4,3,,m,1,2", line, exam_id=exam_id)

    refused(response, 409, "CONFLICT")
    assert await agreement_of(client, exam_id) == before


async def test_imported_marks_cannot_be_graded_away(client, send, refused):
    _, exam_id = await send("s1,q,4,3,,m,1,2")
    session_id = (await client.get(f"/exams/{exam_id}")).json()["sessions"][0]["session_id"]

    for models in ([], [{"name": "a/b"}]):
        body = {"session_id": session_id, "models": models}
        refused(await client.post("/grade/single", json=body), 409, "CONFLICT")
    response = await client.post(f"/exams/{exam_id}/grade", json={"models": []})
    assert [row["session_id"] for row in response.json()["not_ready"]] == [session_id]


async def test_a_file_that_is_no_text_is_refused(client, refused):
    exam_id = (await client.post("/exams", json={"name": "x"})).json()["exam_id"]

    response = await client.post("/results/import", files={"file": b"\xff\xfe\x00"}, data={"exam_id": exam_id})

    assert refused(response, 422, "VALIDATION_ERROR")["details"]["errors"][0]["field"] == "file"


async def test_a_second_human_makes_degradation_and_prmse_appear(client, send):
    _, alone = await send(*(f"s{i},q,4,{i % 5},,m,1,{i % 4}" for i in range(12)))
    _, both = await send(*(f"s{i},q,4,{i % 5},{(i + i % 3) % 5},m,1,{i % 4}" for i in range(12)))

    without = (await agreement_of(client, alone))["markers"][0]["overall"]
    with_two = await agreement_of(client, both)

    assert (without["degradation"]["value"], without["prmse"]["value"]) == (None, None)
    assert with_two["human_baseline"]["overall"]["qwk"]["value"] is not None
    assert with_two["markers"][0]["overall"]["degradation"]["value"] is not None


async def test_a_session_has_the_layout_of_an_exam(client, openrouter, prepare, grade):
    openrouter.marks = {"1a": 2, "1b": 4}
    session_id = await prepare(human={"1a": 2, "1b": 3})
    await grade(session_id, {"name": "a/b", "tries": 2}, "c/d")

    agreement = (await client.get(f"/sessions/{session_id}/agreement")).json()

    assert {"n_scripts", "n_questions", "human_baseline", "markers", "consensus", "leaderboard", "panel_advice"} <= set(
        agreement
    )
    assert (agreement["n_scripts"], agreement["n_questions"]) == (1, 2)
    first = agreement["markers"][0]
    assert (first["marker"], first["overall"]["exact"]["value"], first["overall"]["exact"]["n"]) == ("a/b", 0.5, 2)
    assert first["cost_usd_per_script"] == pytest.approx(0.002)


async def test_a_session_without_marks_has_reasons_in_place_of_figures(client, prepare):
    session_id = await prepare()

    agreement = (await client.get(f"/sessions/{session_id}/agreement")).json()

    assert (agreement["markers"], agreement["leaderboard"]) == ([], [])
    assert (await client.get(f"/sessions/{session_id}/review-queue")).json()["n_items"] == 0
    assert "text/html" in (await client.get(f"/sessions/{session_id}/report")).headers["content-type"]


async def test_the_review_queue_holds_every_mark_with_its_notes(client, openrouter, prepare, grade):
    openrouter.marks = {"1a": 2}
    session_id = await prepare(human={"1a": 2})
    await grade(session_id, "a/b")

    queue = (await client.get(f"/sessions/{session_id}/review-queue?threshold=0.5")).json()

    (unmarked,) = [item for item in queue["items"] if not item["sampled"]]
    assert (unmarked["question_id"], unmarked["session_id"], unmarked["doubt"]) == ("1b", session_id, 1)
    assert unmarked["marks"][0]["validation_errors"][0]["reason"] == "missing"
    assert queue["n_flagged"] == 1


async def test_a_review_is_kept_beside_all_marks_and_shows_what_it_changed(client, openrouter, prepare, grade):
    openrouter.marks = {"1a": 2, "1b": 4}
    session_id = await prepare(human={"1a": 2, "1b": 4})
    await grade(session_id, "a/b")
    for mark in (1, 2.5):
        body = {"question_id": "1a", "mark": mark, "reviewer": "A. Teacher", "note": "see key"}
        response = await client.post(f"/sessions/{session_id}/review", json=body)
        assert response.json()["ok"] is True

    changes = (await client.get(f"/sessions/{session_id}/reviews")).json()

    assert (changes["n_reviewed"], changes["n_changed_human"], changes["n_changed_consensus"]) == (1, 1, 1)
    (row,) = changes["reviews"]
    assert (row["mark"], row["human_mark"], row["consensus"], row["reviewer"]) == (2.5, 2, 2, "A. Teacher")
    exported = csv_rows(await client.get(f"/sessions/{session_id}/export.csv"))
    assert {row["question_id"]: row["final_mark"] for row in exported} == {"1a": "2.5", "1b": ""}
    kept = (await client.get(f"/results/{session_id}")).json()["results_by_question"]["1a"]["a/b"]
    assert kept[0]["marks_awarded"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({"question_id": "1a", "mark": 3.5}, "mark"), ({"question_id": "1a"}, "mark"), ({"mark": 1}, "question_id")],
)
async def test_a_bad_review_is_refused_with_its_field(client, prepare, fields_of, body, field):
    session_id = await prepare()

    assert fields_of(await client.post(f"/sessions/{session_id}/review", json=body)) == [field]


async def test_a_review_of_an_unknown_question_is_not_found(client, prepare, refused):
    session_id = await prepare()

    assert refused(
        await client.post(f"/sessions/{session_id}/review", json={"question_id": "9", "mark": 1}), 404, "NOT_FOUND"
    )


async def test_an_exam_takes_reviews_of_its_own_scripts_alone(client, send, prepare, refused):
    _, exam_id = await send("s1,q,4,3,,m,1,2")
    member = (await client.get(f"/exams/{exam_id}")).json()["sessions"][0]["session_id"]
    stranger = await prepare()
    review = {"question_id": "q", "mark": 1}

    assert (await client.post(f"/exams/{exam_id}/review", json=review | {"session_id": member})).status_code == 200
    other = {"session_id": stranger, "question_id": "1a", "mark": 1}
    refused(await client.post(f"/exams/{exam_id}/review", json=other), 404, "NOT_FOUND")


def csv_rows(response):
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.text)))


async def test_the_csv_has_a_line_for_every_mark_and_a_status_for_those_that_are_none(client, send):
    _, exam_id = await send("s1,q,4,3,,m,1,2", "s1,q,4,3,,m,2,9", "s2,q,4,,,m,1,")

    rows = csv_rows(await client.get(f"/exams/{exam_id}/export.csv"))

    found = [(row["script"], row["model_name"], row["try_index"], row["mark"], row["status"]) for row in rows]
    assert found == [("s1", "m", "1", "2", "marked"), ("s1", "m", "2", "", "invalid"), ("s2", "m", "1", "", "missing")]
    assert (rows[0]["exam"], rows[0]["max_marks"], rows[0]["human_mark"]) == ("Imported", "4", "3.0")


async def test_exports_keep_formulas_harmless(client, send):
    _, exam_id = await send("=HYPERLINK(1),+q,4,3,,@m,1,2")

    (row,) = csv_rows(await client.get(f"/exams/{exam_id}/export.csv"))
    book = load_workbook(io.BytesIO((await client.get(f"/exams/{exam_id}/export.xlsx")).content))

    assert (row["script"], row["question_id"], row["model_name"]) == ("'=HYPERLINK(1)", "'+q", "'@m")
    assert book.sheetnames == ["Class list", "Summary", "Questions", "Tries", "Definitions"]
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)


async def test_a_workbook_holds_names_with_control_characters(client, send):
    _, exam_id = await send("s1,q,4,3,,m\x02,1,2")

    response = await client.get(f"/exams/{exam_id}/export.xlsx")

    assert load_workbook(io.BytesIO(response.content))["Tries"].max_row == 2


async def test_human_marks_alone_are_exported(client, prepare):
    session_id = await prepare(human={"1a": 2})

    (row,) = csv_rows(await client.get(f"/sessions/{session_id}/export.csv"))

    assert (row["question_id"], row["human_mark"], row["model_name"], row["status"]) == ("1a", "2.0", "", "")


async def test_more_scripts_than_a_page_holds_are_exported(client, send):
    _, exam_id = await send(*(f"s{i},q,4,3,,m,1,2" for i in range(45)))

    assert len(csv_rows(await client.get(f"/exams/{exam_id}/export.csv"))) == 45


async def test_names_that_models_and_people_gave_are_text_in_the_report(client, send):
    _, exam_id = await send("<script>alert(1)</script>,q,4,3,,<b>m</b>,1,2")

    response = await client.get(f"/exams/{exam_id}/report")

    assert "<script>" not in response.text
    assert "<b>m</b>" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]

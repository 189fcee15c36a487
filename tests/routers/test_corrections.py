"""`GET /exams/{id}/corrections`, and corrected markers in `agreement`."""

import io
import re
from uuid import uuid4

from openpyxl import load_workbook


def lines(n, offset, human=lambda i: i % 9):
    return [f"s{i},q1,10,{human(i)},,lenient,1,{human(i) + offset}" for i in range(n)]


async def test_a_correction_is_offered_and_shown_as_one_more_marker_when_asked_for(client, send):
    _, exam_id = await send(*lines(60, 1))

    (found,) = (await client.get(f"/exams/{exam_id}/corrections")).json()["markers"]
    plain = (await client.get(f"/exams/{exam_id}/agreement")).json()
    shown = (await client.get(f"/exams/{exam_id}/agreement", params={"corrections": True})).json()

    question = found["questions"]["q1"]
    assert (found["corrected"], question["k"], question["reason"]) == ("lenient (corrected)", 60, None)
    linear = next(one for one in question["tried"] if one["form"] == "linear")
    assert linear["points"][0] == [1.0, 0.0]
    assert (linear["rmse"]["a"], linear["rmse"]["b"]) == (0.0, 1.0)
    assert [marker["marker"] for marker in plain["markers"]] == ["lenient"]
    exact = {marker["marker"]: marker["overall"]["exact"]["value"] for marker in shown["markers"]}
    assert exact == {"lenient": 0.0, "lenient (corrected)": 1.0}


async def test_the_report_and_the_workbook_show_corrections_when_asked_for(client, send):
    _, exam_id = await send(*lines(60, 1), *(line.replace("lenient", "right") for line in lines(60, 0)))
    raw, both = [
        (await client.get(f"/exams/{exam_id}/report", params=query)).text for query in ({}, {"corrections": True})
    ]
    book = (await client.get(f"/exams/{exam_id}/export.xlsx", params={"corrections": True})).content

    assert 'id="corrections"' not in raw
    section = both.split('<section id="corrections"')[1].split("</section>")[0]
    told = " ".join(re.sub("<[^>]*>", " ", section).split())
    assert "lenient q1 a straight line 60 scripts 1 → 0 0 % → 100 %" in told.replace("\u00a0", " ")
    assert "No correction is offered for right ." in told
    # Every other section is as it was.
    pages = [re.sub(r"<time.*?</time>", "", page) for page in (raw, both)]
    contents = '<a href="#corrections">Corrections</a>'
    assert pages[1].replace(f'<section id="corrections"{section}</section>', "").replace(contents, "").split() == (
        pages[0].split()
    )
    summary = load_workbook(io.BytesIO(book), read_only=True)["Summary"]
    assert [row[0] for row in summary.iter_rows(min_row=2, values_only=True)][:3] == [
        "lenient",
        "right",
        "lenient (corrected)",
    ]


async def test_a_correction_without_use_is_not_offered_and_gives_its_reason(client, send):
    _, exam_id = await send(*lines(60, 0))

    (found,) = (await client.get(f"/exams/{exam_id}/corrections")).json()["markers"]

    assert found["corrected"] is None
    assert found["questions"]["q1"]["reason"] == "no correction is nearer to the human beyond chance"


async def test_an_exam_that_is_not_there_has_no_corrections(client, refused):
    assert refused(await client.get(f"/exams/{uuid4()}/corrections"), 404, "NOT_FOUND")

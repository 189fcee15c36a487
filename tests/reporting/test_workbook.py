"""The workbook of an exam: written as rows come, refused above what a sheet holds, no file left behind."""

import io
import tempfile

import pytest
from openpyxl import load_workbook

from app.reporting import downloads
from tests.bench.beside import HEADER
from tests.bench.sizes import stored_lines


@pytest.fixture
async def exam_url(client):
    exam_id = (await client.post("/exams", json={"name": "Workbook"})).json()["exam_id"]
    file = "\n".join([HEADER, *stored_lines(30, 4, 2, 2)])
    await client.post("/results/import", files={"file": ("marks.csv", file)}, data={"exam_id": exam_id})
    return f"/exams/{exam_id}"


async def test_the_workbook_holds_every_mark_and_leaves_no_file(client, exam_url, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    response = await client.get(f"{exam_url}/export.xlsx")

    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Class list", "Summary", "Questions", "Tries", "Definitions"]
    assert book["Tries"].max_row == 1 + 30 * 4 * 2 * 2
    assert book["Tries"].freeze_panes == "A2"
    assert book["Tries"]["A1"].font.bold
    assert isinstance(book["Tries"]["E2"].value, int | float)
    assert not list(tmp_path.glob("secondmark-*"))


async def test_more_marks_than_a_sheet_holds_are_refused_and_the_csv_is_named(client, exam_url, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_ROWS", 100)
    response = await client.get(f"{exam_url}/export.xlsx")

    assert response.status_code == 422
    assert "export.csv" in response.json()["error"]["message"]
    assert "600 marks" in response.json()["error"]["message"]


async def test_a_workbook_that_fails_half_way_leaves_no_file(client, exam_url, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("app.reporting.export_xlsx.COLUMNS", ("no such column",))
    assert (await client.get(f"{exam_url}/export.xlsx")).status_code == 500
    assert not list(tmp_path.glob("secondmark-*"))

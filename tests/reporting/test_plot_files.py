"""Each plot of the report as a file: SVG that stands alone, PNG with words in it, and the numbers as CSV."""

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import get_args

import pytest
import resvg_py
from PIL import Image

from app.errors import UnprocessableError
from app.reporting.plot_files import plain_style, plot_file
from app.reporting.plot_names import PlotName
from app.reporting.report import render_report

SVG = "{http://www.w3.org/2000/svg}"


def rows_of(report, name):
    return list(csv.DictReader(io.StringIO(plot_file(report, name, "csv").decode("utf-8-sig"))))


@pytest.mark.parametrize("name", get_args(PlotName))
def test_a_plot_is_an_svg_file_that_needs_nothing_else(full_report, name):
    text = plot_file(full_report, name, "svg").decode()
    root = ET.fromstring(text)  # noqa: S314 - our own file
    assert root.tag == f"{SVG}svg"
    drawn = root.findall(f"{SVG}svg")
    assert drawn
    assert "var(" not in text
    assert "url(" not in text
    assert text.count("http") == 1, "the name of the format alone"
    width, height = float(root.get("width")), float(root.get("height"))
    for plot in drawn:
        assert float(plot.get("x")) + float(plot.get("width")) <= width
        assert float(plot.get("y")) + float(plot.get("height")) <= height


@pytest.mark.parametrize("name", get_args(PlotName))
def test_a_plot_is_a_png_that_shows_more_than_an_empty_sheet(full_report, name):
    picture = Image.open(io.BytesIO(plot_file(full_report, name, "png"))).convert("RGB")
    colours = picture.getcolors(maxcolors=picture.width * picture.height)
    assert len(colours) > 20
    assert max(colours)[1] == (255, 255, 255)


def test_a_png_has_its_words_also_on_a_machine_without_fonts(full_report, monkeypatch):
    whole = resvg_py.svg_to_bytes
    monkeypatch.setattr("resvg_py.svg_to_bytes", lambda **given: whole(**given, skip_system_fonts=True))
    with_words = plot_file(full_report, "card", "png")
    monkeypatch.setattr(
        "resvg_py.svg_to_bytes", lambda **given: whole(**{**given, "font_files": []}, skip_system_fonts=True)
    )
    without = plot_file(full_report, "card", "png")
    dark = [sum(sum(pixel) < 200 for pixel in _pixels(file)) for file in (with_words, without)]
    assert dark[0] > dark[1] + 1000


def _pixels(file):
    return Image.open(io.BytesIO(file)).convert("RGB").get_flattened_data()


@pytest.mark.parametrize("name", get_args(PlotName))
def test_the_numbers_of_a_plot_are_those_of_the_agreement(full_report, numbers_of, name):
    rows = rows_of(full_report, name)
    assert rows
    if name in {"students", "totals"}:
        return
    known = numbers_of(full_report.agreement.as_json()) | numbers_of(full_report.queue.as_json())
    values = [row[column] for row in rows for column in row if column in {"low", "high", "qwk", "same_mark", "bias"}]
    assert all(float(value) in known for value in values if value)


def test_the_totals_of_a_plot_are_those_that_the_marks_add_up_to(full_report):
    table = full_report.marks.table
    rows = rows_of(full_report, "students")
    names = {full_report.marks.script_names[script]: place for place, script in enumerate(table.scripts)}
    for row in rows:
        assert float(row["human_total"]) == table.human.marks[table.script == names[row["script"]], 0].sum()


def test_what_cannot_be_drawn_says_what_it_needs(cases):
    with pytest.raises(UnprocessableError) as caught:
        plot_file(cases["no_human"](), "card", "png")
    assert "a human and a marker both marked" in caught.value.details["errors"][0]["message"]


def test_whatever_the_exam_a_plot_is_drawn_or_refused(any_report):
    for name in get_args(PlotName):
        try:
            assert plot_file(any_report, name, "svg").startswith(b"<svg ")
        except UnprocessableError:
            continue


def test_the_page_draws_what_the_files_show(full_report):
    page = render_report(full_report)
    for name in get_args(PlotName):
        for plot in ET.fromstring(plot_file(full_report, name, "svg")).findall(f"{SVG}svg"):  # noqa: S314 - our own
            assert f'id="{plot.find(f"{SVG}title").get("id")}"' in page


def test_a_name_that_is_a_formula_is_none_in_the_numbers(full_report):
    marks = full_report.marks
    names = {script: f"=1+{place}" for place, script in enumerate(marks.script_names)}
    rows = rows_of(replace(full_report, marks=replace(marks, script_names=names)), "totals")
    assert not any(row["script"].startswith("=") for row in rows)


def test_the_style_of_the_files_is_plain():
    assert "{fill: #1d5c9e; stroke: #ffffff" in plain_style()
    assert "@" not in plain_style()

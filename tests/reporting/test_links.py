"""From each table of figures to the answers and the calls behind it."""

import re
from dataclasses import replace

import pytest

from app.reporting.report import render_report

SERVER = "http://marks.example"
OF_MARKERS = ("totals", "bands", "leaderboard", "tries", "missing", "cost", "students")
SECTION = r'<section id="{}".*?</section>'


def links_of(html, key):
    section = re.search(SECTION.format(key), html, flags=re.DOTALL)[0]
    return re.findall(r'<a href="([^"]+)"', section)


@pytest.fixture(scope="module")
def html(full_report):
    return render_report(replace(full_report, server=SERVER))


@pytest.mark.parametrize("key", OF_MARKERS)
def test_the_name_of_a_marker_leads_to_the_answers_on_which_it_differs(html, key):
    found = links_of(html, key)
    assert found
    assert all(re.search(r"/desk\?which=all&amp;again=1&amp;marker=[\w-]+%2F", link) for link in found), found


def test_a_panel_leads_to_the_answers_on_which_its_markers_differ(html):
    assert any(link.endswith("/desk?which=all&amp;again=1&amp;reason=disagreement") for link in links_of(html, "panel"))


def test_totals_of_few_scripts_lead_to_the_answers_of_each_script(exam, report_of):
    found = links_of(render_report(replace(report_of(exam(5, 3, 2, 2)), server=SERVER)), "totals")
    scripts = [re.search("session_id=(s[0-9])$", link) for link in found]
    assert {script[1] for script in scripts if script} == {f"s{n}" for n in range(5)}


def test_figures_of_a_single_script_lead_to_the_calls_of_each_marker(full_report):
    html = render_report(replace(full_report, server=SERVER, kind="session"))
    assert all(re.search(r"/calls\?model=[\w-]+%2F", link) for link in links_of(html, "tries"))


@pytest.mark.parametrize("key", OF_MARKERS)
def test_a_page_without_a_server_has_no_such_links(full_report, key):
    assert links_of(render_report(replace(full_report, server=None)), key) == []

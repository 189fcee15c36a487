"""Every number that a verdict, heat map or table of the page shows is the one of that marker in the JSON."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from app.reporting.confusion import confusions_json
from app.reporting.report import render_report
from app.reporting.words import coefficient, fixed, money, number, percent


@pytest.fixture(scope="module", params=["full", "early", "one"])
def shown(request, cases):
    """(section of the page by its id, the agreement answer as JSON text makes it)."""
    report = cases[request.param]()
    html = render_report(report)

    def section(key):
        markup = re.search(rf'<section id="{key}".*?</section>', html, re.DOTALL)[0]
        return ET.fromstring(markup)  # noqa: S314 - made three lines above

    answer = report.agreement.as_json() | {"confusion": confusions_json(report.marks.table)}
    return section, json.loads(json.dumps(answer))


def words(element):
    return " ".join("".join(element.itertext()).replace("\xa0", " ").split())


def values(element):
    return [float(one.get("value")) for one in element.iter("data")]


def by_marker(answer, key):
    return {one["marker"]: one for one in answer[key]}


def interval(figure):
    return [figure["value"], *(figure["interval"] or ())]


def test_a_verdict_shows_its_markers_own_figures(shown):
    section, answer = shown
    markers, board = by_marker(answer, "markers"), by_marker(answer, "leaderboard")
    lines = section("trust").findall(".//ol[@class='verdicts']/li")
    assert {words(line.find(".//h3")) for line in lines} == set(markers)
    for line in lines:
        marker = markers[words(line.find(".//h3"))]
        overall, few = marker["overall"], marker["overall"]["n_scripts"] < 10
        told = {words(term[0]): term[1] for term in line.findall(".//dl/div")}
        answers, scripts = re.findall(r"\d+", words(told["Compared"]))
        assert (int(answers), int(scripts)) == (overall["exact"]["n"], overall["n_scripts"])
        rank = board[marker["marker"]]["rank"]
        assert (values(told["Rank"]) if "Rank" in told else []) == ([] if rank is None else [rank])
        assert values(told["Bias"]) == ([] if few else interval(overall["bias"]))
        assert values(told["Agreement (QWK)"]) == ([] if few else interval(overall["qwk"]))
        baseline = answer["human_baseline"]
        assert values(told["Two humans"]) == ([] if baseline is None else [baseline["overall"]["qwk"]["value"]])
        assert values(told["Cost a script and try"]) == [marker["cost_usd_per_script"]]
        assert values(told["Time a script and try"]) == [marker["seconds_per_script"]]


def test_the_sentences_of_a_verdict_are_the_figures_rounded(shown):
    section, answer = shown
    markers = by_marker(answer, "markers")
    for line in section("trust").findall(".//ol[@class='verdicts']/li"):
        marker = markers[words(line.find(".//h3"))]
        overall, limits = marker["overall"], marker["overall"]["bland_altman"]
        said = [(float(one.get("value")), words(one)) for one in line.findall(".//p[@class='plain']/data")]
        known = [overall[name]["value"] for name in ("exact", "within_tolerance", "mae")]
        known += [limits[name]["value"] for name in ("bias", "lower", "upper")]
        assert {value for value, _ in said} <= {*known, marker["cost_usd_per_script"]}
        assert said[-1] == (marker["cost_usd_per_script"], money(marker["cost_usd_per_script"]))
        for (value, told), figure, of in zip(
            said[:2], (overall["exact"], overall["within_tolerance"]), (True, False), strict=True
        ):
            counted = figure["n"] < 30 or answer["n_scripts"] < 10
            hits = number(value * figure["n"], 1) if counted else percent(value).replace("\xa0", " ")
            assert value == figure["value"]
            assert told == (f"{hits} of {figure['n']} answers" if of else hits)


def test_a_cell_of_the_heat_map_is_the_share_and_the_count_of_its_question_and_marker(shown):
    section, answer = shown
    cells = {}
    for plot in section("questions").iter("svg"):
        parts = list(plot)
        for place, part in enumerate(parts):
            if part.tag == "rect" and part.find("title") is not None:
                name = words(part.find("title")).rsplit(": ", 1)[0]
                inside = [label for label in parts[place + 1 : place + 3] if "in-" in label.get("class", "")]
                cells[name] = [words(label) for label in inside]
    wanted = {}
    exacts = [part["exact"] for marker in answer["markers"] for part in marker["per_question"].values()]
    counted = answer["n_scripts"] < 10 and all(exact["value"] in {0, 1} for exact in exacts)
    with_n = not counted and len({exact["n"] for exact in exacts}) > 1
    for marker in answer["markers"]:
        for question, part in marker["per_question"].items():
            exact = part["exact"]
            share = f"{round(exact['value'] * exact['n'])} of {exact['n']}" if counted else percent(exact["value"])
            shown_n = [f"n {exact['n']}"] if with_n else []
            wanted[f"{marker['marker']}, {question}"] = [share.replace("\xa0", " "), *shown_n]
    assert cells == wanted


def test_a_line_of_the_leaderboard_is_that_markers_in_the_json(shown):
    section, answer = shown
    if answer["n_scripts"] < 10:
        assert list(section("leaderboard").iter("table")) == []
        return
    head, *rows = section("leaderboard").iter("tr")
    assert [words(cell) for cell in head] == ["Rank", "Marker", "Same mark", "QWK", "Behind the leader", "p, adjusted"]
    assert [words(row[1]) for row in rows] == [one["marker"] for one in answer["leaderboard"]]
    for row, one in zip(rows, answer["leaderboard"], strict=True):
        assert values(row[0]) == [one["rank"]]
        assert values(row[2]) == interval(one["exact"])
        assert values(row[3]) == interval(one["qwk"])
        assert values(row[4]) == (interval(one["behind_leader"]) if one["behind_leader"] else [])
        assert values(row[5]) == ([one["p_adjusted"]] if one["p_adjusted"] is not None else [])


def test_a_line_of_what_was_not_marked_is_that_markers_in_the_json(shown):
    section, answer = shown
    markers = by_marker(answer, "markers")
    _, *rows = section("missing").iter("tr")
    assert {words(row[0]) for row in rows} == set(markers)
    for row in rows:
        marker = markers[words(row[0])]
        counts = [marker["marks"][name] for name in ("asked", "given", "missing", "invalid")]
        counts += [marker["overall"]["exact"][name] for name in ("n", "n_missing", "n_invalid")]
        assert [int(words(cell).replace(",", "")) for cell in row[1:]] == counts


def test_a_cost_says_what_it_is_the_cost_of(shown):
    section, answer = shown
    markers = by_marker(answer, "markers")
    head, *rows = section("cost").iter("tr")
    assert [words(cell) for cell in (head[2], head[4])] == ["Cost a script and try", "Time a script and try"]
    for row in rows:
        marker = markers[words(row[1]).removesuffix(" ●")]
        assert values(row[2]) == [marker["cost_usd_per_script"]]
        assert values(row[4]) == [marker["seconds_per_script"]]
    tables = [list(table.iter("tr")) for table in section("panel").iter("table")]
    options = next((rows for rows in tables if words(rows[0][0]) == "Calls"), None)
    if options:
        assert words(options[0][-1]) == "Cost a script, all calls"
        costs = [one["cost_usd_per_script"] for one in answer["panel_advice"]["options"]]
        assert [values(row[-1]) for row in options[1:]] == [[cost] for cost in costs]


def test_what_is_read_is_what_is_meant(shown):
    """The words of a figure are its value, rounded: nobody reads the attribute."""
    section, _ = shown
    forms = (percent, lambda value: percent(value, signed=True), coefficient, money, lambda value: fixed(value, 1), str)
    for row in section("leaderboard").iter("tr"):
        for one in row.iter("data"):
            value = float(one.get("value"))
            said = {form(value).replace("\xa0", " ") for form in forms} | {str(int(value)), f"{value:.3f}", "<0.001"}
            assert words(one) in said

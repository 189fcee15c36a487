"""/metrics: what it counts, who may read it, that labels stay few, that dashboard and alerts name what there is."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.marks.reasons import Reason
from app.monitoring.metrics import MARKED, MOST_MODELS, OTHER, SUCCEEDED, Metrics
from tests.doors.conftest import API_KEY, ended, ready_session, start
from tests.grading.fakes import settle

FILES = Path(__file__).parents[2] / "monitoring"
STUDENT = "Photosynthesis is what my cat does"


@pytest.fixture
def send(as_user):
    return as_user(API_KEY)


def samples_of(text):
    """{name: {labels as a sorted tuple: value}}"""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


async def read(send):
    response = await send("GET", "/metrics")
    assert response.status_code == 200, response.text
    return samples_of(response.text)


def labelled(**labels):
    return tuple(sorted(labels.items()))


async def run(send, openrouter, *models):
    session_id = await ready_session(send)
    await start(send, session_id, *models)
    progress = await ended(send, session_id)
    return session_id, progress


async def test_calls_marks_cost_and_runs_are_counted_by_model_and_outcome(send, openrouter):
    openrouter.marks = {"1": 1}
    await run(send, openrouter, {"name": "a/b", "tries": 3, "instance_id": "strict"})
    openrouter.marks = {"1": 7}
    await run(send, openrouter, {"name": "a/b"})

    found = await read(send)

    assert found["secondmark_calls_total"][labelled(model="a/b", outcome="succeeded")] >= 4
    assert found["secondmark_marks_total"] == {
        labelled(model="a/b", outcome="marked"): 3,
        labelled(model="a/b", outcome="out_of_range"): 1,
    }
    assert found["secondmark_runs_total"] == {labelled(status="graded"): 1, labelled(status="failed"): 1}
    assert found["secondmark_cost_usd_total"][labelled(model="a/b")] > 0
    requests = found["secondmark_model_requests_total"][labelled(model="a/b", status="200")]
    assert found["secondmark_model_request_seconds_count"][labelled(model="a/b")] == requests
    assert found["secondmark_http_responses_total"][labelled(status="2xx")] > 8


async def test_a_refused_request_counts_as_rate_limited(send, openrouter):
    openrouter.marks = {"1": 1}
    await run(send, openrouter, {"name": "a/b"})
    replies = [httpx.Response(429, headers={"Retry-After": "0"}, json={"error": {"code": 429, "message": "slow"}})]
    choice = {"message": {"role": "assistant", "content": '{"1": 1}'}, "finish_reason": "stop"}
    done = httpx.Response(200, json={"id": "g", "choices": [choice], "usage": {}})
    openrouter.reply = lambda: replies.pop() if replies else done

    await run(send, openrouter, {"name": "a/b"})

    found = await read(send)
    assert found["secondmark_rate_limited_total"] == {labelled(model="a/b"): 1}
    assert found["secondmark_model_requests_total"][labelled(model="a/b", status="429")] == 1


async def test_a_refused_account_is_counted_from_zero_on(send, openrouter):
    before = await read(send)
    openrouter.reply = lambda: httpx.Response(402, json={"error": {"code": 402, "message": "no credit"}})

    await run(send, openrouter, {"name": "a/b"})

    assert before["secondmark_account_refusals_total"] == {(): 0}
    assert (await read(send))["secondmark_account_refusals_total"] == {(): 1}


async def test_the_queue_and_what_is_in_flight_are_those_of_this_moment(serve_users, openrouter):
    send = (await serve_users(grading_max_concurrency=2))(API_KEY)
    openrouter.may_answer.clear()
    session_id = await ready_session(send)
    await start(send, session_id, {"name": "a/b", "tries": 5})
    async with asyncio.timeout(20):
        while len([one for one in openrouter.requests if one.method == "POST"]) < 2:
            await settle()

    found = await read(send)
    openrouter.may_answer.set()
    await ended(send, session_id)
    after = await read(send)

    assert found["secondmark_model_requests_in_flight"][()] == 2
    assert found["secondmark_calls_queued"][()] == 3
    assert found["secondmark_queue_age_seconds"][()] > 0
    assert after["secondmark_model_requests_in_flight"][()] == 0
    assert after["secondmark_calls_queued"][()] == 0
    assert after["secondmark_queue_age_seconds"][()] == 0


async def test_only_keys_read_the_figures_of_everybody(as_user):
    assert (await as_user(None)("GET", "/metrics")).status_code == 401
    refused = await as_user("ada")("GET", "/metrics")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "FORBIDDEN"
    assert (await as_user(API_KEY)("GET", "/metrics")).status_code == 200


async def test_prometheus_gets_the_form_that_it_asks_for(send):
    plain = await send("GET", "/metrics")
    modern = await send("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    assert modern.headers["Content-Type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")


async def test_no_label_holds_what_a_student_or_a_client_wrote(send, openrouter):
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"code": 400, "message": STUDENT}})
    await run(send, openrouter, {"name": f"x/{STUDENT.replace(' ', '-')}", "instance_id": STUDENT})

    page = (await send("GET", "/metrics")).text

    assert "cat" not in page
    assert labelled(model=OTHER, outcome="call_failed") in samples_of(page)["secondmark_marks_total"]


def test_names_that_a_client_makes_up_add_no_series():
    metrics = Metrics()
    metrics.lists = lambda model: model.startswith("listed/")
    for n in range(3 * MOST_MODELS):
        for owner in ("listed", "made-up"):
            metrics.call_ended(f"{owner}/{n}", SUCCEEDED)

    calls = samples_of(metrics.page("")[0].decode())["secondmark_calls_total"]

    assert len(calls) == MOST_MODELS + 1
    assert calls[labelled(model=OTHER, outcome=SUCCEEDED)] == 5 * MOST_MODELS


def names_there_are():
    """Every sample of a server that has done everything once."""
    metrics = Metrics()
    metrics.request_ended("a/b", 200, 1, is_limited=True, cost_usd=1)
    metrics.call_ended("a/b", SUCCEEDED)
    metrics.marked("a/b", {MARKED: 1})
    metrics.run_ended("graded")
    return set(samples_of(metrics.page("")[0].decode()))


def expressions():
    board = json.loads((FILES / "grafana" / "secondmark.json").read_text())
    alerts = yaml.safe_load((FILES / "alerts.yml").read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])
    yield from (one["query"] for one in board["templating"]["list"] if one["type"] == "query")
    yield from (rule["expr"] for group in alerts["groups"] for rule in group["rules"])


def test_dashboard_and_alerts_name_metrics_and_outcomes_that_there_are():
    there, outcomes = names_there_are(), {SUCCEEDED, MARKED, *(reason.value for reason in Reason)}
    used = set()
    for expression in expressions():
        used |= set(re.findall(r"\b(?:secondmark|process)_\w+", expression))
        for said in re.findall(r'outcome[!=]?[=~]+"([^"]+)"', expression):
            assert set(said.split("|")) <= outcomes, said

    assert used <= there
    own = {name.removesuffix("_bucket") for name in there if name.startswith("secondmark_")}
    shown = {name.removesuffix("_bucket") for name in used}
    assert {name for name in own - shown if not name.endswith(("_sum", "_count"))} == set(), "no panel shows it"


def labels_there_are():
    """{metric: names of its labels}, with those that Prometheus adds to each."""
    metrics = Metrics()
    metrics.request_ended("a/b", 200, 1, is_limited=True, cost_usd=1)
    metrics.call_ended("a/b", SUCCEEDED)
    metrics.marked("a/b", {MARKED: 1})
    metrics.run_ended("graded")
    return {
        name: {"instance", "job"} | {label for labels in series for label, _ in labels}
        for name, series in samples_of(metrics.page("")[0].decode()).items()
    }


def test_expressions_group_and_choose_by_labels_that_their_metrics_have():
    there, chosen = labels_there_are(), 0
    for expression in expressions():
        metrics = re.findall(r"\b(?:secondmark|process)_\w+", expression)
        for name, selector in re.findall(r"\b((?:secondmark|process)_\w+)\{([^}]*)\}", expression):
            used = set(re.findall(r"(\w+)\s*[=!]~?=?", re.sub(r'"[^"]*"', "", selector)))
            assert used <= there[name], expression
            chosen += len(used)
        for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
            names = {name.strip() for name in grouped.split(",")}
            assert names <= set.intersection(*(there[one] for one in metrics)), expression

    assert chosen > 5


def test_every_alert_says_what_is_wrong_and_what_to_do():
    alerts = yaml.safe_load((FILES / "alerts.yml").read_text())

    for rule in (rule for group in alerts["groups"] for rule in group["rules"]):
        assert rule["annotations"].keys() == {"summary", "description"}, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}

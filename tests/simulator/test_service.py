import json
from email.utils import parsedate_to_datetime

import pytest

from app.simulator.config import Behaviour, RetryAfter, SimulatorConfig
from app.simulator.faults import Fault
from app.simulator.service import HttpRequest, Service
from app.simulator.truth import BLIND, BROKEN

NOW = 1_800_000_000.25


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def service(**config) -> Service:
    return Service(SimulatorConfig(**config), wall_clock=Clock(NOW), monotonic=Clock())


def request(sent, *, key: str = "Bearer k", try_index: str = "1") -> HttpRequest:
    headers = {"authorization": key, "x-secondmark-try": try_index}
    return HttpRequest("POST", "/api/v1/chat/completions", "", headers, json.dumps(sent).encode())


def answered(reply) -> dict:
    return json.loads(reply.body)


def marks(reply) -> dict:
    content = answered(reply)["choices"][0]["message"]["content"]
    return {item["question_id"]: item["marks_awarded"] for item in json.loads(content)["answers"]}


def test_an_answer_has_openrouters_shape(body):
    reply = service().answer(request(body(images=["https://example.org/a.png"]), try_index="2"))

    answer = answered(reply)
    assert answer["id"] == dict(reply.headers)["X-Generation-Id"]
    assert answer["id"].startswith("gen-")
    assert (answer["provider"], answer["model"]) == ("Simulated", "simulated/careful")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["cost"] > 0
    assert answer["usage"]["prompt_tokens"] > 1000
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 0
    assert answer["usage"]["completion_tokens_details"] == {"reasoning_tokens": 0}


def test_reasoning_is_counted_where_it_was_asked_for(body):
    usage = answered(service().answer(request(body(reasoning={"effort": "high"}))))["usage"]

    assert usage["completion_tokens"] > usage["completion_tokens_details"]["reasoning_tokens"] >= 100


def test_the_marks_sent_are_the_truth_of_the_try_and_stand_in_the_log(body):
    simulated = service(seed=5)

    reply = simulated.answer(request(body("simulated/erratic"), try_index="3"))

    truth = {q: simulated.config.true_mark("simulated/erratic", q, m, 3) for q, m in (("MAI.1b(ii)", 4.0), ("2", 2.5))}
    assert marks(reply) == truth == simulated.ledger.log[0].marks


def test_two_simulators_answer_alike_byte_for_byte(body):
    config = {
        "seed": 3,
        "fault_rates": dict.fromkeys(Fault, 1 / len(Fault)),
        "latency_spread": 0.5,
        "latency_seconds": 1,
    }
    one, other = service(**config), service(**config)
    requests = [request(body(), try_index=str(n % 40 + 1)) for n in range(120)]

    replies = [(one.answer(r), other.answer(r)) for r in requests]

    assert all((a.status, a.body, a.fault, a.delay) == (b.status, b.body, b.fault, b.delay) for a, b in replies)
    assert len({a.fault for a, _ in replies}) > 15


def test_another_seed_goes_wrong_elsewhere(body):
    def faults(seed):
        simulated = service(seed=seed, fault_rates={Fault.FENCED: 0.5})
        return [simulated.answer(request(body(), try_index=str(n))).fault for n in range(1, 30)]

    assert faults(1) == faults(1) != faults(2)


def test_sessions_meet_the_same_faults_where_that_is_asked_for(body):
    def faults(session_id, **config):
        simulated = service(fault_rates={Fault.FENCED: 0.5}, **config)
        return [simulated.answer(request(body(session_id=session_id), try_index=str(n))).fault for n in range(1, 30)]

    assert faults("a") != faults("b")
    assert faults("a", faults_by_session=False) == faults("b", faults_by_session=False)


def test_the_sequence_counts_the_requests_of_each_call(body):
    simulated = service(fault_sequence=[Fault.HTTP_500, Fault.TRUNCATED])

    first = [simulated.answer(request(body())).status for _ in range(3)]
    second_try = simulated.answer(request(body(), try_index="2"))

    assert first == [500, 200, 200]
    assert [entry.nth for entry in simulated.ledger.log] == [1, 2, 3, 1]
    assert second_try.status == 500


def test_one_stage_can_fail_alone(body):
    simulated = service(stage_fault_rates={"rubric": {Fault.HTTP_400: 1}})

    assert simulated.answer(request(body(text="Give me grading_criteria."))).status == 400
    assert simulated.answer(request(body())).status == 200


def test_one_model_can_fail_alone(body):
    simulated = service(models={"x/bad": Behaviour(fault_rates={Fault.HTTP_400: 1})})

    assert simulated.answer(request(body("x/bad"))).status == 400
    assert simulated.answer(request(body("x/good"))).status == 200


def test_the_rubric_stage_is_answered_with_criteria(body):
    simulated = service()

    answer = answered(simulated.answer(request(body(text="Give me grading_criteria."))))

    criteria = json.loads(answer["choices"][0]["message"]["content"])["grading_criteria"]
    assert [item["question_id"] for item in criteria] == ["MAI.1b(ii)", "2"]
    assert simulated.ledger.log[0].stage == "rubric"


def test_the_broken_model_never_gives_marks(body):
    simulated = service(fault_sequence=[None, Fault.FENCED, Fault.DRIP])

    for _ in range(3):
        content = answered(simulated.answer(request(body(BROKEN))))["choices"][0]["message"]["content"]
        assert "{" not in content
    assert not any(entry.good or entry.marks for entry in simulated.ledger.log)


def test_the_blind_model_has_no_endpoint_for_images(body):
    simulated = service()

    assert simulated.answer(request(body(BLIND, images=["https://x.example/a.png"]))).status == 404
    assert simulated.answer(request(body(BLIND))).status == 200


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("", 401),
        ("Bearer ", 401),
        ("Basic abc", 401),
        ("Bearer invalid", 401),
        ("Bearer broke", 402),
        ("bearer x", 200),
    ],
)
def test_the_key_decides_who_is_served(body, key, status):
    reply = service().answer(request(body(), key=key))

    assert reply.status == status
    if status != 200:
        assert answered(reply)["error"]["code"] == status


@pytest.mark.parametrize("fault", [f for f in Fault if f.startswith("http_")])
def test_http_errors_have_openrouters_shape(body, fault):
    reply = service(fault_rates={fault: 1}).answer(request(body()))

    error = answered(reply)["error"]
    assert f"http_{reply.status}" == fault
    assert error["code"] == reply.status
    assert error["metadata"]["error_type"]
    assert "SIMULATED" in error["message"]


def test_a_failed_image_download_is_typed(body):
    reply = service(fault_rates={Fault.IMAGE_DOWNLOAD_FAILED: 1}).answer(request(body()))

    assert reply.status == 400
    assert answered(reply)["error"]["metadata"]["error_type"] == "image_download_failed"


def test_a_model_over_its_limit_gets_429_and_others_do_not(body):
    simulated = service(requests_per_second=1, burst=2)

    statuses = [simulated.answer(request(body(), try_index=str(n))).status for n in (1, 2, 3)]

    assert statuses == [200, 200, 429]
    assert simulated.answer(request(body("simulated/harsh"))).status == 200
    simulated._monotonic.now += 1
    assert simulated.answer(request(body(), try_index="3")).status == 200


@pytest.mark.parametrize(
    ("form", "said"), [(RetryAfter.SECONDS, "2"), (RetryAfter.FRACTIONAL, "1.5"), (RetryAfter.BODY, None)]
)
@pytest.mark.parametrize("fault", [Fault.HTTP_429, Fault.HTTP_503])
def test_retry_after_is_said_in_the_form_asked_for(body, form, said, fault):
    reply = service(fault_rates={fault: 1}, retry_after=form, retry_after_seconds=1.5).answer(request(body()))

    assert dict(reply.headers).get("Retry-After") == said
    assert answered(reply)["error"]["metadata"]["availability"] == {"retryable": True, "retry_after": 1.5}


def test_retry_after_can_be_a_date(body):
    reply = service(fault_rates={Fault.HTTP_429: 1}, retry_after="date", retry_after_seconds=1.5).answer(
        request(body())
    )

    date = parsedate_to_datetime(dict(reply.headers)["Retry-After"])
    assert NOW + 1.5 <= date.timestamp() < NOW + 2.5


def test_retry_after_can_be_absent(body):
    reply = service(fault_rates={Fault.HTTP_429: 1}, retry_after="absent").answer(request(body()))

    assert "Retry-After" not in dict(reply.headers)
    assert "availability" not in answered(reply)["error"]["metadata"]


def test_errors_inside_200(body):
    def answer(fault, **more):
        return answered(service(fault_rates={fault: 1}, **more).answer(request(body())))

    assert answer(Fault.ERROR_IN_200)["error"]["message"]
    assert {str(answer(Fault.ERROR_IN_200, seed=n)["error"]["code"]) for n in range(9)} == {"502"}
    assert {type(answer(Fault.ERROR_IN_200, seed=n)["error"]["code"]) for n in range(9)} == {int, str}
    choice = answer(Fault.ERROR_IN_CHOICE)["choices"][0]
    assert (choice["finish_reason"], choice["error"]["code"]) == ("error", 502)
    assert 0 < len(choice["message"]["content"]) < len('{"answers":[') + 200
    assert answer(Fault.CHOICES_NULL)["choices"] is None
    assert answer(Fault.CHOICES_EMPTY)["choices"] == []


def test_an_html_page_comes_with_status_200(body):
    reply = service(fault_rates={Fault.HTML: 1}).answer(request(body()))

    assert reply.status == 200
    assert reply.content_type.startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("wrong", ["0", "x", "-1", "1.5", "1" * 5000])
def test_a_try_that_is_no_number_from_1_is_refused(body, wrong):
    assert service().answer(request(body(), try_index=wrong)).status == 400


def test_a_body_that_is_no_request_is_refused():
    reply = service().answer(request(["not", "a", "request"]))

    assert (reply.status, reply.entry) == (400, None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/chat/completions", 405),
        ("POST", "/api/v1/models", 405),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/models", 200),
        ("GET", "/simulator/stats", 200),
        ("GET", "/simulator/log", 200),
    ],
)
def test_paths_and_methods(method, path, status):
    assert service().answer(HttpRequest(method, path, "", {"authorization": "Bearer k"})).status == status


def test_the_models_list_holds_the_configured_models():
    simulated = service(models={"vendor/mine": Behaviour()})

    reply = simulated.answer(HttpRequest("GET", "/api/v1/models", "", {"authorization": "Bearer k"}))

    assert "vendor/mine" in {entry["id"] for entry in answered(reply)["data"]}
    assert simulated.answer(HttpRequest("GET", "/api/v1/models", "", {"authorization": "Bearer invalid"})).status == 401


def test_the_log_can_be_read_from_an_index_on(body):
    simulated = service()
    for _ in range(3):
        simulated.answer(request(body()))

    entries = answered(simulated.answer(HttpRequest("GET", "/simulator/log", "after=1")))["entries"]

    assert [entry["index"] for entry in entries] == [2, 3]
    assert entries[0]["marks"] == dict(simulated.ledger.log[1].marks)

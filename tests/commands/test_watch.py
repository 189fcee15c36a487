"""`secondmark watch EXAM` as a process, against a running server and a simulated OpenRouter."""

import time
from urllib.parse import urlsplit

import pytest

from tests.support.forked import Command

QUESTIONS = [{"question_id": "1a", "max_marks": 100}, {"question_id": "1b", "max_marks": 40}]
N_SEEDS = 25
MODEL = "simulated/careful"


class Simulator:
    """A simulated OpenRouter that can come back as the models of another week, at the same address."""

    def __init__(self, environ, folder):
        self._where = environ, folder
        self.url = self._start("0")

    def _start(self, port, *options):
        self._command = Command(("simulate", "--port", port, *options), *self._where)
        return self._command.first_line().split()[-1]

    def changed(self):
        self.close()
        self._start(str(urlsplit(self.url).port), "--seed", "7")

    def close(self):
        self._command.terminate()


@pytest.fixture
def simulator(environ, tmp_path):
    simulator = Simulator(environ, tmp_path)
    yield simulator
    simulator.close()


@pytest.fixture
def simulator_url(simulator):
    return simulator.url


@pytest.fixture
def exam(server, simulator_url):
    """An exam of seeds that the simulator has marked once; a human gave what it gave."""
    exam_id = server.post("/exams", json={"name": "Seeds", "questions": QUESTIONS}).json()["exam_id"]
    seeds = [_script(server, exam_id, simulator_url) for _ in range(N_SEEDS)]
    server.put(f"/exams/{exam_id}/seeds", json={"session_ids": seeds}).raise_for_status()
    server.post(f"/exams/{exam_id}/grade", json={"models": [{"name": MODEL}]}).raise_for_status()
    while any(one["status"] == "grading" for one in server.get(f"/exams/{exam_id}").json()["sessions"]):
        time.sleep(0.2)
    given = server.get(f"/results/{seeds[0]}").json()["results_by_question"]
    human = {question: rows[MODEL][0]["marks_awarded"] for question, rows in given.items()}
    for seed in seeds:
        _configure(server, seed, human)
    return exam_id


def _script(server, exam_id, simulator_url):
    session_id = server.post("/sessions", json={"exam_id": exam_id}).json()["session_id"]
    page = {"session_id": session_id, "role": "student", "url": f"{simulator_url}/page.png", "order_index": 0}
    server.post("/images/register", json=page).raise_for_status()
    _configure(server, session_id, {"1a": 50, "1b": 20})
    return session_id


def _configure(server, session_id, human):
    body = {"session_id": session_id, "questions": QUESTIONS, "human_marks_by_qid": human}
    server.post("/questions/config", json=body).raise_for_status()


def test_nothing_changed_is_exit_0_and_a_changed_model_is_exit_1_with_the_evidence(secondmark, server, exam, simulator):
    watch = ("watch", exam, "--server", server.base_url)

    same = secondmark(*watch)

    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout == f"{MODEL}: No change found in 2 runs. Seeds outside: 0 of {N_SEEDS}.\n"

    simulator.changed()
    changed = secondmark(*watch)

    assert changed.returncode == 1
    assert f"{MODEL}: Changed since run 3 (20" in changed.stdout
    assert "totals" in changed.stdout
    assert "% of the maximum" in changed.stdout
    assert f"Seeds outside: {N_SEEDS} of {N_SEEDS}; only " in changed.stdout
    first = server.get(f"/exams/{exam}").json()["sessions"][0]["session_id"]
    runs = [
        server.get(f"/results/{first}", params={"run": run}).json()["results_by_question"]["1a"] for run in (1, 2, 3)
    ]
    marks = [run[MODEL][0]["marks_awarded"] for run in runs]
    assert marks[0] == marks[1] != marks[2]


def test_an_exam_may_be_named_and_a_session_has_no_seeds(secondmark, server):
    server.post("/exams", json={"name": "Named", "questions": QUESTIONS}).raise_for_status()
    session_id = server.post("/sessions", json={}).json()["session_id"]

    by_name = secondmark("watch", "Named", "--server", server.base_url)
    session = secondmark("watch", session_id, "--server", server.base_url)

    assert "PUT /exams/{id}/seeds" in by_name.stderr
    assert (session.returncode, "only an exam has seeds" in session.stderr) == (2, True)


def test_an_exam_without_seeds_is_refused_with_what_to_do(secondmark, server):
    exam_id = server.post("/exams", json={"name": "None", "questions": QUESTIONS}).json()["exam_id"]

    done = secondmark("watch", exam_id, "--server", server.base_url)

    assert done.returncode == 2
    assert "PUT /exams/{id}/seeds" in done.stderr

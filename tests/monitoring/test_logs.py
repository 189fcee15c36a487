"""Log lines: their form, what they are about, the line of a finished run, and what they never hold."""

import asyncio
import io
import json
import logging
import sys

import httpx
import pytest

from app.documents.reading import document_line
from app.monitoring.about import about
from app.monitoring.logs import configure_logging
from app.monitoring.tracebacks import safe_traceback
from tests.doors.conftest import API_KEY, IMAGE, ended, start

STUDENT = "Photosynthesis is what my cat does"
SIGNED = "https://scans.test/a.png?token=signed-secret"


@pytest.fixture
def send(as_user):
    return as_user(API_KEY)


@pytest.fixture
def own_root():
    """The root logger with its handlers and level put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


async def graded(send, *models, question=None, image=IMAGE, headers=None):
    session_id = (await send("POST", "/sessions")).json()["session_id"]
    questions = [question or {"question_id": "1", "max_marks": 2}, {"question_id": "2", "max_marks": 1}]
    for path, body in (("/images/register", image), ("/questions/config", {"questions": questions})):
        assert (await send("POST", path, json={"session_id": session_id} | body)).status_code == 200
    body = {"session_id": session_id, "models": list(models)}
    assert (await send("POST", "/grade/single", json=body, headers=headers or {})).status_code == 202
    await ended(send, session_id)
    return session_id


@pytest.mark.parametrize(
    ("form", "is_terminal", "is_json"),
    [("auto", False, True), ("auto", True, False), ("json", True, True), ("text", False, False)],
)
def test_lines_are_json_where_it_is_set_or_nobody_watches(own_root, monkeypatch, form, is_terminal, is_json):
    stream = io.StringIO()
    stream.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", stream)

    configure_logging("INFO", form)
    logging.getLogger("app").info("hello")

    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.startswith("{") == is_json
    assert not is_json or json.loads(line).keys() == {"time", "level", "logger", "message"}


def test_nothing_that_is_logged_begins_a_new_line(written, monkeypatch):
    # pytest keeps what reaches the root logger, and cannot send a lone surrogate from one process to another.
    monkeypatch.setattr(logging.getLogger("app"), "propagate", False)
    with about(marker="a/b\n2026 CRITICAL forged"):
        logging.getLogger("app").info("named %s", "x\r\n2026 CRITICAL forged \ud800")

    assert written.text.count("\n") == 1
    assert [line["marker"] for line in written.lines] == ["a/b\n2026 CRITICAL forged"]


async def test_a_run_carries_the_id_of_the_request_that_started_it(send, openrouter, written):
    openrouter.marks = {"1": 2, "2": 1}
    session_id = await graded(send, {"name": "a/b", "tries": 2}, headers={"X-Request-ID": "trace-9"})
    await graded(send, {"name": "c/d"}, headers={"X-Request-ID": "trace-10"})

    runs = await written.runs(2)
    calls = [line for line in written.lines if line["message"].startswith("assessment call")]
    assert {(one["correlation_id"], one["marker"], one["try"]) for one in calls} == {
        ("trace-9", "a/b", 1),
        ("trace-9", "a/b", 2),
        ("trace-10", "c/d", 1),
    }
    assert {one["session"] for one in calls if one["correlation_id"] == "trace-9"} == {session_id}
    assert {line["correlation_id"] for line in runs} == {"trace-9", "trace-10"}


async def test_work_that_no_request_started_has_an_id_of_its_own(written):
    async def work():
        with about(session="s"):
            logging.getLogger("app").info("at work")
            await asyncio.sleep(0)

    await asyncio.gather(work(), work())

    ids = [line["correlation_id"] for line in written.lines]
    assert len(set(ids)) == 2
    assert all(ids)


async def test_the_line_of_a_finished_run_says_what_a_person_asks_first(send, openrouter, written):
    openrouter.marks = {"1": 2, "2": 5}
    session_id = await graded(send, {"name": "a/b", "tries": 2})

    [line] = await written.runs()
    assert line["message"].startswith(f"session {session_id}: graded in ")
    assert "2 of 2 attempts succeeded, 2 marked, 2 unmarked (out_of_range 2), " in line["message"]
    assert line["message"].endswith(" USD; a/b 2/2")
    assert (line["marked"], line["unmarked"], line["unmarked_reasons"]) == (2, 2, {"out_of_range": 2})
    assert line["seconds"] >= 0
    assert f"session {session_id}: graded in " in written.text


async def test_a_run_that_failed_says_so_in_its_line(send, openrouter, written):
    openrouter.reply = lambda: httpx.Response(402, json={"error": {"code": 402, "message": "no credit"}})
    await graded(send, {"name": "a/b"})

    [line] = await written.runs()
    assert ": failed in " in line["message"]
    assert "0 of 1 attempts succeeded, 0 marked, 2 unmarked (call_failed 2), 0.0000 USD" in line["message"]
    outcomes = [one["outcome"] for one in written.lines if one["message"].startswith("assessment call")]
    assert outcomes == ["no_credit"]


@pytest.mark.parametrize("outcome", ["marks", "quoting error", "prose"])
async def test_no_line_holds_a_secret_or_what_a_student_or_a_model_wrote(send, openrouter, written, outcome):
    if outcome == "quoting error":
        error = {"code": 400, "message": f"bad input: {STUDENT}", "metadata": {"raw": STUDENT}}
        openrouter.reply = lambda: httpx.Response(400, json={"error": error})
    elif outcome == "prose":
        choice = {"message": {"role": "assistant", "content": STUDENT}, "finish_reason": "stop"}
        openrouter.reply = lambda: httpx.Response(200, json={"id": "g", "choices": [choice], "usage": {}})
    else:
        openrouter.marks = {"1": STUDENT, "2": 1}
    question = {"question_id": "1", "max_marks": 2, "text": STUDENT, "answer": STUDENT}
    session_id = await graded(send, {"name": "a/b"}, question=question, image=IMAGE | {"url": SIGNED})
    await send("POST", "/questions/config", json={"session_id": session_id, "questions": STUDENT})
    await send("GET", f"/sessions/{session_id}?token=signed-secret")
    await start(send, session_id, {"name": STUDENT})

    assert len(await written.runs()) == 1
    for secret in (STUDENT, "cat does", "signed-secret", API_KEY, "Bearer"):
        assert secret not in written.text
        assert secret not in json.dumps(written.lines, ensure_ascii=False)


def test_a_traceback_names_types_and_places_and_quotes_no_value(written):
    def fail():
        try:
            int(STUDENT)
        except ValueError as error:
            raise KeyError(STUDENT) from error

    try:
        fail()
    except KeyError as error:
        told = safe_traceback(error)
        logging.getLogger("app").exception("it failed")

    for text in (told, written.text, written.lines[0]["exception"]):
        assert "ValueError\n" in text
        assert "KeyError" in text
        assert "in fail" in text
        assert "cat does" not in text


def test_a_traceback_keeps_texts_that_quote_no_value():
    group = ExceptionGroup("both", [ConnectionRefusedError(111, "refused"), TypeError("unsupported operand")])

    told = safe_traceback(group)

    assert "ConnectionRefusedError: [Errno 111] refused" in told
    assert "TypeError: unsupported operand" in told


async def test_the_line_of_a_document_says_how_its_reading_ended_and_quotes_nothing(send, written):
    notes = {"file": ("notes.txt", f"{STUDENT}. ".encode() * 200)}
    document = (await send("POST", "/documents/upload", files=notes, headers={"X-Request-ID": "trace-11"})).json()["id"]

    [line] = await written.lines_with(f"document {document}: ")
    assert line["message"].startswith(f"document {document}: ready in ")
    assert line["message"].endswith(" words on 1 pages, 0.0000 USD")
    assert (line["correlation_id"], line["words"], line["pages"], line["unread_pages"]) == ("trace-11", 1200, 1, 0)
    assert "cat" not in written.text


def test_the_line_of_a_document_counts_the_pages_that_nobody_could_read():
    figures = {"status": "ready", "pages": 9, "words": 800, "unread_pages": 2, "cost_usd": 0.05, "seconds": 3.21}

    assert document_line(figures) == "ready in 3.2 s: 800 words on 9 pages, 2 pages not read, 0.0500 USD"

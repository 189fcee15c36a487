"""Sessions in every state, made as a client makes them, and readings of the error envelope."""

import asyncio

import pytest

STUDENT = {"role": "student", "url": "https://example.org/student-1.png", "order_index": 0}
QUESTIONS = [{"question_id": "1a", "max_marks": 3}, {"question_id": "1b", "max_marks": 4.5}]
DEADLINE_SECONDS = 20


@pytest.fixture
def refused():
    """Checks that a response is this error in the one shape; returns the error."""

    def check(response, status, code):
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (status, code)
        assert set(error) == {"code", "message", "details", "correlation_id"}
        assert error["correlation_id"] == response.headers["X-Request-ID"]
        return error

    return check


@pytest.fixture
def fields_of(refused):
    """The fields that a 422 names."""

    def fields(response, code="VALIDATION_ERROR"):
        return [error["field"] for error in refused(response, 422, code)["details"]["errors"]]

    return fields


@pytest.fixture
def create(client):
    async def create(**body):
        response = await client.post("/sessions", json=body)
        assert response.status_code == 201
        return response.json()["session_id"]

    return create


@pytest.fixture
def prepare(client, create):
    """A session with images and questions, ready to be graded."""

    async def prepare(*, images=(STUDENT,), questions=QUESTIONS, human=None, **body):
        session_id = await create(**body)
        for image in images:
            assert (await client.post("/images/register", json={"session_id": session_id} | image)).status_code == 200
        if questions:
            config = {"session_id": session_id, "questions": questions, "human_marks_by_qid": human or {}}
            assert (await client.post("/questions/config", json=config)).status_code == 200
        return session_id

    return prepare


@pytest.fixture
def start(client):
    """Starts a run; `models` may be names."""

    async def start(session_id, *models, **body):
        specs = [{"name": model} if isinstance(model, str) else model for model in models]
        response = await client.post("/grade/single", json={"session_id": session_id, "models": specs} | body)
        assert response.status_code == 202, response.text
        return response

    return start


@pytest.fixture
def ended(client):
    """The progress of a session when its run is over."""

    async def ended(session_id):
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (progress := (await client.get(f"/sessions/{session_id}")).json())["status"] == "grading":
                pass
        return progress

    return ended


@pytest.fixture
def grade(start, ended):
    async def grade(session_id, *models, **body):
        await start(session_id, *models, **body)
        return await ended(session_id)

    return grade


@pytest.fixture
async def while_grading(openrouter, prepare, start):
    """A session that is being graded; its calls wait until the test ends."""
    openrouter.may_answer.clear()
    session_id = await prepare()
    await start(session_id, "a/b")
    yield session_id
    openrouter.may_answer.set()


IMPORT_COLUMNS = "script,question_id,max_marks,human_mark,human_mark_2,model_name,try_index,mark"


@pytest.fixture
def send(client):
    """Imports lines into an exam, a new one unless named; the response and the exam's id."""

    async def send(*lines, exam_id=None, file=None):
        if exam_id is None:
            exam_id = (await client.post("/exams", json={"name": "Imported"})).json()["exam_id"]
        files = {"file": ("marks.csv", "\n".join([IMPORT_COLUMNS, *lines]) if file is None else file)}
        response = await client.post("/results/import", files=files, data={"exam_id": exam_id})
        return response, exam_id

    return send

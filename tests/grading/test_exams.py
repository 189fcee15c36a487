"""Starting all sessions of an exam: what befalls one keeps no other from starting, and none from being named."""

import pytest

from app.errors import ConflictError, NotConfiguredError, NotFoundError, UpstreamUnavailableError
from app.grading import exams
from app.grading.exams import start_exam
from app.schemas.grade import ExamPlanReq

SESSIONS = [
    {"session_id": f"0f8fad5b-d9cb-469f-a165-70867728950{n}", "name": f"candidate {n}", "seed": False} for n in range(3)
]
EXAM = {"exam_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "seed_limit": None, "questions": [], "sessions": SESSIONS}
PLAN = ExamPlanReq.model_validate({"models": [{"name": "a/b"}]})


@pytest.fixture
def start(monkeypatch):
    """Starts the exam while the session in the middle fails with `error`."""

    async def start(error):
        async def one(_store, request, _rules, *, exam_id):
            assert exam_id == EXAM["exam_id"]
            if request.session_id == SESSIONS[1]["session_id"]:
                raise error
            return []

        monkeypatch.setattr(exams, "start_session", one)
        launched = []
        return *await start_exam(EXAM, PLAN, store=None, rules=None, launch=launched.append), launched

    return start


@pytest.mark.parametrize("error", [ConflictError("busy"), NotFoundError("gone"), UpstreamUnavailableError("away")])
async def test_a_session_that_fails_to_start_is_named_beside_those_that_started(start, error):
    started, not_ready, launched = await start(error)

    others = [SESSIONS[0]["session_id"], SESSIONS[2]["session_id"]]
    assert (started, launched) == (others, others)
    named = {name: SESSIONS[1][name] for name in ("session_id", "name")}
    assert not_ready == [{**named, "code": error.code, "message": error.message}]


async def test_without_a_key_nothing_starts(start):
    with pytest.raises(NotConfiguredError):
        await start(NotConfiguredError("OPENROUTER_API_KEY is not set."))

"""Questions of a session, and the human marks."""

from fastapi import UploadFile

from app.dependencies import StoreDep
from app.openapi import described_router
from app.reporting.imports import MarksFile, listed_questions
from app.schemas.base import Ok, SessionId
from app.schemas.questions import ConfigureQuestionsReq, QuestionsRes, ReadQuestion, ReadQuestionsRes

router = described_router(prefix="/questions", tag="questions")


@router.post("/config")
async def configure_questions(body: ConfigureQuestionsReq, store: StoreDep) -> Ok:
    """Set all questions and human marks of a session. Questions that are not in the list are deleted."""
    questions = [question.model_dump() for question in body.questions]
    await store.configure_questions(body.session_id, questions, body.human_marks_by_qid, body.human_marks_2_by_qid)
    return Ok()


@router.post("/read")
async def read_questions(file: UploadFile) -> ReadQuestionsRes:
    """The questions and maxima of a spreadsheet, CSV or XLSX: one question in a row, or one in a column. Where each has
    a row, columns named text and answer come along. Nothing is stored.
    """
    listed = await listed_questions(MarksFile(file.file, file.size))
    return ReadQuestionsRes(questions=[ReadQuestion.of(question) for question in listed])


@router.get("/{session_id}")
async def list_questions(session_id: SessionId, store: StoreDep) -> QuestionsRes:
    """The questions of a session, by number."""
    return QuestionsRes(session_id=session_id, **await store.questions(session_id))

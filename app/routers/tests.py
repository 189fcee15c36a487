"""Tests made from documents: start, poll, edit, export, mark answer sheets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.dependencies import DocumentStoreDep, Generation, GenerationDep, OwnerDep, TestStoreDep
from app.errors import ConflictError
from app.generation import edits
from app.generation.progress import status_of
from app.generation.question_set import Extent, extent, question_set
from app.generation.recheck import check_question
from app.generation.start import estimate_start, start_test
from app.openapi import described_router
from app.pages.frame import page
from app.papers.export.formats import FORMATS
from app.papers.export.names import disposition
from app.papers.item_statistics import with_statistics
from app.papers.paper import PAPER_POLICY, paper
from app.papers.taxonomy import with_taxonomy
from app.schemas.base import DocumentId, QuestionId, TestId
from app.schemas.estimates import CostEstimate
from app.schemas.tests import (
    AddQuestionReq,
    EditQuestionReq,
    GenerateReq,
    RenameTestReq,
    TestAttempts,
    TestDetail,
    TestProgress,
    TestQuestion,
    TestSessionReq,
    TestSessionRes,
    TestsPage,
    TestSummary,
)
from app.store.records import TestQuestionRow, TestRow, TestSummaryRow
from app.work.feed import Event

router = described_router(prefix="/tests", tag="tests")

CANCELLED = "Cancelled by user"
# Models wrote the text of the paper, so the browser may run and fetch nothing.
PAPER_HEADERS = {"Content-Security-Policy": PAPER_POLICY}
_FILE = {"type": "string", "format": "binary"}
FILE_CONTENT = {
    written.media_type: {"schema": {"type": "object"} if written.media_type == "application/json" else _FILE}
    for written in FORMATS.values()
}
FormatName = Literal["moodle", "gift", "aiken", "qti21", "qti30", "csv", "json", "docx"]


async def _events(
    test_id: TestId,
    generation: GenerationDep,
    owner: OwnerDep,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> AsyncIterator[Event]:
    """The stream for one listener. An unknown test is refused here, before the response starts."""
    return await generation.feed.listen(test_id, owner, last_event_id)


@router.post("/generate", status_code=202, response_model=TestSummary)
async def generate_test(
    body: GenerateReq, tests: TestStoreDep, documents: DocumentStoreDep, generation: GenerationDep, response: Response
) -> TestSummaryRow:
    """Make a multiple-choice test from a document. Every question is stored the moment it is accepted."""
    test = await start_test(tests, documents, body, generation.rules)
    generation.launcher.launch(test["id"])
    response.headers["Location"] = f"/tests/{test['id']}"
    return test


@router.post("/estimate")
async def estimate_generated_test(
    body: GenerateReq, documents: DocumentStoreDep, generation: GenerationDep
) -> CostEstimate:
    """What the same request to /tests/generate will cost and how long it will take. Nothing is called or paid."""
    return CostEstimate.of(await estimate_start(documents, body, generation.rules, generation.setup))


@router.get("", response_model=TestsPage)
async def list_tests(
    tests: TestStoreDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    document_id: DocumentId | None = None,
) -> dict[str, Any]:
    """Tests, newest first."""
    return await tests.tests(limit=limit, offset=offset, document_id=document_id)


@router.get("/{test_id}")
async def get_test(test_id: TestId, tests: TestStoreDep) -> TestDetail:
    """A test with its questions and their item statistics."""
    measured = with_statistics(await tests.test(test_id), await tests.responses(test_id))
    return TestDetail.model_validate(with_taxonomy(measured))


@router.get("/{test_id}/status", response_model=TestProgress)
async def get_test_status(test_id: TestId, tests: TestStoreDep, generation: GenerationDep) -> dict[str, Any]:
    """The progress of a test, counted from stored questions."""
    return status_of(await tests.summary(test_id), _n_parallel(generation))


@router.patch("/{test_id}", response_model=TestSummary)
async def rename_test(test_id: TestId, body: RenameTestReq, tests: TestStoreDep) -> TestSummaryRow:
    """Rename a test."""
    return await tests.rename(test_id, body.name)


@router.delete("/{test_id}", status_code=204)
async def delete_test(test_id: TestId, tests: TestStoreDep, generation: GenerationDep) -> None:
    """Delete a test with its questions and attempts. Its sessions stay. An id that does not exist answers 204 too."""
    if await tests.delete(test_id):
        generation.launcher.drop(test_id)


@router.post("/{test_id}/cancel", response_model=TestProgress)
async def cancel_test(test_id: TestId, tests: TestStoreDep, generation: GenerationDep) -> dict[str, Any]:
    """End the generation of a test for good. Answers that still arrive are stored, because they are paid for."""
    await tests.cancel(test_id, CANCELLED)
    await generation.launcher.stop(test_id, CANCELLED)
    return status_of(await tests.summary(test_id), _n_parallel(generation))


@router.post("/{test_id}/questions", status_code=201, response_model=TestQuestion)
async def add_test_question(
    test_id: TestId, body: AddQuestionReq, tests: TestStoreDep, generation: GenerationDep
) -> TestQuestionRow:
    """A question by hand, up to the number that was asked for. `checks` says what the checks by code found."""
    return await edits.add_question(tests, test_id, body.model_dump(), generation.rules.thresholds)


@router.patch("/{test_id}/questions/{question_id}", response_model=TestQuestion)
async def edit_test_question(
    test_id: TestId, question_id: QuestionId, body: EditQuestionReq, tests: TestStoreDep, generation: GenerationDep
) -> TestQuestionRow:
    """Change a question. Sessions that were made before keep what they asked. The checks by code are made again."""
    changes = body.model_dump(exclude_none=True)
    return await edits.edit_question(tests, test_id, question_id, changes, generation.rules.thresholds)


@router.post("/{test_id}/questions/{question_id}/check", response_model=TestQuestion)
async def check_test_question(
    test_id: TestId, question_id: QuestionId, tests: TestStoreDep, generation: GenerationDep
) -> TestQuestionRow:
    """Judge a question as it is worded now: by code, and by the test's solvers, who are paid for it. What they find
    stands in `checks`; nothing is refused.
    """
    return await check_question(tests, test_id, question_id, generation.setup)


@router.get("/{test_id}/attempts")
async def list_test_attempts(test_id: TestId, tests: TestStoreDep) -> TestAttempts:
    """Every paid answer with its outcome, also for questions that the test does not hold in the end."""
    return TestAttempts.model_validate(await tests.attempts(test_id))


@router.get("/{test_id}/questions/{question_id}/attempts")
async def list_test_question_attempts(test_id: TestId, question_id: QuestionId, tests: TestStoreDep) -> TestAttempts:
    """Every paid answer for one question with its outcome, rejected ones included."""
    return TestAttempts.model_validate(await tests.attempts(test_id, question_id))


@router.get("/{test_id}/export", response_class=Response, responses={200: {"content": FILE_CONTENT}})
async def export_test(test_id: TestId, tests: TestStoreDep, format: FormatName) -> Response:  # noqa: A002 - the contract's name
    """The test as a file for another system."""
    written = FORMATS[format]
    stored = await tests.test(test_id)
    _check_not_empty(stored)
    there = extent(stored)
    title = stored["name"] if there.is_whole else f"{stored['name']} ({there.n} of {there.target})"
    headers = {"Content-Disposition": disposition(title, written.ending), **_extent_headers(there)}
    content = written.write(await asyncio.to_thread(question_set, stored), there)
    return Response(content, media_type=written.media_type, headers=headers)


@router.get("/{test_id}/paper", response_class=HTMLResponse)
async def get_test_paper(test_id: TestId, tests: TestStoreDep, key: Literal["0", "1"] = "0") -> HTMLResponse:
    """A page to print, with a numbered box for the letter of each answer. `key=1` fills in the right letters."""
    stored = await tests.test(test_id)
    _check_not_empty(stored)
    there = extent(stored)
    content = paper(await asyncio.to_thread(question_set, stored), there, with_key=key == "1")
    return HTMLResponse(content, headers={**PAPER_HEADERS, **_extent_headers(there)})


@router.post("/{test_id}/session", status_code=201)
async def create_test_session(
    test_id: TestId, tests: TestStoreDep, body: TestSessionReq | None = None
) -> TestSessionRes:
    """Create a session for one answer sheet. Models read the letters in its boxes, and code awards the marks."""
    given = body or TestSessionReq()
    return TestSessionRes(session_id=await tests.create_session(test_id, **given.model_dump()))


@router.get("/{test_id}/events", response_class=EventSourceResponse)
async def stream_test_events(
    events: Annotated[AsyncIterator[Event], Depends(_events)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events as for sessions: `progress`, `attempt` for each question kept or given up, `done`."""
    async for event in events:
        yield ServerSentEvent(event=event.name, data=event.data, id=event.id)


@router.get("/{test_id}/live", response_class=HTMLResponse)
async def get_test_live_page(test_id: TestId, request: Request, tests: TestStoreDep) -> HTMLResponse:
    """A page on which a person watches how a test is generated."""
    await tests.summary(test_id)
    return page(request, "live.html", exam_id=None)


def _n_parallel(generation: Generation) -> int | None:
    return generation.setup.n_parallel if generation.setup else None


def _check_not_empty(stored: TestRow) -> None:
    if not stored["questions"]:
        raise ConflictError("The test has no questions yet.", code="TEST_NOT_READY")


def _extent_headers(there: Extent) -> dict[str, str]:
    return {"X-Test-Status": there.status, "X-Test-Questions": f"{there.n}/{there.target}"}

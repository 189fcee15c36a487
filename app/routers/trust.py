"""Agreement, review, exports and reports, for a session and for an exam alike."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from pydantic import Field
from starlette.background import BackgroundTask

from app.dependencies import (
    AnalysesDep,
    BaseUrlDep,
    CatalogueDep,
    DeskStoreDep,
    EstimatorDep,
    ExamStoreDep,
    OwnerDep,
    SettingsDep,
)
from app.errors import UnprocessableError
from app.grading.estimate import Estimator
from app.openapi import described_router
from app.openrouter.catalogue import Catalogue
from app.pages.sealed import FEEDBACK_POLICY, REPORT_POLICY
from app.reporting.analyses import Analyses, QueuePage
from app.reporting.bill import bill_with_estimate
from app.reporting.boundaries import read_boundaries
from app.reporting.downloads import class_file, feedback_page, plot_download, report_page, xlsx_file
from app.reporting.export_csv import csv_lines
from app.reporting.plot_names import MEDIA_TYPES, PlotFormat, PlotName
from app.routers.waiting import COMPUTING, PatientWaiterDep, WaiterDep
from app.schemas.agreement import AgreementRes
from app.schemas.base import ExamId, ReviewId, SessionId, Text
from app.schemas.questions import QuestionId
from app.schemas.trust import (
    ExamReviewReq,
    ReviewHistoryRes,
    ReviewQueueRes,
    ReviewRes,
    ReviewsRes,
    SessionReviewReq,
    WithdrawnRes,
)
from app.store.exams import ExamStore, Scope

R = TypeVar("R", bound=Response)
ScopeOf = Callable[[str], Awaitable[Scope]]


# The estimate of a script takes some milliseconds: a report of more scripts than this goes without.
MOST_ESTIMATED = 100

CsvForm = Literal["long", "wide", "moodle", "canvas"]


class CsvStream(StreamingResponse):
    media_type = "text/csv"


class XlsxFile(FileResponse):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


_QuestionIdQuery = Annotated[QuestionId, Query()]
_ReviewIdQuery = Annotated[ReviewId | None, Query(description="without it the latest review of the answer")]
_ReviewerQuery = Annotated[Text | None, Query(max_length=200, description="who withdraws it")]

_Boundary = Annotated[float, Field(ge=0, le=10**8, allow_inf_nan=False)]
_BOUNDARIES = Query(
    max_length=50, description="where grades part, in marks of a script's total; without them the totals' thirds"
)


_PLOT = Query(description="one plot as a file, by the name of its section, in place of the page")
_FORMAT = Query(alias="format", description="of the plot: a picture (svg, png), or the numbers behind it (csv)")
# Media types beside that of the page.
_PLOTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {of.partition(";")[0]: {"schema": {"type": "string"}} for of in MEDIA_TYPES.values()}}
}


async def _session_scope(session_id: SessionId) -> Scope:
    return {"session_id": session_id}


async def _exam_scope(exam_id: ExamId) -> Scope:
    return {"exam_id": exam_id}


_ReaderQuery = Annotated[Text | None, Query(max_length=200, description="who reads it, as named at the desk")]


def _add_agreement(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """The figures of each marker."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get("/agreement", operation_id=f"get{name}Agreement", response_model=AgreementRes, responses=COMPUTING)
    async def agreement(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        waiter: WaiterDep,
        boundaries: Annotated[list[_Boundary], _BOUNDARIES] = [],  # noqa: B006 - FastAPI copies it
        *,
        corrections: Annotated[bool, Query(description="show corrected marks as markers of their own, too")] = False,
    ) -> Response:
        """Agreement of each marker with the human, with itself and with the other markers, and its cost."""
        chosen = tuple(sorted(boundaries))
        answer = await analyses.agreement(exams, scope, waiter, chosen, corrections=corrections)
        return Response(answer, media_type="application/json")


def _add_reviews(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """Which answers a human should look at, and those that a human looked at."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get(
        "/review-queue",
        operation_id=f"get{name}ReviewQueue",
        response_model=ReviewQueueRes,
        responses=COMPUTING,
    )
    async def review_queue(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        waiter: WaiterDep,
        user: OwnerDep,
        threshold: Annotated[float | None, Query(ge=0, le=1, description="least doubt that is looked at")] = None,
        sampled: Annotated[bool | None, Query(description="the random sample alone, or all but it")] = None,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        reviewer: _ReaderQuery = None,
    ) -> dict[str, Any]:
        """Which answers a human should look at, and how much may be wrong among the others. Where the exam has blind
        marking, the marks of an answer are hidden until the reviewer (the user of the token, or the name given) has
        marked it; without a name, until everybody who is to mark it has.
        """
        wanted = QueuePage(threshold, sampled, offset, limit, user or reviewer)
        return await analyses.queue(exams, scope, wanted, waiter)

    @router.get("/reviews", operation_id=f"list{name}Reviews", responses=COMPUTING)
    async def reviews(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        waiter: WaiterDep,
        user: OwnerDep,
        reviewer: _ReaderQuery = None,
    ) -> ReviewsRes:
        """Every reviewed answer: the final mark beside the human's and the models' consensus. Where the exam has blind
        or double marking, they are hidden until the reviewer (the user of the token, or the name given) has marked the
        answer; without a name, until everybody who is to mark it has.
        """
        return ReviewsRes.model_validate(await analyses.changes(exams, scope, user or reviewer, waiter))


def _add_history(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """Every review, withdrawn ones included."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get("/review-history", operation_id=f"list{name}ReviewHistory")
    async def review_history(
        scope: scoped,
        store: DeskStoreDep,
        user: OwnerDep,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 1000,
        reviewer: _ReaderQuery = None,
    ) -> ReviewHistoryRes:
        """Every review that was ever given, by whom and when, withdrawn ones included. Where the exam has blind or
        double marking, marks are hidden as in the list of reviews; the reviewer's own are not.
        """
        return ReviewHistoryRes.model_validate({"changes": await store.seen_history(scope, limit, user or reviewer)})


def _add_downloads(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """Files for spreadsheets and for learning platforms."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get("/export.csv", operation_id=f"export{name}Csv", response_class=CsvStream)
    async def export_csv(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        waiter: PatientWaiterDep,
        form: Annotated[CsvForm, Query(description="long: a mark in a row; others: a student in a row")] = "long",
    ) -> CsvStream:
        """A CSV file: one line for each mark, or the class list, also in the import forms of Moodle and Canvas."""
        if form != "long":
            content = await class_file(exams, analyses, scope, form, waiter)
            return _download(CsvStream(iter([content])), f"{noun}-{form}.csv")
        return _download(CsvStream(await csv_lines(exams, scope)), f"{noun}.csv")

    @router.get("/export.xlsx", operation_id=f"export{name}Xlsx", response_class=XlsxFile)
    async def export_xlsx(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        waiter: PatientWaiterDep,
        boundaries: Annotated[str, Query(description="percentages: 90,80,70 or A:90,B:80", max_length=1000)] = "",
        *,
        corrections: Annotated[bool, Query(description="figures of corrected marks, too")] = False,
    ) -> XlsxFile:
        """A workbook: class list, grades where there are boundaries, summary, questions, tries, definitions."""
        chosen = read_boundaries(boundaries)
        path = await xlsx_file(exams, analyses, scope, waiter, chosen, corrections=corrections)
        removed = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
        return XlsxFile(path, filename=f"{noun}.xlsx", background=removed)


def _add_pages(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """The report, for people to read and to print."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get("/report", operation_id=f"get{name}Report", response_class=HTMLResponse, responses=_PLOTS)
    async def report(
        scope: scoped,
        exams: ExamStoreDep,
        analyses: AnalysesDep,
        settings: SettingsDep,
        own_address: BaseUrlDep,
        waiter: PatientWaiterDep,
        estimator: EstimatorDep,
        catalogue: CatalogueDep,
        boundaries: Annotated[list[_Boundary], _BOUNDARIES] = [],  # noqa: B006 - FastAPI copies it
        plot: Annotated[PlotName | None, _PLOT] = None,
        form: Annotated[PlotFormat | None, _FORMAT] = None,
        *,
        corrections: Annotated[bool, Query(description="with a section on what corrections would change")] = False,
    ) -> Response:
        """One self-contained page for teachers and researchers; with `plot`, one of its plots as a file."""
        if plot is not None:
            chosen = plot, form or "svg"
            now, cuts = datetime.now(UTC), tuple(sorted(boundaries))
            content = await plot_download(exams, analyses, scope, chosen, now=now, waiter=waiter, boundaries=cuts)
            return _plot(content, *chosen)
        if form is not None:
            raise UnprocessableError.field("format", "is the format of a plot: name one with `plot`.")
        bill = await _bill(exams, scope, analyses, catalogue, estimator)
        page = await report_page(
            exams,
            analyses,
            scope,
            now=datetime.now(UTC),
            base_url=settings.public_base_url,
            server=own_address,
            waiter=waiter,
            boundaries=tuple(sorted(boundaries)),
            corrections=corrections,
            bill=bill,
        )
        return HTMLResponse(page, headers=_sealed(REPORT_POLICY))


def _add_feedback(router: APIRouter, noun: str, scope_of: ScopeOf) -> None:
    """Sheets for students."""
    name = noun.capitalize()
    scoped = Annotated[Scope, Depends(scope_of)]

    @router.get("/feedback", operation_id=f"get{name}Feedback", response_class=HTMLResponse)
    async def feedback(
        scope: scoped, exams: ExamStoreDep, analyses: AnalysesDep, waiter: PatientWaiterDep
    ) -> HTMLResponse:
        """A sheet for each student to print: the marks that count, the maxima and the notes."""
        return HTMLResponse(await feedback_page(exams, analyses, scope, waiter), headers=_sealed(FEEDBACK_POLICY))


async def _bill(
    exams: ExamStore, scope: Scope, analyses: Analyses, catalogue: Catalogue, estimator: Estimator
) -> dict[str, Any] | None:
    """The bill of an exam, with its estimate unless it is large; None for a session."""
    if "exam_id" not in scope:
        return None
    exam = await exams.exam(scope["exam_id"])
    estimate = estimator.of_exam if len(exam["sessions"]) <= MOST_ESTIMATED else None
    return await bill_with_estimate(exam, exams, analyses, catalogue, estimate)


def _router(noun: str, scope_of: ScopeOf) -> APIRouter:
    """The routes below `/{noun}s/{id}`."""
    router = described_router(prefix=f"/{noun}s/{{{noun}_id}}", tag="trust")
    for add in (_add_agreement, _add_reviews, _add_history, _add_downloads, _add_pages, _add_feedback):
        add(router, noun, scope_of)
    return router


def _sealed(policy: str) -> dict[str, str]:
    """Models wrote some text of these pages, so the browser may run and fetch nothing."""
    return {"Content-Security-Policy": policy}


def _plot(content: bytes, plot: PlotName, form: PlotFormat) -> Response:
    """A picture may be shown, but runs and loads nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    headers = {"Content-Security-Policy": policy}
    response = Response(content, media_type=MEDIA_TYPES[form], headers=headers)
    return _download(response, f"{plot}.{form}", shown=form != "csv")


def _download(response: R, filename: str, *, shown: bool = False) -> R:
    """`shown`: a browser shows the file, and saves it under its name."""
    response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{filename}"'
    return response


session_router = _router("session", _session_scope)
exam_router = _router("exam", _exam_scope)


@session_router.post("/review")
async def review_session_answer(
    session_id: SessionId, body: SessionReviewReq, exams: ExamStoreDep, user: OwnerDep
) -> ReviewRes:
    """Record the final mark of an answer. The latest review counts, and earlier ones stay stored."""
    given = body.signed(user)
    return ReviewRes(review_id=given["review_id"], reviewed_at=await exams.record_review(session_id, **given))


@exam_router.post("/review")
async def review_exam_answer(exam_id: ExamId, body: ExamReviewReq, exams: ExamStoreDep, user: OwnerDep) -> ReviewRes:
    """Record the final mark of an answer of one of the exam's scripts."""
    given = body.signed(user)
    reviewed_at = await exams.record_review(exam_id=exam_id, **given)
    return ReviewRes(review_id=given["review_id"], reviewed_at=reviewed_at)


@session_router.delete("/review")
async def withdraw_session_review(
    session_id: SessionId,
    question_id: _QuestionIdQuery,
    store: DeskStoreDep,
    user: OwnerDep,
    review_id: _ReviewIdQuery = None,
    reviewer: _ReviewerQuery = None,
) -> WithdrawnRes:
    """Withdraw the latest review of an answer, or the named one. It stays in the history, and the one before counts."""
    return WithdrawnRes.model_validate(
        await store.withdraw(session_id, question_id=question_id, review_id=review_id, withdrawn_by=user or reviewer)
    )


@exam_router.delete("/review")
async def withdraw_exam_review(
    exam_id: ExamId,
    session_id: SessionId,
    question_id: _QuestionIdQuery,
    store: DeskStoreDep,
    user: OwnerDep,
    review_id: _ReviewIdQuery = None,
    reviewer: _ReviewerQuery = None,
) -> WithdrawnRes:
    """Withdraw a review of an answer of one of the exam's scripts. It stays in the history."""
    return WithdrawnRes.model_validate(
        await store.withdraw(
            session_id, exam_id=exam_id, question_id=question_id, review_id=review_id, withdrawn_by=user or reviewer
        )
    )

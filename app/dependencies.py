"""The parts that routes receive as arguments. `create_app` has built them; nothing connects here.

All are `async def`: FastAPI runs plain functions in a thread pool, which halves what the polled route can serve.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request

from app.documents.reading import Reading
from app.generation.feed import GenerationFeed
from app.generation.generation_run import GenerationSetup
from app.generation.start import GenerationRules
from app.grading.cancelling import Cancelling
from app.grading.estimate import Estimator, Limits
from app.grading.exam_feed import ExamFeed
from app.grading.feed import SessionFeed
from app.grading.start import StartRules
from app.monitoring.metrics import Metrics
from app.names import ServerNames, base_url
from app.openrouter.catalogue import Catalogue
from app.openrouter.gates import ModelGates
from app.openrouter.image_tokens import PAGE
from app.reporting.analyses import Analyses
from app.reporting.desk import Desks
from app.settings import Settings
from app.storage.delivery import OwnAddress
from app.storage.intake import Intake
from app.storage.page_sizes import PageSizes
from app.storage.reports import Reports
from app.storage.storage import ImageStorage
from app.store.desk import DeskStore
from app.store.documents import DocumentStore
from app.store.exams import ExamStore
from app.store.generated_tests import GeneratedTestStore
from app.store.overview import OverviewStore
from app.store.sessions import Store
from app.store.uploads import UploadStore
from app.store.wakeups import Wakeups
from app.store.work import DEAD_SECONDS, WorkStore
from app.work.background import Background
from app.work.feed import Feed
from app.work.heartbeat import Heartbeat
from app.work.launcher import InlineLauncher, Launcher
from app.work.learned_rates import LearnedRates
from app.work.shared_reads import SharedReads


@dataclass(frozen=True, slots=True)
class Reader:
    """How documents are read, and the launcher that reads them."""

    reading: Reading
    launcher: InlineLauncher


@dataclass(frozen=True, slots=True)
class Generation:
    """The rules for starting a test, how tests are made (None without a key), the launcher that makes them, and the
    feed that reports on them.
    """

    rules: GenerationRules
    setup: GenerationSetup | None
    launcher: InlineLauncher
    feed: GenerationFeed


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts that routes use. `app.state.parts` holds them while the application runs."""

    settings: Settings
    store: Store
    exams: ExamStore
    desk_store: DeskStore
    overview: OverviewStore
    documents: DocumentStore
    tests: GeneratedTestStore
    uploads: UploadStore
    storage: ImageStorage
    intake: Intake
    own_address: OwnAddress
    catalogue: Catalogue
    gates: ModelGates
    learned_rates: LearnedRates | None
    metrics: Metrics
    analyses: Analyses
    desks: Desks
    start_rules: StartRules
    launcher: Launcher
    cancelling: Cancelling
    feed: SessionFeed
    exam_feed: ExamFeed
    reports: Reports
    progress: SharedReads
    reader: Reader
    generation: Generation
    work: WorkStore
    background: Background
    # Computes for every server that shares the queue; None without one.
    computer: InlineLauncher | None = None
    # Of a process that takes work from the queue.
    heartbeat: Heartbeat | None = None
    wakeups: Wakeups | None = None

    @property
    def launchers(self) -> tuple[Launcher, ...]:
        shared = () if self.computer is None else (self.computer,)
        return self.launcher, self.reader.launcher, self.generation.launcher, *shared

    @property
    def trouble(self) -> str | None:
        """Why this process does not work on what waits, or not as soon as it should; None if all its loops run."""
        down = [f"{name} ({fault})" for name, fault in self.background.down.items()]
        if down:
            return f"Loops of this process died and are started again: {', '.join(down)}."
        silent = None if self.heartbeat is None else self.heartbeat.silent_seconds
        if silent is not None and silent > DEAD_SECONDS:
            return f"The database has not answered this worker for {silent:.0f} s; others may take over its work."
        hears = None if self.wakeups is None else self.wakeups.trouble
        return None if hears is None else f"The queue of this process is down: {hears}."

    @property
    def feeds(self) -> tuple[Feed, ...]:
        return self.feed, self.exam_feed, self.generation.feed


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def owner_of(request: Request) -> str | None:
    """The user whose sessions this request may see. None means every session."""
    owner: str | None = request.scope.get("state", {}).get("owner_id")
    return owner


def progress_of(request: Request) -> SharedReads:
    return parts_of(request).progress


async def owner_id(request: Request) -> str | None:
    return owner_of(request)


OwnerDep = Annotated[str | None, Depends(owner_id)]


async def _settings(request: Request) -> Settings:
    return parts_of(request).settings


async def _store(request: Request, owner: OwnerDep) -> Store:
    return parts_of(request).store.for_owner(owner)


async def _exam_store(request: Request, owner: OwnerDep) -> ExamStore:
    return parts_of(request).exams.for_owner(owner)


async def _desk_store(request: Request, owner: OwnerDep) -> DeskStore:
    return parts_of(request).desk_store.for_owner(owner)


async def _overview_store(request: Request, owner: OwnerDep) -> OverviewStore:
    return parts_of(request).overview.for_owner(owner)


async def _document_store(request: Request, owner: OwnerDep) -> DocumentStore:
    return parts_of(request).documents.for_owner(owner)


async def _test_store(request: Request, owner: OwnerDep) -> GeneratedTestStore:
    return parts_of(request).tests.for_owner(owner)


async def _upload_store(request: Request, owner: OwnerDep) -> UploadStore:
    return parts_of(request).uploads.for_owner(owner)


async def _generation(request: Request) -> Generation:
    return parts_of(request).generation


async def _reader(request: Request) -> Reader:
    return parts_of(request).reader


async def _storage(request: Request) -> ImageStorage:
    return parts_of(request).storage


async def _progress(request: Request) -> SharedReads:
    return progress_of(request)


async def _launcher(request: Request) -> Launcher:
    return parts_of(request).launcher


async def _cancelling(request: Request) -> Cancelling:
    return parts_of(request).cancelling


async def _base_url(request: Request) -> str:
    settings = parts_of(request).settings
    return settings.public_base_url or base_url(request.scope, ServerNames.of(settings))


BaseUrlDep = Annotated[str, Depends(_base_url)]
"""This server's address without a trailing slash: PUBLIC_BASE_URL, or as the client knows it."""


async def _start_rules(request: Request, address: BaseUrlDep) -> StartRules:
    return replace(parts_of(request).start_rules, request_base=address)


async def _intake(request: Request) -> Intake:
    return parts_of(request).intake


async def _feed(request: Request) -> SessionFeed:
    return parts_of(request).feed


async def _exam_feed(request: Request) -> ExamFeed:
    return parts_of(request).exam_feed


async def _reports(request: Request) -> Reports:
    return parts_of(request).reports


async def _catalogue(request: Request) -> Catalogue:
    return parts_of(request).catalogue


async def _work(request: Request) -> WorkStore:
    return parts_of(request).work


async def _gates(request: Request) -> ModelGates:
    return parts_of(request).gates


async def _metrics(request: Request) -> Metrics:
    return parts_of(request).metrics


async def _analyses(request: Request) -> Analyses:
    return parts_of(request).analyses


async def _estimator(request: Request, owner: OwnerDep) -> Estimator:
    parts = parts_of(request)
    limits = Limits.of(parts.settings.grading_max_concurrency, parts.gates)
    store = parts.store.for_owner(owner)
    is_inline = parts.settings.image_delivery == "inline"
    pages = PageSizes(parts.storage, PAGE, long_side=parts.settings.page_long_side if is_inline else None)
    return Estimator(store, parts.catalogue, pages, limits, parts.settings.asked_beside_marks)


async def _desk(request: Request) -> Desks:
    return parts_of(request).desks


SettingsDep = Annotated[Settings, Depends(_settings)]
StoreDep = Annotated[Store, Depends(_store)]
ExamStoreDep = Annotated[ExamStore, Depends(_exam_store)]
DeskStoreDep = Annotated[DeskStore, Depends(_desk_store)]
OverviewStoreDep = Annotated[OverviewStore, Depends(_overview_store)]
DocumentStoreDep = Annotated[DocumentStore, Depends(_document_store)]
TestStoreDep = Annotated[GeneratedTestStore, Depends(_test_store)]
UploadStoreDep = Annotated[UploadStore, Depends(_upload_store)]
GenerationDep = Annotated[Generation, Depends(_generation)]
ReaderDep = Annotated[Reader, Depends(_reader)]
StorageDep = Annotated[ImageStorage, Depends(_storage)]
ProgressDep = Annotated[SharedReads, Depends(_progress)]
CancellingDep = Annotated[Cancelling, Depends(_cancelling)]
LauncherDep = Annotated[Launcher, Depends(_launcher)]
IntakeDep = Annotated[Intake, Depends(_intake)]
StartRulesDep = Annotated[StartRules, Depends(_start_rules)]
FeedDep = Annotated[SessionFeed, Depends(_feed)]
ExamFeedDep = Annotated[ExamFeed, Depends(_exam_feed)]
ReportsDep = Annotated[Reports, Depends(_reports)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
WorkDep = Annotated[WorkStore, Depends(_work)]
GatesDep = Annotated[ModelGates, Depends(_gates)]
CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
EstimatorDep = Annotated[Estimator, Depends(_estimator)]
AnalysesDep = Annotated[Analyses, Depends(_analyses)]
DeskDep = Annotated[Desks, Depends(_desk)]

"""What routes ask for. Everything was built by `create_app`; nothing connects here.

All are `async def`: FastAPI runs plain functions in a thread pool, which halves what the polled route can serve.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.documents.reading import Reading
from app.generation.feed import GenerationFeed
from app.generation.start import GenerationRules
from app.grading.feed import SessionFeed
from app.grading.start import StartRules
from app.openrouter.catalogue import Catalogue
from app.reporting.analyses import Analyses
from app.settings import Settings
from app.storage.storage import ImageStorage
from app.store.documents import DocumentStore
from app.store.exams import ExamStore
from app.store.generated_tests import GeneratedTestStore
from app.store.sessions import Store
from app.work.launcher import InlineLauncher
from app.work.shared_reads import SharedReads


@dataclass(frozen=True, slots=True)
class Reader:
    """What takes documents: how they are read, and who works on them."""

    reading: Reading
    launcher: InlineLauncher


@dataclass(frozen=True, slots=True)
class Generation:
    """What makes tests: the rules of a start, who works on them, and who tells of it."""

    rules: GenerationRules
    launcher: InlineLauncher
    feed: GenerationFeed


def owner_of(request: Request) -> str | None:
    """Whose sessions this request may see; None means all."""
    owner: str | None = request.scope.get("state", {}).get("owner_id")
    return owner


def progress_of(request: Request) -> SharedReads:
    progress: SharedReads = request.app.state.progress
    return progress


async def owner_id(request: Request) -> str | None:
    return owner_of(request)


OwnerDep = Annotated[str | None, Depends(owner_id)]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _store(request: Request, owner: OwnerDep) -> Store:
    store: Store = request.app.state.store
    return store.for_owner(owner)


async def _exam_store(request: Request, owner: OwnerDep) -> ExamStore:
    exams: ExamStore = request.app.state.exams
    return exams.for_owner(owner)


async def _document_store(request: Request, owner: OwnerDep) -> DocumentStore:
    documents: DocumentStore = request.app.state.documents
    return documents.for_owner(owner)


async def _test_store(request: Request, owner: OwnerDep) -> GeneratedTestStore:
    tests: GeneratedTestStore = request.app.state.tests
    return tests.for_owner(owner)


async def _generation(request: Request) -> Generation:
    generation: Generation = request.app.state.generation
    return generation


async def _reader(request: Request) -> Reader:
    reader: Reader = request.app.state.reader
    return reader


async def _storage(request: Request) -> ImageStorage:
    storage: ImageStorage = request.app.state.storage
    return storage


async def _progress(request: Request) -> SharedReads:
    return progress_of(request)


async def _launcher(request: Request) -> InlineLauncher:
    launcher: InlineLauncher = request.app.state.launcher
    return launcher


async def _start_rules(request: Request) -> StartRules:
    rules: StartRules = request.app.state.start_rules
    return rules


async def _feed(request: Request) -> SessionFeed:
    feed: SessionFeed = request.app.state.feed
    return feed


async def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


async def _analyses(request: Request) -> Analyses:
    analyses: Analyses = request.app.state.analyses
    return analyses


SettingsDep = Annotated[Settings, Depends(_settings)]
StoreDep = Annotated[Store, Depends(_store)]
ExamStoreDep = Annotated[ExamStore, Depends(_exam_store)]
DocumentStoreDep = Annotated[DocumentStore, Depends(_document_store)]
TestStoreDep = Annotated[GeneratedTestStore, Depends(_test_store)]
GenerationDep = Annotated[Generation, Depends(_generation)]
ReaderDep = Annotated[Reader, Depends(_reader)]
StorageDep = Annotated[ImageStorage, Depends(_storage)]
ProgressDep = Annotated[SharedReads, Depends(_progress)]
LauncherDep = Annotated[InlineLauncher, Depends(_launcher)]
StartRulesDep = Annotated[StartRules, Depends(_start_rules)]
FeedDep = Annotated[SessionFeed, Depends(_feed)]
CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
AnalysesDep = Annotated[Analyses, Depends(_analyses)]

"""From `POST /tests/generate` to the run: the server refuses what it cannot do before any call is paid."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import PurePath

from app.documents.pages import pages_of
from app.errors import BadRequestError, NotConfiguredError, UnprocessableError
from app.generation.checks import Thresholds
from app.generation.estimate import Work, estimate_test
from app.generation.generation_run import GenerationSetup
from app.generation.model import Difficulty
from app.generation.plans import Wishes
from app.generation.prompt import PROMPT_VERSION
from app.generation.segment import segments, unused
from app.openrouter.catalogue import Catalogue
from app.openrouter.estimate import Estimate
from app.openrouter.prices import check_prices
from app.schemas.tests import SEEDS, GenerateReq
from app.store.base import DailyLimits, Row
from app.store.documents import DocumentStore
from app.store.generated_tests import GeneratedTestStore
from app.store.records import TestSummaryRow


@dataclass(frozen=True, slots=True)
class GenerationRules:
    """What this installation can do, and what is taken where a request says nothing. `has_key`: models can be asked."""

    has_key: bool
    min_words: int
    model: str
    solver_models: tuple[str, ...]
    thresholds: Thresholds
    catalogue: Catalogue
    daily: DailyLimits


async def start_test(
    tests: GeneratedTestStore, documents: DocumentStore, request: GenerateReq, rules: GenerationRules
) -> TestSummaryRow:
    """The new test, pending. Raises NotFoundError, NotConfiguredError, BadRequestError (DOCUMENT_NOT_READY,
    NOT_ENOUGH_TEXT), UnprocessableError and ConflictError (GENERATION_IN_PROGRESS), all before anything is paid.
    """
    document, models = await _checked(documents, request, rules)
    return await tests.create(
        request.document_id,
        name=request.name or PurePath(document["name"]).stem or document["name"],
        target_questions=request.num_questions,
        difficulty=request.difficulty,
        models=models,
        prompt_version=PROMPT_VERSION,
        seed=secrets.randbelow(SEEDS) if request.seed is None else request.seed,
        **rules.daily.as_json(),
    )


async def estimate_start(
    documents: DocumentStore, request: GenerateReq, rules: GenerationRules, setup: GenerationSetup | None
) -> Estimate:
    """What the same request would cost as a start. Raises what `start_test` does before it creates the test."""
    _, models = await _checked(documents, request, rules)
    assert setup is not None  # noqa: S101 - without a key it is refused before
    pages = pages_of(await documents.text(request.document_id))
    parts = await asyncio.to_thread(segments, pages, request.num_questions)
    work = Work(
        models["writer"],
        models["solvers"],
        Difficulty(request.difficulty),
        Wishes.of(models),
        setup.rounds,
        setup.n_parallel,
    )
    return await estimate_test(work, parts, setup.models.catalogue)


async def _checked(documents: DocumentStore, request: GenerateReq, rules: GenerationRules) -> tuple[Row, Row]:
    """The document, and who writes and solves what."""
    document = await documents.document(request.document_id)
    if not rules.has_key:
        raise NotConfiguredError("No model can be asked: set OPENROUTER_API_KEY (see .env.example).")
    if document["status"] != "ready":
        raise BadRequestError(_not_ready(document), code="DOCUMENT_NOT_READY", details={"status": document["status"]})
    if document["word_count"] < rules.min_words:
        message = f"The document has {document['word_count']} words; a test needs at least {rules.min_words}."
        raise BadRequestError(message, code="NOT_ENOUGH_TEXT")
    writer = request.model or rules.model
    solvers = _solvers(request, writer, rules)
    if request.max_cost_usd is not None:
        await check_prices((writer, *solvers), rules.catalogue)
    return document, {
        "writer": writer,
        "solvers": solvers,
        "topics": request.topics,
        "kinds": request.kinds,
        "blooms": request.blooms,
        "max_cost_usd": request.max_cost_usd,
        "unused_pages": await _unused_pages(documents, request.document_id),
        **({"language": request.language} if request.language else {}),
    }


async def _unused_pages(documents: DocumentStore, document_id: str) -> list[int]:
    """Pages with some text that no question is asked about: title pages, contents, tables of numbers."""
    pages = pages_of(await documents.text(document_id))
    return await asyncio.to_thread(unused, pages)


_NEVER_READY = {"rejected": "was refused", "extraction_failed": "could not be read"}


def _not_ready(document: Row) -> str:
    ending = _NEVER_READY.get(document["status"])
    if ending is None:
        return "The document is still being read."
    return f"The document {ending}, so that no test can be made from it: {document['extraction_error']}"


def _solvers(request: GenerateReq, writer: str, rules: GenerationRules) -> list[str]:
    """The solvers without the writer: a model agrees with its own question."""
    if any(_same(model, writer) for model in request.solver_models or ()):
        raise UnprocessableError.field("solver_models", f"{writer} writes the questions and cannot solve them blind.")
    solvers = [model for model in request.solver_models or rules.solver_models if not _same(model, writer)]
    if not solvers:
        raise UnprocessableError.field("solver_models", "Name a model other than the writer.")
    return list(dict.fromkeys(solvers))


def _same(model: str, other: str) -> bool:
    """Compare two model names without what follows a colon, which says how the model is served (`:free`)."""
    return model.lower().partition(":")[0] == other.lower().partition(":")[0]

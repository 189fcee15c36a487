"""Builds the parts of the program from its settings and connects them. Nothing else does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from app.dependencies import Generation, Parts, Reader
from app.documents.extraction import ExtractionLimits
from app.documents.reading import DocumentJobs, Reading
from app.errors import AppError
from app.generation.checks import Thresholds
from app.generation.feed import GenerationFeed
from app.generation.generation_run import GenerationJobs, GenerationSetup
from app.generation.start import GenerationRules
from app.generation.warm_up import warm_up
from app.grading.cancelling import Cancelling
from app.grading.exam_feed import ExamFeed
from app.grading.feed import SessionFeed
from app.grading.plan import PlanLimits
from app.grading.requests import RequestTools
from app.grading.session_jobs import Grading, SessionJobs
from app.grading.start import StartRules
from app.launchers import Others, Workplace
from app.monitoring.metrics import Metrics
from app.openrouter.catalogue import Catalogue
from app.openrouter.client import OpenRouterClient
from app.openrouter.gates import ModelGates
from app.openrouter.http_client import open_http_client
from app.openrouter.limits import FairLimiter
from app.openrouter.metered import MeteredClient
from app.openrouter.proxy import proxy_from_environment
from app.openrouter.retry import RetryPolicy
from app.reporting.analyses import Analyses
from app.reporting.computations import AskedComputations, ComputationJobs
from app.reporting.desk import Desks
from app.scans.pages import PageLimits
from app.settings import Settings, SettingsError
from app.storage.delivery import Delivery, OwnAddress
from app.storage.intake import Intake
from app.storage.local import LocalStorage
from app.storage.reports import Reports
from app.storage.storage import ImageStorage
from app.storage.supabase import SupabaseStorage
from app.store.base import DailyLimits
from app.store.computations import ComputationStore
from app.store.desk import DeskStore
from app.store.documents import DocumentStore
from app.store.exams import ExamStore
from app.store.generated_tests import GeneratedTestStore
from app.store.overview import OverviewStore
from app.store.rates import RateStore
from app.store.sessions import Store
from app.store.transport import Transport
from app.store.uploads import UploadStore
from app.store.work import WorkStore
from app.work.background import Background
from app.work.feed import Streams
from app.work.job import ModelAccess
from app.work.launcher import Launcher
from app.work.learned_rates import LearnedRates, account_of
from app.work.live_counts import LiveCounts
from app.work.shared_reads import SharedReads

if TYPE_CHECKING:
    from app.auth import UserTokens

log = logging.getLogger(__name__)

# Supabase serves rows and files through one client. One statement per finished call needs no more than 16 at once.
SUPABASE_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Overrides:
    """Parts that tests replace."""

    openrouter_http: httpx.AsyncClient | None = None
    jwks_http: httpx.AsyncClient | None = None
    transport: Transport | None = None
    storage: ImageStorage | None = None
    retry_policy: RetryPolicy | None = None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


NO_OVERRIDES = Overrides()


class Https:
    """The HTTP clients of the services that may be configured. Raises SettingsError for a proxy that cannot be used."""

    def __init__(self, settings: Settings, overrides: Overrides) -> None:
        self.jwks = overrides.jwks_http or open_http_client(limit=1)
        self.supabase = open_http_client(limit=SUPABASE_CONNECTIONS) if settings.supabase_url else None
        self.openrouter = overrides.openrouter_http or open_http_client(
            limit=settings.grading_max_concurrency, proxy=proxy_from_environment(settings.openrouter_base_url)
        )


def assemble(  # noqa: PLR0917 - what everything is built of
    settings: Settings,
    overrides: Overrides,
    https: Https,
    transport: Transport,
    background: Background,
    lease_owner: str,
    metrics: Metrics,
) -> Parts:
    store, documents, tests = Store(transport), DocumentStore(transport), GeneratedTestStore(transport)
    storage = overrides.storage or _storage(settings, https.supabase)
    catalogue = Catalogue(https.openrouter, settings.openrouter_base_url, _secret(settings.openrouter_api_key))
    limits = PageLimits(long_side=settings.page_long_side, max_pages=settings.max_scan_pages)
    own_address = OwnAddress(settings.public_base_url, f"http://{settings.host}:{settings.port}")
    delivery = Delivery(storage, own_address, limits if settings.image_delivery == "inline" else None)
    requests = RequestTools(delivery, catalogue, settings.openrouter_data_collection, settings.asked_beside_marks)
    gates, limiter = ModelGates(sleep=overrides.sleep), FairLimiter(settings.grading_max_concurrency)
    metrics.lists = catalogue.lists
    client = _client(settings, overrides, https.openrouter, gates, limiter, metrics)
    models = ModelAccess(client, catalogue, settings.openrouter_data_collection) if client is not None else None
    reading = _reading(settings, models)
    jobs = SessionJobs(store, Grading(client, requests, metrics), overrides.sleep) if client is not None else None
    workplace = Workplace(settings, transport, background, lease_owner, limiter, gates, overrides.sleep)
    launcher = workplace.sessions(jobs)
    reader = Reader(reading, workplace.documents(DocumentJobs(documents, reading, overrides.sleep)))
    generation = _generation(settings, overrides, models, catalogue, tests, documents, workplace)
    if jobs is None:
        background.start(_name_waiting_sessions(store), name="look for sessions that wait for a key")
    computations = ComputationStore(transport)
    analyses = Analyses(AskedComputations(computations, overrides.sleep) if settings.has_queue else None)
    computer = workplace.computations(ComputationJobs(computations, overrides.sleep))
    others = Others(reader.launcher, generation.launcher, computer)
    parts = Parts(
        settings=settings,
        store=store,
        exams=ExamStore(transport),
        desk_store=DeskStore(transport),
        overview=OverviewStore(transport),
        documents=documents,
        tests=tests,
        uploads=UploadStore(transport),
        storage=storage,
        intake=Intake(storage, limits, settings.image_url_hosts),
        own_address=own_address,
        catalogue=catalogue,
        gates=gates,
        learned_rates=_learned_rates(settings, transport, gates),
        metrics=metrics,
        analyses=analyses,
        desks=Desks(analyses),
        start_rules=_start_rules(settings, catalogue, has_key=client is not None),
        launcher=launcher,
        cancelling=Cancelling(launcher, background),
        feed=SessionFeed(store, background, phases=launcher.phases),
        exam_feed=ExamFeed(ExamStore(transport), background),
        reports=Reports(settings.data_dir),
        progress=_progress(store, launcher),
        reader=reader,
        generation=generation,
        work=WorkStore(transport),
        background=background,
        computer=computer,
        heartbeat=workplace.heartbeat(launcher, others),
        wakeups=workplace.wakeups(launcher, others),
    )
    streams = Streams(settings.max_event_streams, settings.owner_event_streams)
    for feed in parts.feeds:
        feed.streams = streams
    return parts


def _start_rules(settings: Settings, catalogue: Catalogue, *, has_key: bool) -> StartRules:
    return StartRules(
        has_key=has_key,
        openrouter_host=urlsplit(settings.openrouter_base_url).hostname or "",
        public_base_url=settings.public_base_url,
        inline=settings.image_delivery == "inline",
        catalogue=catalogue,
        limits=PlanLimits(settings.max_plan_models, settings.max_plan_attempts),
        daily=DailyLimits(settings.owner_daily_attempts, settings.owner_daily_usd),
    )


def _progress(store: Store, launcher: Launcher) -> SharedReads:
    """The progress of sessions: requests that come while one is read share it."""
    read = LiveCounts(lambda session_id, owner: store.for_owner(owner).session_progress(session_id), launcher)
    return SharedReads(read)


async def _name_waiting_sessions(store: Store) -> None:
    try:
        waiting = await store.unclaimed_sessions()
    except AppError as error:
        log.warning("unfinished sessions cannot be looked up: %s", error)
        return
    if waiting:
        log.warning("%d sessions in grading wait for a start with OPENROUTER_API_KEY", len(waiting))


def user_tokens(settings: Settings, http: httpx.AsyncClient) -> "UserTokens | None":
    if not settings.user_tokens:
        return None
    # Not above: the libraries for signatures take 9 MB, and most servers have no user tokens.
    from app.auth import Admission, SigningKeys, UserTokens  # noqa: PLC0415

    issuer = settings.token_issuer
    if issuer is None:
        raise SettingsError("SUPABASE_JWT_ISSUER: user tokens need it, such as https://<ref>.supabase.co/auth/v1")
    url = settings.supabase_jwks_url
    path, _, value = (settings.allowed_claim or "").partition("=")
    return UserTokens(
        secret=_secret(settings.supabase_jwt_secret),
        keys=None if url is None else SigningKeys(url, http),
        issuer=issuer,
        admission=Admission(
            users=frozenset(user.lower() for user in settings.allowed_users),
            claim=(path, value) if path else None,
            anonymous_users=settings.allow_anonymous_users,
        ),
    )


def _storage(settings: Settings, http: httpx.AsyncClient | None) -> ImageStorage:
    key = settings.supabase_service_role_key
    if settings.supabase_url is None or key is None or http is None:
        return LocalStorage(
            settings.data_dir, max_bytes=settings.max_image_bytes, max_scan_bytes=settings.max_scan_bytes
        )
    return SupabaseStorage(settings.supabase_url, key.get_secret_value(), settings.supabase_storage_bucket, http)


def _client(  # noqa: PLR0917 - what it is built of
    settings: Settings,
    overrides: Overrides,
    http: httpx.AsyncClient,
    gates: ModelGates,
    limiter: FairLimiter,
    metrics: Metrics,
) -> OpenRouterClient | None:
    api_key = _secret(settings.openrouter_api_key)
    if api_key is None:
        return None
    return MeteredClient(
        http,
        metrics=metrics,
        base_url=settings.openrouter_base_url,
        api_key=api_key,
        limiter=limiter,
        gates=gates,
        policy=overrides.retry_policy
        or RetryPolicy(
            max_requests=settings.grading_max_requests,
            rate_limit_wait_seconds=settings.grading_rate_limit_wait_seconds,
        ),
        call_timeout_seconds=settings.grading_call_timeout_seconds,
        referer=settings.openrouter_http_referer,
        title=settings.openrouter_app_title,
        sleep=overrides.sleep,
    )


def _learned_rates(settings: Settings, transport: Transport, gates: ModelGates) -> LearnedRates | None:
    api_key = _secret(settings.openrouter_api_key)
    if api_key is None:
        return None
    return LearnedRates(RateStore(transport, account_of(api_key, settings.openrouter_base_url)), gates)


def _reading(settings: Settings, models: ModelAccess | None) -> Reading:
    limits = ExtractionLimits(max_pages=settings.max_pdf_pages, ocr_threshold=settings.ocr_threshold)
    return Reading(limits, models, settings.mcq_model, settings.mcq_candidate_count, prepare=warm_up)


def _generation(  # noqa: PLR0917 - what it is built of
    settings: Settings,
    overrides: Overrides,
    models: ModelAccess | None,
    catalogue: Catalogue,
    tests: GeneratedTestStore,
    documents: DocumentStore,
    workplace: Workplace,
) -> Generation:
    thresholds = Thresholds(
        quote_score=settings.mcq_quote_score,
        quote_words=settings.mcq_quote_words,
        key_length_ratio=settings.mcq_key_length_ratio,
        key_longest_share=settings.mcq_key_longest_share,
        same_quote_score=settings.mcq_same_quote_score,
    )
    jobs = setup = None
    if models is not None:
        setup = GenerationSetup(models, thresholds, settings.mcq_candidate_count, settings.mcq_max_revisions + 1)
        jobs = GenerationJobs(tests, documents, setup, overrides.sleep)
    rules = GenerationRules(
        models is not None,
        settings.min_extraction_words,
        settings.mcq_model,
        settings.mcq_solver_models,
        thresholds,
        catalogue,
        DailyLimits(settings.owner_daily_attempts, settings.owner_daily_usd),
    )
    return Generation(rules, setup, workplace.tests(jobs), GenerationFeed(tests, workplace.background))


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()

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
from app.work.launcher import InlineLauncher, Launcher
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


@dataclass(frozen=True, slots=True)
class _Images:
    """Where images are, how pages are made of scans, and how pages reach a model's provider."""

    storage: ImageStorage
    pages: PageLimits
    own_address: OwnAddress
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class _Models:
    """OpenRouter, and the limits under which this process sends requests to it. Without a key `client` and `access` are
    None.
    """

    catalogue: Catalogue
    gates: ModelGates
    limiter: FairLimiter
    client: OpenRouterClient | None
    access: ModelAccess | None


@dataclass(frozen=True, slots=True)
class _Work:
    """What this process does in the background: marks sessions, reads documents, makes tests, computes analyses."""

    place: Workplace
    sessions: Launcher
    reader: Reader
    generation: Generation
    computations: InlineLauncher | None

    @property
    def others(self) -> Others:
        return Others(self.reader.launcher, self.generation.launcher, self.computations)


def assemble(  # noqa: PLR0917 - what everything is built of
    settings: Settings,
    overrides: Overrides,
    https: Https,
    transport: Transport,
    background: Background,
    lease_owner: str,
    metrics: Metrics,
) -> Parts:
    images = _images(settings, overrides, https)
    models = _models(settings, overrides, https, metrics)
    metrics.lists = models.catalogue.lists
    place = Workplace(settings, transport, background, lease_owner, models.limiter, models.gates, sleep=overrides.sleep)
    parts = _parts(images, models, _work(place, images, models, metrics), metrics)
    streams = Streams(settings.max_event_streams, settings.owner_event_streams)
    for feed in parts.feeds:
        feed.streams = streams
    return parts


def _images(settings: Settings, overrides: Overrides, https: Https) -> _Images:
    storage = overrides.storage or _storage(settings, https.supabase)
    pages = PageLimits(long_side=settings.page_long_side, max_pages=settings.max_scan_pages)
    own_address = OwnAddress(settings.public_base_url, f"http://{settings.host}:{settings.port}")
    delivery = Delivery(storage, own_address, pages if settings.image_delivery == "inline" else None)
    return _Images(storage, pages, own_address, delivery)


def _models(settings: Settings, overrides: Overrides, https: Https, metrics: Metrics) -> _Models:
    catalogue = Catalogue(https.openrouter, settings.openrouter_base_url, _secret(settings.openrouter_api_key))
    gates, limiter = ModelGates(sleep=overrides.sleep), FairLimiter(settings.grading_max_concurrency)
    client = _client(settings, overrides, https.openrouter, gates, limiter, metrics)
    access = ModelAccess(client, catalogue, settings.openrouter_data_collection) if client is not None else None
    return _Models(catalogue, gates, limiter, client, access)


def _work(place: Workplace, images: _Images, models: _Models, metrics: Metrics) -> _Work:
    reading, computations = _reading(place.settings, models.access), ComputationStore(place.transport)
    documents = DocumentJobs(DocumentStore(place.transport), reading, place.sleep)
    return _Work(
        place=place,
        sessions=place.sessions(_session_jobs(place, images, models, metrics)),
        reader=Reader(reading, place.documents(documents)),
        generation=_generation(place, models),
        computations=place.computations(ComputationJobs(computations, place.sleep)),
    )


def _session_jobs(place: Workplace, images: _Images, models: _Models, metrics: Metrics) -> SessionJobs | None:
    """Without a key no session can be marked; the sessions that wait for one are named in the log."""
    settings, store = place.settings, Store(place.transport)
    if models.client is None:
        place.background.start(_name_waiting_sessions(store), name="look for sessions that wait for a key")
        return None
    tools = RequestTools(
        images.delivery,
        models.catalogue,
        settings.openrouter_data_collection,
        settings.asked_beside_marks,
        settings.page_long_side,
    )
    return SessionJobs(store, Grading(models.client, tools, metrics), place.sleep)


def _parts(images: _Images, models: _Models, work: _Work, metrics: Metrics) -> Parts:
    settings, transport, background = work.place.settings, work.place.transport, work.place.background
    store, exams, launcher = Store(transport), ExamStore(transport), work.sessions
    analyses = _analyses(work.place)
    return Parts(
        settings=settings,
        store=store,
        exams=exams,
        desk_store=DeskStore(transport),
        overview=OverviewStore(transport),
        documents=DocumentStore(transport),
        tests=GeneratedTestStore(transport),
        uploads=UploadStore(transport),
        storage=images.storage,
        intake=Intake(images.storage, images.pages, settings.image_url_hosts),
        own_address=images.own_address,
        catalogue=models.catalogue,
        gates=models.gates,
        learned_rates=_learned_rates(settings, transport, models.gates),
        metrics=metrics,
        analyses=analyses,
        desks=Desks(analyses),
        start_rules=_start_rules(settings, models.catalogue, has_key=models.client is not None),
        launcher=launcher,
        cancelling=Cancelling(launcher, background),
        feed=SessionFeed(store, background, phases=launcher.phases),
        exam_feed=ExamFeed(exams, background),
        reports=Reports(settings.data_dir),
        progress=_progress(store, launcher),
        reader=work.reader,
        generation=work.generation,
        work=WorkStore(transport),
        background=background,
        computer=work.computations,
        heartbeat=work.place.heartbeat(launcher, work.others),
        wakeups=work.place.wakeups(launcher, work.others),
    )


def _analyses(place: Workplace) -> Analyses:
    """With a queue any worker may compute an analysis."""
    asked = AskedComputations(ComputationStore(place.transport), place.sleep)
    return Analyses(asked if place.settings.has_queue else None)


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


def _generation(place: Workplace, models: _Models) -> Generation:
    settings, tests = place.settings, GeneratedTestStore(place.transport)
    thresholds = Thresholds(
        quote_score=settings.mcq_quote_score,
        quote_words=settings.mcq_quote_words,
        key_length_ratio=settings.mcq_key_length_ratio,
        key_longest_share=settings.mcq_key_longest_share,
        same_quote_score=settings.mcq_same_quote_score,
    )
    jobs = setup = None
    if models.access is not None:
        setup = GenerationSetup(models.access, thresholds, settings.mcq_candidate_count, settings.mcq_max_revisions + 1)
        jobs = GenerationJobs(tests, DocumentStore(place.transport), setup, place.sleep)
    rules = GenerationRules(
        models.access is not None,
        settings.min_extraction_words,
        settings.mcq_model,
        settings.mcq_solver_models,
        thresholds,
        models.catalogue,
        DailyLimits(settings.owner_daily_attempts, settings.owner_daily_usd),
    )
    return Generation(rules, setup, place.tests(jobs), GenerationFeed(tests, place.background))


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()

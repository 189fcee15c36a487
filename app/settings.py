"""The operator's settings: one frozen object, read once from the environment and `.env`.

Each description stands in `.env.example` and docs/configuration.md, which `make docs` writes.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from app.setting_types import MODEL_NAME, CommaList, ConnInfo, HttpUrl, ModelList, Seconds, SecretCommaList

DEFAULT_CORS_ORIGINS = (
    "http://localhost:5173",
    "http://127.0.0.1:5173",
    "http://localhost:5174",
    "http://127.0.0.1:5174",
)


class SettingsError(Exception):
    """A variable has an invalid value. The message is one line and names the variable."""


JWKS_PATH = "/.well-known/jwks.json"


class _Models(BaseModel):
    """Models"""

    openrouter_api_key: SecretStr | None = Field(
        default=None, description="Key of OpenRouter. Without it no model can be asked, and every start answers 503."
    )
    openrouter_base_url: HttpUrl = Field(
        default="https://openrouter.ai/api/v1",
        description="Address of OpenRouter's API. Set a simulator's address to try the product without a key.",
    )
    openrouter_http_referer: str | None = Field(
        default=None, description="Sent to OpenRouter as HTTP-Referer, which identifies this app in its statistics."
    )
    openrouter_app_title: str = Field(
        default="Secondmark", description="Sent to OpenRouter as X-Title, the app's name in its statistics."
    )
    openrouter_data_collection: Literal["allow", "deny"] = Field(
        default="deny",
        description="deny: use only providers that neither keep prompts nor train on them. allow: use all providers.",
    )


class _Grading(BaseModel):
    """Grading"""

    grading_max_concurrency: int = Field(
        default=16,
        ge=1,
        le=1024,
        description="Requests to OpenRouter that one process has in flight at once, over all sessions and tests.",
    )
    grading_call_timeout_seconds: Seconds = Field(
        default=300, gt=0, description="Seconds that one HTTP request to OpenRouter may take, from start to last byte."
    )
    grading_max_requests: int = Field(
        default=3,
        ge=1,
        le=20,
        description="HTTP requests per call before the call fails. Rate-limited requests do not count.",
    )
    grading_rate_limit_wait_seconds: Seconds = Field(
        default=900, ge=0, description="Seconds that one call may wait because of rate limits in total before it fails."
    )
    grading_ask_page: bool = Field(
        default=True,
        description="The built-in prompt also asks for the scan that holds the answer; the desk opens it. false saves "
        "the tokens.",
    )
    grading_ask_quote: bool = Field(
        default=True,
        description="The built-in prompt also asks for the words that earned the mark; the desk shows them. false "
        "saves the tokens.",
    )
    grade_wait: bool = Field(
        default=False,
        description="true: POST /grade/single answers when the run has ended, for clients that cannot poll.",
    )


class _Limits(BaseModel):
    """Limits"""

    max_plan_models: int = Field(default=200, ge=1, description="Most markers that one start may name.")
    max_plan_attempts: int = Field(
        default=2000, ge=1, description="Most attempts of one session in one start: the tries of all its markers."
    )
    owner_daily_attempts: int = Field(
        default=20_000,
        ge=1,
        description="Attempts that one user (of a user token) may start on one day in UTC. A generated question counts "
        "as one. API keys have no limit.",
    )
    owner_daily_usd: Seconds = Field(
        default=100,
        gt=0,
        description="US dollars after which a user may start nothing more on that day in UTC. What runs goes on.",
    )
    max_event_streams: int = Field(
        default=500, ge=1, description="Event streams that one process holds open at once; each is a connection."
    )
    owner_event_streams: int = Field(default=20, ge=1, description="Event streams that one user may hold open at once.")
    owner_storage_bytes: int = Field(
        default=20 * 1024**3,
        ge=1,
        description="Bytes of scans that one user may store, with the pages made of them. API keys have no limit.",
    )


class _Tests(BaseModel):
    """Tests from documents"""

    mcq_model: str = Field(
        default="google/gemini-2.5-flash",
        pattern=f"^{MODEL_NAME}$",
        description="Model that writes questions and reads scanned pages, unless a request names another.",
    )
    mcq_solver_models: ModelList = Field(
        default=("openai/gpt-5-mini", "anthropic/claude-haiku-4.5"),
        description="Comma list of models that solve each question blind. The model that wrote it is left out.",
    )
    mcq_candidate_count: int = Field(
        default=4,
        ge=1,
        le=256,
        description="Calls at once for one test, within GRADING_MAX_CONCURRENCY. With calls of 2 s, 20 questions take "
        "50 s with 4 and 14 s with 16.",
    )
    mcq_max_revisions: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a rejected question is written again before its place stays empty.",
    )
    min_extraction_words: int = Field(
        default=500, ge=1, description="Fewest words that a document needs before a test can be made from it."
    )
    max_pdf_pages: int = Field(default=100, ge=1, le=10_000, description="Most pages that a document may have.")
    ocr_threshold: int = Field(
        default=50,
        ge=0,
        description="A page with fewer characters and something drawn on it counts as a scan, which a model reads.",
    )
    mcq_quote_score: float = Field(
        default=90,
        ge=0,
        le=100,
        description="Least similarity of quote and document, 0 to 100: verbatim 100, one OCR slip 98, invented 64.",
    )
    mcq_quote_words: int = Field(
        default=4,
        ge=1,
        le=100,
        description="Fewest words of a quote. Shorter invented quotes score above 90 by chance.",
    )
    mcq_key_length_ratio: float = Field(
        default=1.3,
        ge=1,
        description="How much longer the key may be than the longest distractor. Models make it longest in 91 %.",
    )
    mcq_key_longest_share: float = Field(
        default=0.4,
        ge=0,
        le=1,
        description="Largest share of a test's questions whose key is the longest option. By chance it is 0.25.",
    )
    # Stems are no measure: true paraphrases scored 55 to 73, different facts 87 to 97.
    mcq_same_quote_score: float = Field(
        default=90,
        ge=0,
        le=100,
        description="Two questions with the same key count as one from this similarity of their quotes on, 0 to 100.",
    )


class _Data(BaseModel):
    """Database and images"""

    data_dir: Path = Field(
        default=Path(".secondmark"),
        description="Folder of the embedded Postgres and the images, used where nothing else is configured.",
    )
    database_url: ConnInfo | None = Field(
        default=None,
        description="Any Postgres, 15 to 18. Run `secondmark migrate` before the first start and after an upgrade.",
    )
    supabase_url: HttpUrl | None = Field(
        default=None,
        description="A Supabase project: rows go through its API unless DATABASE_URL is set, images into its storage.",
    )
    supabase_service_role_key: SecretStr | None = Field(
        default=None, description="The project's service-role or secret key. SUPABASE_URL and this key go together."
    )
    supabase_storage_bucket: str = Field(
        default="grading-images", description="The project's storage bucket for images."
    )
    max_image_bytes: int = Field(
        default=20 * 1024 * 1024, ge=1, description="Most bytes of one image (png, jpeg, webp, gif)."
    )
    max_scan_bytes: int = Field(
        default=200 * 1024 * 1024, ge=1, description="Most bytes of one other scan: PDF, HEIC, TIFF, JPEG 2000, BMP."
    )
    max_scan_pages: int = Field(default=200, ge=1, le=9999, description="Most pages of one PDF or TIFF.")
    page_long_side: int = Field(
        default=2000,
        ge=800,
        le=4000,
        description="Longer side in pixels of pages made from PDFs and larger scans. Models read 1600 to 2200 best.",
    )
    image_delivery: Literal["url", "inline"] = Field(
        default="url",
        description="url: providers fetch pages from this server or Supabase. inline: requests carry them as base64.",
    )
    image_url_hosts: CommaList = Field(
        default=(), description="Comma list of hosts that registered image addresses may have. Empty allows every host."
    )


class _Server(BaseModel):
    """Server"""

    host: str = Field(default="127.0.0.1", description="Address that `secondmark serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `secondmark serve` listens on.")
    public_base_url: HttpUrl | None = Field(
        default=None, description="Address of this server as providers reach it. They fetch images from there."
    )
    cors_origins: CommaList = Field(
        default=DEFAULT_CORS_ORIGINS, description="Comma list of web origins whose pages may call the API."
    )


class _Workers(BaseModel):
    """Many hosts"""

    queue: Literal["inline", "procrastinate"] = Field(
        default="inline",
        description="inline: the web process works. procrastinate: every `secondmark worker` on DATABASE_URL works; "
        "run `secondmark migrate` with it once.",
    )
    queue_worker: bool = Field(
        default=True, description="false: with QUEUE=procrastinate the web process itself takes no work."
    )
    queue_max_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="Requests to OpenRouter in flight over all workers together, in equal shares. Empty: each worker "
        "has GRADING_MAX_CONCURRENCY, which is the most of one worker in any case.",
    )
    worker_host: str = Field(
        default="127.0.0.1", description="Address on which `secondmark worker` answers /health and /metrics."
    )
    worker_port: int = Field(
        default=0, ge=0, le=65535, description="Its port. 0: any free one, which the worker says at its start."
    )
    worker_grace_seconds: Seconds = Field(
        default=30,
        ge=0,
        description="Seconds that a worker which is told to end gives to its running requests. What is left goes to "
        "the other workers.",
    )


class _Access(BaseModel):
    """Access"""

    api_keys: SecretCommaList = Field(
        default=(),
        description="Comma list of keys for `Authorization: Bearer`. Each sees everything. "
        "With neither keys nor user tokens only this machine has access.",
    )
    secondmark_token: SecretStr | None = Field(
        default=None,
        description="Key or user token that commands such as `secondmark grade` send instead of the first of API_KEYS. "
        "What they make belongs to the token's user.",
    )
    supabase_jwks_url: HttpUrl | None = Field(
        default=None,
        description="Address of the key set for user tokens of Supabase Auth. Each user sees their own sessions only.",
    )
    # HS256 is as strong as its secret: RFC 7518 asks for 32 bytes, Supabase's own have 40 and more.
    supabase_jwt_secret: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="The secret that signs user tokens in older Supabase projects, 32 characters or more."
    )
    supabase_jwt_issuer: HttpUrl | None = Field(
        default=None,
        description="Issuer that user tokens must name. Required with SUPABASE_JWT_SECRET unless SUPABASE_URL or "
        "SUPABASE_JWKS_URL says it.",
    )
    allowed_users: CommaList = Field(
        default=(), description="Comma list of user ids or e-mail addresses. Set it to admit only these users."
    )
    allowed_claim: Annotated[str, Field(pattern=r"^[\w.-]+=.+$")] | None = Field(
        default=None,
        description="Claim that a user token must hold, such as app_metadata.role=teacher.",
    )
    allow_anonymous_users: bool = Field(
        default=False, description="true: anonymous sign-ins of Supabase Auth count as users."
    )
    allow_anonymous: bool = Field(
        default=False,
        description="true: other machines have access without a key, under the host of PUBLIC_BASE_URL or HOST.",
    )


class _Logs(BaseModel):
    """Logs"""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="text, json, or auto: text on a terminal, else JSON, one object a line."
    )


GROUPS: tuple[type[BaseModel], ...] = (_Models, _Grading, _Limits, _Tests, _Data, _Server, _Workers, _Access, _Logs)
"""The settings by topic. A group's docstring is its heading in `.env.example` and docs/configuration.md."""


class Settings(_Models, _Grading, _Limits, _Tests, _Data, _Server, _Workers, _Access, _Logs):
    """All settings. A field's name is the variable's name in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Self:
        """Takes `environ` (by default the process's environment), which wins over the file `dotenv`.

        An empty value counts as not set. Raises SettingsError that names the first variable with an invalid value.
        """
        file_values = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
        values = {**file_values, **(os.environ if environ is None else environ)}
        given = {name: (values.get(name.upper()) or "").strip() for name in cls.model_fields}
        known = {name: value for name, value in given.items() if value}
        try:
            settings = cls.model_validate(known)
        except ValidationError as error:
            first = error.errors()[0]
            why = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{str(first['loc'][0]).upper()}: {why}") from None
        if bool(settings.supabase_url) != bool(settings.supabase_service_role_key):
            missing = "SUPABASE_SERVICE_ROLE_KEY" if settings.supabase_url else "SUPABASE_URL"
            raise SettingsError(f"{missing}: SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY go together")
        if settings.has_queue and settings.database_url is None:
            raise SettingsError("QUEUE: procrastinate needs DATABASE_URL, the Postgres that all workers share")
        return settings

    @property
    def has_queue(self) -> bool:
        """Whether work goes to the workers of a queue."""
        return self.queue == "procrastinate"

    @property
    def user_tokens(self) -> bool:
        """Whether the server accepts user tokens of Supabase Auth."""
        return self.supabase_jwks_url is not None or self.supabase_jwt_secret is not None

    @property
    def token_issuer(self) -> str | None:
        """Who issues user tokens: as configured, or the address that the key set lies under, or the project's."""
        if self.supabase_jwt_issuer is not None:
            return self.supabase_jwt_issuer
        if self.supabase_jwks_url is not None and self.supabase_jwks_url.endswith(JWKS_PATH):
            return self.supabase_jwks_url.removesuffix(JWKS_PATH)
        return f"{self.supabase_url}/auth/v1" if self.supabase_url is not None else None

    @property
    def asked_beside_marks(self) -> frozenset[str]:
        """The fields beside a mark that the built-in prompt asks for."""
        wanted = {"page": self.grading_ask_page, "quote": self.grading_ask_quote}
        return frozenset(name for name, is_on in wanted.items() if is_on)

    @property
    def mode(self) -> Literal["embedded", "postgres", "supabase"]:
        """Which database holds the rows. `DATABASE_URL` wins over `SUPABASE_URL`."""
        if self.database_url is not None:
            return "postgres"
        return "supabase" if self.supabase_url else "embedded"

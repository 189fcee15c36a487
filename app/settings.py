"""What the operator can set: one frozen object, read once from the environment and `.env`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

DEFAULT_CORS_ORIGINS = (
    "http://localhost:5173",
    "http://127.0.0.1:5173",
    "http://localhost:5174",
    "http://127.0.0.1:5174",
)


class SettingsError(Exception):
    """A variable has a value that cannot be used. The message is one line and names the variable."""


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _not_empty(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    # Commas alone would leave the server open to everybody whom its operator wanted to keep out.
    if not values:
        raise ValueError("names no key")
    return values


MODEL_NAME = r"^[^/\s]+/\S+$"


def _conninfo(value: object) -> object:
    # A libpq conninfo is an address or name=value pairs; anything else would be retried for ever.
    if isinstance(value, str) and not value.startswith(("postgres://", "postgresql://")) and "=" not in value:
        raise ValueError("must start with postgresql:// (or be a libpq conninfo)")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
CommaList = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
ModelList = Annotated[
    tuple[Annotated[str, Field(pattern=MODEL_NAME)], ...], BeforeValidator(_split_commas), Field(min_length=1)
]
SecretCommaList = Annotated[tuple[SecretStr, ...], BeforeValidator(_split_commas), AfterValidator(_not_empty)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


class Settings(BaseModel):
    """Field names are the variables' names in lower case; `.env.example` says what each one does."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: HttpUrl = "https://openrouter.ai/api/v1"
    openrouter_http_referer: str | None = None
    openrouter_app_title: str = "Secondmark"
    openrouter_data_collection: Literal["allow", "deny"] = "deny"
    grading_max_concurrency: int = Field(default=16, ge=1, le=1024)
    grading_call_timeout_seconds: Seconds = Field(default=300, gt=0)
    grading_max_requests: int = Field(default=3, ge=1, le=20)
    grading_rate_limit_wait_seconds: Seconds = Field(default=900, ge=0)
    grade_wait: bool = False

    mcq_model: str = Field(default="google/gemini-2.5-flash", pattern=MODEL_NAME)
    mcq_solver_models: ModelList = ("openai/gpt-5-mini", "anthropic/claude-haiku-4.5")
    mcq_candidate_count: int = Field(default=4, ge=1, le=256)
    mcq_max_revisions: int = Field(default=2, ge=0, le=10)
    min_extraction_words: int = Field(default=500, ge=1)
    max_pdf_pages: int = Field(default=100, ge=1, le=10_000)
    ocr_threshold: int = Field(default=50, ge=0)
    # rapidfuzz partial ratio, 0 to 100: verbatim quotes score 100, with a slip of OCR 98, invented ones 64.
    mcq_quote_score: float = Field(default=90, ge=0, le=100)
    # Short strings are found anywhere: of the invented quotes of three words many score above 90.
    mcq_quote_words: int = Field(default=4, ge=1, le=100)
    # In LLM-made banks the key is strictly the longest option in 91 % of 2026 items.
    mcq_key_length_ratio: float = Field(default=1.3, ge=1)
    # By chance the key is the longest of four options in 25 % of questions.
    mcq_key_longest_share: float = Field(default=0.4, ge=0, le=1)
    # Partial ratio of two quotes. Stems are no measure: true paraphrases scored 55 to 73, different facts 87 to 97.
    mcq_same_quote_score: float = Field(default=90, ge=0, le=100)

    supabase_url: HttpUrl | None = None
    supabase_service_role_key: SecretStr | None = None
    supabase_storage_bucket: str = "grading-images"
    database_url: Annotated[SecretStr | None, BeforeValidator(_conninfo)] = None
    queue: Literal["inline"] = "inline"
    data_dir: Path = Path(".secondmark")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_base_url: HttpUrl | None = None
    cors_origins: CommaList = DEFAULT_CORS_ORIGINS
    image_url_hosts: CommaList = ()
    max_image_bytes: int = Field(default=20 * 1024 * 1024, ge=1)
    api_keys: SecretCommaList = ()
    supabase_jwks_url: HttpUrl | None = None
    # HS256 is as strong as its secret: RFC 7518 asks for 32 bytes, Supabase's own have 40 and more.
    supabase_jwt_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    allow_anonymous: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Self:
        """Settings from `environ` (the process's by default) over `.env`. An empty value counts as not set.

        Raises SettingsError naming the first variable whose value cannot be used.
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
        return settings

    @property
    def user_tokens(self) -> bool:
        """Whether users come with tokens of Supabase Auth."""
        return self.supabase_jwks_url is not None or self.supabase_jwt_secret is not None

    @property
    def mode(self) -> Literal["embedded", "postgres", "supabase"]:
        """Where the rows are: data goes over `DATABASE_URL` whenever it is set."""
        if self.database_url is not None:
            return "postgres"
        return "supabase" if self.supabase_url else "embedded"

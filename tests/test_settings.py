import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import DEFAULT_CORS_ORIGINS, Settings, SettingsError

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def read(dotenv=None, **environ):
    return Settings.read(environ, dotenv)


def test_everything_has_a_default():
    settings = read()

    assert settings == Settings()
    assert settings.mode == "embedded"
    assert settings.openrouter_base_url == "https://openrouter.ai/api/v1"
    assert (settings.grading_max_concurrency, settings.grading_max_requests) == (16, 3)
    assert (settings.grading_call_timeout_seconds, settings.grading_rate_limit_wait_seconds) == (300, 900)
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path(".secondmark"))
    assert settings.max_image_bytes == 20 * 1024 * 1024
    assert settings.cors_origins == DEFAULT_CORS_ORIGINS
    assert (settings.grade_wait, settings.allow_anonymous, settings.user_tokens) == (False, False, False)


def test_what_is_unknown_is_left_alone():
    assert read(PATH="/bin", UNKNOWN="1") == Settings()


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_an_empty_value_counts_as_not_set(value):
    assert read(OPENROUTER_API_KEY=value, PORT=value, API_KEYS=value) == Settings()


def test_values_lose_the_blanks_around_them():
    settings = read(OPENROUTER_API_KEY=" sk-or-1\n", PORT=" 80 ")

    assert (settings.openrouter_api_key.get_secret_value(), settings.port) == ("sk-or-1", 80)


def test_the_environment_comes_before_the_file(tmp_path):
    file = tmp_path / ".env"
    file.write_text("PORT=1\nHOST=0.0.0.0 # everywhere\nexport LOG_LEVEL='DEBUG'\nGRADE_WAIT\n")

    settings = read(file, PORT="2")

    assert (settings.port, settings.host, settings.log_level) == (2, "0.0.0.0", "DEBUG")  # noqa: S104 - only read


def test_a_file_that_is_not_there_is_none(tmp_path):
    assert read(tmp_path / ".env") == Settings()


def test_lists_are_split_at_commas():
    settings = read(API_KEYS=" one, two,,", CORS_ORIGINS="https://a.example,", IMAGE_URL_HOSTS="a.example, b.example")

    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]
    assert settings.cors_origins == ("https://a.example",)
    assert settings.image_url_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("GRADING_MAX_CONCURRENCY", "0"),
        ("GRADING_MAX_CONCURRENCY", "1.5"),
        ("GRADING_CALL_TIMEOUT_SECONDS", "0"),
        ("GRADING_CALL_TIMEOUT_SECONDS", "inf"),
        ("GRADING_CALL_TIMEOUT_SECONDS", "nan"),
        ("GRADING_RATE_LIMIT_WAIT_SECONDS", "-1"),
        ("GRADING_RATE_LIMIT_WAIT_SECONDS", "inf"),
        ("GRADING_MAX_REQUESTS", "0"),
        ("MAX_IMAGE_BYTES", "20MB"),
        ("GRADE_WAIT", "perhaps"),
        ("ALLOW_ANONYMOUS", "2"),
        ("OPENROUTER_DATA_COLLECTION", "maybe"),
        ("OPENROUTER_BASE_URL", "openrouter.ai"),
        ("PUBLIC_BASE_URL", "ftp://x"),
        ("SUPABASE_JWKS_URL", "file:///etc/passwd"),
        ("SUPABASE_JWT_SECRET", "too-short"),
        ("QUEUE", "rabbit"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("API_KEYS", ", ,"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value(variable, value):
    with pytest.raises(SettingsError) as caught:
        read(**{variable: value})

    message = str(caught.value)
    assert message.startswith(f"{variable}: ")
    assert "\n" not in message
    if variable.endswith(("SECRET", "KEYS")):
        assert value not in message


@pytest.mark.parametrize(
    ("given", "missing"),
    [("SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"), ("SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_URL")],
)
def test_supabase_needs_both_its_address_and_its_key(given, missing):
    with pytest.raises(SettingsError, match=f"^{missing}: "):
        read(**{given: "https://abc.supabase.co"})


def test_data_goes_to_database_url_before_supabase():
    supabase = {"SUPABASE_URL": "https://abc.supabase.co/", "SUPABASE_SERVICE_ROLE_KEY": "key"}

    assert read(**supabase).mode == "supabase"
    assert read(**supabase, DATABASE_URL="postgresql://x").mode == "postgres"


def test_addresses_lose_the_slash_at_their_end():
    assert read(PUBLIC_BASE_URL="https://marks.example/").public_base_url == "https://marks.example"


def test_secrets_do_not_show():
    secrets = {
        "OPENROUTER_API_KEY": "sk-or-hidden",
        "API_KEYS": "key-hidden",
        "DATABASE_URL": "postgresql://u:hidden@h/d",
        "SUPABASE_JWT_SECRET": "hidden" * 6,
    }

    assert "hidden" not in repr(read(**secrets))


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_the_example_names_every_variable_with_its_default():
    named = re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)

    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)
    assert Settings.read({}, EXAMPLE) == Settings()

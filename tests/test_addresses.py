import pytest

from app.addresses import why_refused
from app.errors import UnprocessableError
from app.settings import Settings, SettingsError
from app.storage.urls import check_image_url

LINK_LOCAL = [
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/a.png",
    "https://[fe80::1%25eth0]/a.png",
    "https://[::ffff:169.254.169.254]/a.png",
    "https://2852039166/a.png",
    "https://0xa9fea9fe/a.png",
    "https://0251.0376.0251.0376/a.png",
    "https://169.254.43518/a.png",
    "https://metadata.google.internal/a.png",
    "https://METADATA.google.internal./a.png",
    "https://100.100.100.200/a.png",
    "https://[fd00:ec2::254]/a.png",
]
WITH_CREDENTIALS = [
    "https://user:secret-word@example.org/a.png",
    "https://user@example.org/a",
    "https://@example.org/a",
]


@pytest.mark.parametrize("url", LINK_LOCAL + WITH_CREDENTIALS)
def test_no_image_is_registered_at_a_link_local_host_or_with_credentials(url):
    with pytest.raises(UnprocessableError) as refusal:
        check_image_url(url, ())

    assert refusal.value.details["errors"][0]["field"] == "url"
    assert "secret-word" not in refusal.value.message


@pytest.mark.parametrize(
    "name", ["OPENROUTER_BASE_URL", "SUPABASE_URL", "SUPABASE_JWKS_URL", "SUPABASE_JWT_ISSUER", "PUBLIC_BASE_URL"]
)
@pytest.mark.parametrize("url", ["https://user:secret-word@example.org", "http://169.254.169.254"])
def test_no_setting_points_to_one(name, url):
    with pytest.raises(SettingsError) as refusal:
        Settings.read({name: url}, dotenv=None)

    assert str(refusal.value).startswith(name)
    assert "secret-word" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a@b.png",
        "https://8.8.8.8/a",
        "http://127.0.0.1:9/a",
        "https://1.example.org",
        "https://0x.org/a",
    ],
)
def test_other_addresses_pass(url):
    assert why_refused(url) is None


REFUSED_CONNINFOS = [
    "postgresql://user:secret-word@169.254.169.254/db",
    "postgresql://user:secret-word@good.example,[fe80::1]:5432/db",
    "postgres://user:secret-word@169.254.1.1:5432",
    "postgresql:///db?user=u&password=secret-word&host=metadata.google.internal",
    "postgresql://user:secret-word@h/db?hostaddr=169.254.169.254",
    "host=169.254.169.254 password=secret-word",
    "host='good.example,0xa9fea9fe' password='secret-word'",
    "hostaddr = 169.254.169.254 password=secret-word",
    "postgresql://user:secret@-word@h/db",
    "postgresql://user:secret-/word@h/db",
    "host=h password=secret-word nonsense",
    "host=h password='secret-word",
    "secret-word",
]


@pytest.mark.parametrize("conninfo", REFUSED_CONNINFOS)
def test_a_conninfo_of_a_link_local_host_or_with_a_slip_is_refused_unquoted(conninfo):
    with pytest.raises(SettingsError) as refusal:
        Settings.read({"DATABASE_URL": conninfo}, dotenv=None)

    assert str(refusal.value).startswith("DATABASE_URL: must ") or "link-local" in str(refusal.value)
    assert "word" not in str(refusal.value).replace("password", "")


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql://user:p%40ss%2Fword@db.example.org:5432/postgres?sslmode=require",
        "postgresql://user@/db?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/db",
        "postgres://[2001:db8::1]:5432/db",
        "postgresql://a.example:1,b.example:2/db?target_session_attrs=primary",
        "postgresql:///db",
        "host=/tmp/socket port=5432 user=postgres dbname=secondmark",
        r"host = h password = 'it\'s one' options='-c search_path=x'",
        "dbname=db",
    ],
)
def test_other_conninfos_pass(conninfo):
    settings = Settings.read({"DATABASE_URL": conninfo}, dotenv=None)

    assert settings.database_url.get_secret_value() == conninfo

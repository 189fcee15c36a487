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


@pytest.mark.parametrize("name", ["OPENROUTER_BASE_URL", "SUPABASE_JWKS_URL", "PUBLIC_BASE_URL"])
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

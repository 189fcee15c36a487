import pytest

from app.errors import UnprocessableError
from app.storage.urls import (
    MAX_URL_BYTES,
    absolute,
    check_image_url,
    is_loopback,
    key_below,
    object_key,
    object_path,
    object_url,
)

KEY = f"2026-11/{'0' * 32}.png"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/scan.png",
        "https://example.org:8443/a%20b.png?token=x#page",
        "https://bücher.example/seite.png",
        "http://localhost:9000/scan.png",
        "http://127.8.9.1/scan.png",
        "http://[::1]:8000/scan.png",
        "HTTPS://EXAMPLE.ORG/scan.png",
    ],
)
def test_https_and_loopback_http_may_be_registered(url):
    assert check_image_url(url, ()) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "scan.png",
        "//example.org/scan.png",
        "http://example.org/scan.png",
        "http://localhost.example.org/scan.png",
        "http://127.0.0.1@example.org/scan.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "file:///etc/passwd",
        "ftp://localhost/scan.png",
        "javascript:alert(1)",
        "https://",
        "https:///scan.png",
        "https://[::1/scan.png",
        "https://example.org:port/scan.png",
        "https://example.org/a b.png",
        "https://example.org\\@localhost/scan.png",
        "https://example.org/\nscan.png",
        " https://example.org/scan.png",
        "https://example.org/" + "a" * MAX_URL_BYTES,
    ],
)
def test_everything_else_is_refused_naming_the_url(url):
    with pytest.raises(UnprocessableError) as refusal:
        check_image_url(url, ())

    assert refusal.value.details["errors"][0]["field"] == "url"


def test_a_listed_host_is_allowed_in_any_case():
    assert check_image_url("https://Scans.Example.org/a.png", ["scans.example.ORG"]) is None


@pytest.mark.parametrize("url", ["https://example.org/a.png", "https://evil.scans.example.org/a.png"])
def test_a_host_that_is_not_listed_is_refused(url):
    with pytest.raises(UnprocessableError, match="IMAGE_URL_HOSTS"):
        check_image_url(url, ["scans.example.org"])


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_a_loopback_host_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.org", "localhost.example.org", "10.0.0.1", "::", "128.0.0.1"])
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "https://marks.example.org", "https://example.org/api/v1"])
def test_an_object_address_gives_its_key_and_its_server_back(base):
    assert object_key(object_url(base, KEY), base) == KEY
    assert absolute(object_path(KEY), base) == object_url(base, KEY)


def test_an_address_elsewhere_is_the_same_from_every_server():
    assert absolute("https://example.org/images/object/1.png", "http://127.0.0.1:1") == (
        "https://example.org/images/object/1.png"
    )


def test_loopback_names_of_one_port_are_one_server():
    assert object_key(object_url("http://localhost:8000", KEY), "http://127.0.0.1:8000") == KEY


def test_a_default_port_may_be_written_or_not():
    assert object_key(object_url("https://example.org:443", KEY), "https://example.org") == KEY


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:8001/images/object/{KEY}",
        f"https://127.0.0.1:8000/images/object/{KEY}",
        f"http://example.org:8000/images/object/{KEY}",
        f"http://127.0.0.1:8000/images/file/{KEY}",
        f"http://127.0.0.1:8000/api/images/object/{KEY}",
        "http://127.0.0.1:8000/images/object/scan.png",
        "http://[",
        "",
    ],
)
def test_other_addresses_are_not_our_objects(url):
    assert object_key(url, "http://127.0.0.1:8000") is None


@pytest.mark.parametrize(
    "path",
    [
        f"/images/object/{KEY}?a=b",
        f"/images/object/{KEY}#a",
        f"/images/object/./{KEY}",
        f"//images//object/{KEY}",
        f"/images/object/x/../{KEY}",
        f"/images/object/../object/{KEY}",
        f"/images/object/{KEY.replace('/', '%2F')}",
        f"/images/%6Fbject/{KEY}",
    ],
)
def test_every_spelling_of_our_address_leads_to_the_object_whose_owner_is_asked_for(path):
    assert object_key(f"http://127.0.0.1:8000{path}", "http://127.0.0.1:8000") == KEY
    assert key_below("https://project.example/images/object/", f"https://project.example{path}") == KEY


@pytest.mark.parametrize("url", [f"https://other.example/public/{KEY}", f"https://project.example/{KEY}", "https://["])
def test_an_address_beside_the_prefix_holds_no_key(url):
    assert key_below("https://project.example/public/", url) is None

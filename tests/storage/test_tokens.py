from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import ForbiddenError, NotConfiguredError
from app.storage.tokens import SECRET_BYTES, check_token, make_token, read_or_create_secret

SECRET = bytes(SECRET_BYTES)


def test_a_token_opens_its_own_path_until_it_expires():
    assert check_token(SECRET, "upload", "a", make_token(SECRET, "upload", "a", 100), now=99.9) is None


def test_an_expired_token_is_refused():
    with pytest.raises(ForbiddenError, match="expired"):
        check_token(SECRET, "upload", "a", make_token(SECRET, "upload", "a", 100), now=100)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "100",
        make_token(SECRET, "upload", "b", 100),
        make_token(SECRET, "read", "a", 100),
        make_token(bytes(31) + b"1", "upload", "a", 100),
        make_token(SECRET, "upload", "a", 100).replace("100.", "999."),
        make_token(SECRET, "upload", "a", 100) + "\n",
        "\u0661\u0660\u0660." + make_token(SECRET, "upload", "a", 100).partition(".")[2],
        "9" * 5000 + "." + "a" * 43,
        "100." + "\u00e9" * 43,
    ],
)
def test_any_other_token_is_refused(token):
    with pytest.raises(ForbiddenError, match="not valid"):
        check_token(SECRET, "upload", "a", token, now=0)


def test_the_secret_survives_a_restart_and_is_for_its_owner_only(tmp_path):
    file = tmp_path / "images.key"
    secret = read_or_create_secret(file)

    assert read_or_create_secret(file) == secret
    assert len(secret) == SECRET_BYTES
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(read_or_create_secret, [tmp_path / "images.key"] * 64))

    assert len(secrets) == 1


def test_a_damaged_secret_signs_nothing(tmp_path):
    (tmp_path / "images.key").write_bytes(b"")

    with pytest.raises(NotConfiguredError, match=r"images\.key"):
        read_or_create_secret(tmp_path / "images.key")

import pytest

from app.errors import UnprocessableError
from app.storage.keys import check_bytes, declared_type, image_type, is_key, new_key

HEX = "0" * 32
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/webp", "image/gif"])
def test_a_new_key_is_a_key_and_remembers_its_type(content_type):
    key = new_key(content_type)

    assert is_key(key)
    assert declared_type(key) == content_type


@pytest.mark.parametrize("sent", ["image/jpg", "IMAGE/JPEG", " image/jpeg ; charset=binary"])
def test_usual_misspellings_of_a_type_are_forgiven(sent):
    assert image_type(sent) == "image/jpeg"


@pytest.mark.parametrize("sent", ["", "image/", "png", "image/svg+xml", "image/tiff", "image/png,image/jpeg"])
def test_other_types_are_refused_by_name(sent):
    with pytest.raises(UnprocessableError) as refusal:
        image_type(sent)

    assert refusal.value.code == "UNSUPPORTED_IMAGE_TYPE"
    assert refusal.value.details["errors"][0]["field"] == "content_type"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../images.key",
        f"2026-11/../2026-11/{HEX}.png",
        f"/2026-11/{HEX}.png",
        f"2026-11/{HEX}.png/",
        f"2026-11/{HEX}.png\n",
        f"2026-11/{HEX}.png\0",
        f"2026-11/{HEX}.svg",
        "2026-11/" + "\u0660" * 32 + ".png",
        f"2026-11%2F{HEX}.png",
        ".incoming/tmpabcdef",
    ],
)
def test_no_other_path_is_a_key(path):
    assert not is_key(path)


def test_the_announced_bytes_pass():
    check_bytes(PNG, f"2026-11/{HEX}.png", field="body")


@pytest.mark.parametrize(
    ("head", "code"),
    [(b"", "VALIDATION_ERROR"), (b"%PDF-1.7", "UNSUPPORTED_IMAGE_TYPE"), (PNG, "VALIDATION_ERROR")],
)
def test_other_bytes_are_refused(head, code):
    with pytest.raises(UnprocessableError) as refusal:
        check_bytes(head, f"2026-11/{HEX}.jpg", field="body")

    assert refusal.value.code == code
    assert refusal.value.details["errors"][0]["field"] == "body"

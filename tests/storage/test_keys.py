import pytest

from app.errors import UnprocessableError
from app.scans.kinds import Kind
from app.storage.keys import declared_type, image_type, is_key, new_key, page_key

HEX = "0" * 32


@pytest.mark.parametrize("kind", Kind)
def test_a_new_key_is_a_key_and_remembers_its_type(kind):
    key = new_key(kind)

    assert is_key(key)
    assert declared_type(key) is kind


@pytest.mark.parametrize("sent", ["image/jpg", "IMAGE/JPEG", " image/jpeg ; charset=binary"])
def test_usual_misspellings_of_a_type_are_forgiven(sent):
    assert image_type(sent) == "image/jpeg"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("image/heif", Kind.HEIC),
        ("application/pdf", Kind.PDF),
        ("image/x-ms-bmp", Kind.BMP),
        ("image/jpx", Kind.JPEG2000),
    ],
)
def test_other_kinds_of_scans_have_their_names(sent, kind):
    assert image_type(sent) == kind


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("IMG_1.HEIC", Kind.HEIC),
        ("a.b.tif", Kind.TIFF),
        ("x.jfif", Kind.JPEG),
        ("x.tiff", Kind.TIFF),
        ("y.jp2", Kind.JPEG2000),
    ],
)
@pytest.mark.parametrize("sent", ["", "application/octet-stream"])
def test_where_a_browser_names_no_kind_the_ending_of_the_file_does(sent, filename, kind):
    assert image_type(sent, filename) is kind


@pytest.mark.parametrize("sent", ["", "image/", "png", "image/svg+xml", "image/avif", "image/png,image/jpeg"])
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


@pytest.mark.parametrize("kind", [Kind.PDF, Kind.PNG])
def test_the_keys_of_pages_stand_beside_their_upload_and_say_what_they_are(kind):
    upload = f"2026-11/{HEX}.pdf"

    keys = [page_key(upload, number, kind) for number in (1, 12, 9999)]

    assert all(is_key(key) and declared_type(key) is kind for key in keys)
    assert [key.partition(".")[0] for key in keys] == [f"2026-11/{HEX}-p{n}" for n in ("0001", "0012", "9999")]

"""What becomes of an upload when it is registered: itself, a page of another kind, or several pages."""

import io

import httpx
import pytest
from PIL import Image

from app.errors import UnprocessableError
from app.scans.kinds import Kind
from app.scans.offered import offered_size
from app.scans.pages import PageLimits
from app.storage.intake import Intake
from app.storage.keys import declared_type
from app.storage.supabase import SupabaseStorage
from tests.scans import files
from tests.support.scans import PNG

BASE_URL = "http://marks.lan:8000"
LIMITS = PageLimits(long_side=800)


def intake(storage, hosts=()):
    return Intake(storage, LIMITS, hosts)


@pytest.fixture
def large_place(place):
    """One that takes files of a real size."""
    if hasattr(place.storage, "_max_bytes"):
        place.storage._max_bytes = 10_000_000
    return place


async def uploaded(place, content, kind=Kind.PNG):
    upload = await place.storage.sign_upload(kind, base_url="http://127.0.0.1:8000")
    await place.put(upload, content)
    return upload.path, f"{BASE_URL}/images/object/{upload.path}"


async def test_an_image_that_models_take_is_itself_even_over_http_and_from_an_unlisted_host(place):
    path, url = await uploaded(place, PNG)

    taken = await intake(place.storage, ["example.org"]).take(url, base_url=BASE_URL)

    assert (taken.pages, taken.source_path, taken.notes) == ([(f"/images/object/{path}", path)], None, [])


async def test_a_pdf_becomes_its_pages_in_order_and_is_kept(large_place):
    path, url = await uploaded(large_place, files.pdf(3), Kind.PDF)

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    assert taken.source_path == path
    assert [address for address, _ in taken.pages] == [f"/images/object/{page}" for _, page in taken.pages]
    assert [page.partition("-p")[2] for _, page in taken.pages] == ["0001.jpg", "0002.jpg", "0003.jpg"]
    for _, page in taken.pages:
        assert files.is_upright(Image.open(io.BytesIO(await large_place.storage.read(page))))
    assert await large_place.storage.read(path) == files.pdf(3) or (await large_place.storage.head(path, 5)) == b"%PDF-"


@pytest.mark.parametrize("announced", [Kind.PNG, Kind.WEBP])
async def test_a_jpeg_called_something_else_is_taken_as_what_it_is(large_place, announced):
    path, url = await uploaded(large_place, files.saved(files.page(), "JPEG"), announced)

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    [(_, page)] = taken.pages
    assert (taken.source_path, declared_type(page)) == (path, Kind.JPEG)


async def test_a_scan_beyond_the_wanted_resolution_becomes_a_page_of_that_resolution(large_place):
    path, url = await uploaded(large_place, files.saved(files.page(size=(827, 1170)), "PNG"))

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    [(_, page)] = taken.pages
    assert taken.source_path == path
    assert Image.open(io.BytesIO(await large_place.storage.read(page))).size == offered_size(827, 1170, 800)


async def test_a_scan_of_the_wanted_resolution_is_itself(large_place):
    path, url = await uploaded(large_place, files.saved(files.page(size=(566, 800)), "PNG"))

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    assert taken.pages == [(f"/images/object/{path}", path)]


async def test_a_turned_photo_becomes_an_upright_page(large_place):
    path, url = await uploaded(large_place, files.turned("JPEG", 6), Kind.JPEG)

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    [(_, page)] = taken.pages
    assert taken.source_path == path
    assert files.is_upright(Image.open(io.BytesIO(await large_place.storage.read(page))))


async def test_an_animated_file_is_said_to_have_one_page(large_place):
    _, url = await uploaded(large_place, files.animated("GIF"), Kind.GIF)

    taken = await intake(large_place.storage).take(url, base_url=BASE_URL)

    assert taken.notes == ["The file is animated: its first frame is the page."]


async def test_a_file_that_is_refused_in_its_middle_leaves_no_pages(large_place, monkeypatch):
    _, url = await uploaded(large_place, files.pdf(3), Kind.PDF)
    put, kept = large_place.storage.put, []

    async def put_two(path, content):
        kept.append(path)
        await put(path, content)

    monkeypatch.setattr(large_place.storage, "put", put_two)
    limited = Intake(large_place.storage, PageLimits(max_pages=2), ())
    with pytest.raises(UnprocessableError, match="has 3 pages; at most 2"):
        await limited.take(url, base_url=BASE_URL)

    assert [await large_place.storage.head(path, 1) for path in kept] == [None] * len(kept)


async def test_an_address_that_nothing_was_uploaded_to_is_refused(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    with pytest.raises(UnprocessableError, match="uploaded"):
        await intake(place.storage).take(upload.public_url, base_url=BASE_URL)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"GIF89a\1\0\1\0\0\0", bytes.fromhex("89504e470d0a1a0a"), PNG[:-3]]
)
async def test_bytes_that_the_bucket_did_not_look_at_are_refused(supabase, http, content):
    supabase.add_bucket("bucket")
    storage = SupabaseStorage(supabase.url, supabase.service_key, "bucket", http)
    upload = await storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await http.put(upload.upload_url, content=content, headers=upload.headers)

    with pytest.raises(UnprocessableError) as refusal:
        await intake(storage).take(upload.public_url, base_url=BASE_URL)

    assert refusal.value.details["errors"][0]["field"] == "url"


async def test_an_image_elsewhere_has_no_path_and_is_never_fetched():
    def forbidden(request):
        raise AssertionError(request.url)

    storage = SupabaseStorage(
        "https://p.supabase.co", "k", "b", httpx.AsyncClient(transport=httpx.MockTransport(forbidden))
    )

    taken = await intake(storage).take("https://example.org/scan.png", base_url=BASE_URL)

    assert taken.pages == [("https://example.org/scan.png", None)]


async def test_an_image_elsewhere_has_to_be_on_a_listed_host(place):
    with pytest.raises(UnprocessableError, match="IMAGE_URL_HOSTS"):
        await intake(place.storage, ["other.org"]).take("https://example.org/scan.png", base_url=BASE_URL)

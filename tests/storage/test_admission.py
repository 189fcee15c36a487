import httpx
import pytest

from app.errors import UnprocessableError
from app.storage.admission import admit
from app.storage.supabase import SupabaseStorage

BASE_URL = "http://marks.lan:8000"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(62)


async def test_an_uploaded_image_is_admitted_with_its_path_even_over_http_and_from_an_unlisted_host(place):
    upload = await place.storage.sign_upload("image/png", base_url="http://127.0.0.1:8000")
    await place.put(upload, PNG)

    url = f"{BASE_URL}/images/object/{upload.path}"
    assert await admit(url, place.storage, base_url=BASE_URL, allowed_hosts=["example.org"]) == upload.path


async def test_an_address_that_nothing_was_uploaded_to_is_refused(place):
    upload = await place.storage.sign_upload("image/png", base_url=BASE_URL)

    with pytest.raises(UnprocessableError, match="uploaded"):
        await admit(upload.public_url, place.storage, base_url=BASE_URL, allowed_hosts=())


@pytest.mark.parametrize("content", [b"", b"<html>", b"GIF89a\1\0\1\0\0\0"])
async def test_bytes_that_the_bucket_did_not_look_at_are_refused(supabase, http, content):
    supabase.add_bucket("bucket")
    storage = SupabaseStorage(supabase.url, supabase.service_key, "bucket", http)
    upload = await storage.sign_upload("image/png", base_url=BASE_URL)
    await http.put(upload.upload_url, content=content, headers=upload.headers)

    with pytest.raises(UnprocessableError) as refusal:
        await admit(upload.public_url, storage, base_url=BASE_URL, allowed_hosts=())

    assert refusal.value.details["errors"][0]["field"] == "url"


async def test_an_image_elsewhere_has_no_path_and_is_never_fetched():
    def forbidden(request):
        raise AssertionError(request.url)

    storage = SupabaseStorage(
        "https://p.supabase.co", "k", "b", httpx.AsyncClient(transport=httpx.MockTransport(forbidden))
    )

    assert await admit("https://example.org/scan.png", storage, base_url=BASE_URL, allowed_hosts=()) is None


async def test_an_image_elsewhere_has_to_be_on_a_listed_host(place):
    with pytest.raises(UnprocessableError, match="IMAGE_URL_HOSTS"):
        await admit("https://example.org/scan.png", place.storage, base_url=BASE_URL, allowed_hosts=["other.org"])

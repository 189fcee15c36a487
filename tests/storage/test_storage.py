"""What both places keep, whichever holds the files."""

import re

import pytest

from app.errors import NotFoundError
from app.scans.kinds import Kind
from app.storage.keys import page_key
from tests.support.scans import PNG

BASE_URL = "http://127.0.0.1:8000"
NOT_THERE = f"2026-11/{'0' * 32}.png"


async def test_an_upload_says_where_what_and_with_which_header(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}/[0-9a-f]{32}\.png", upload.path)
    assert upload.path in upload.upload_url
    assert upload.upload_url.endswith(f"?token={upload.token}")
    assert upload.headers == {"Content-Type": "image/png"}


async def test_the_public_url_of_a_private_place_is_a_stable_address_of_this_server(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert upload.public_url == f"{BASE_URL}/images/object/{upload.path}"


async def test_two_uploads_never_share_a_path(place):
    one, other = [await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL) for _ in range(2)]

    assert one.path != other.path


async def test_a_page_that_was_made_here_is_kept_and_read_like_an_upload(place):
    upload = await place.storage.sign_upload(Kind.PDF, base_url=BASE_URL)
    page = page_key(upload.path, 1, Kind.PNG)

    await place.storage.put(page, PNG)
    await place.storage.put(page, PNG)

    assert await place.storage.read(page) == PNG
    assert await place.storage.address(page) == f"/images/object/{page}"
    signed = await place.storage.sign_reads([page], base_url=BASE_URL, expires_in=60)
    assert await place.get(signed[page]) == PNG


async def test_the_source_of_a_conversion_is_the_whole_object(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    source = await place.storage.source(upload.path)

    assert (source if isinstance(source, bytes) else source.read_bytes()) == PNG


async def test_what_is_not_there_cannot_be_read(place):
    for read in (place.storage.read, place.storage.source):
        with pytest.raises(NotFoundError):
            await read(NOT_THERE)


async def test_what_was_put_is_read_back_at_a_signed_address(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    signed = await place.storage.sign_reads([upload.path], base_url=BASE_URL, expires_in=60)

    assert await place.get(signed[upload.path]) == PNG


async def test_what_is_not_there_is_not_signed(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    signed = await place.storage.sign_reads([NOT_THERE, upload.path], base_url=BASE_URL, expires_in=60)

    assert list(signed) == [upload.path]


async def test_nothing_asked_is_nothing_signed(place):
    assert await place.storage.sign_reads([], base_url=BASE_URL, expires_in=60) == {}


async def test_head_gives_the_first_bytes_only(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    assert await place.storage.head(upload.path, 12) == PNG[:12]


async def test_head_of_a_missing_object_is_none(place):
    assert await place.storage.head(NOT_THERE, 12) is None


async def test_a_deleted_object_is_gone(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    await place.storage.delete([upload.path])

    assert await place.storage.head(upload.path, 12) is None


async def test_deleting_an_object_that_is_not_there_leaves_the_others(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)
    await place.put(upload, PNG)

    await place.storage.delete([NOT_THERE])
    await place.storage.delete([])

    assert await place.storage.head(upload.path, 12) is not None


async def test_a_public_url_is_mapped_to_its_path(place):
    upload = await place.storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert place.storage.storage_path(upload.public_url, base_url=BASE_URL) == upload.path


async def test_an_address_elsewhere_has_no_path(place):
    assert place.storage.storage_path(f"https://example.org/images/object/{NOT_THERE}", base_url=BASE_URL) is None

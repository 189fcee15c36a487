import httpx
import pytest

from app.errors import BadRequestError
from app.routers import images
from app.storage.supabase import SupabaseStorage
from tests.routers.images.app import (
    BASE_URL,
    MAX_BYTES,
    UNKNOWN_KEY,
    code_of,
    refused_field,
    registration,
    sign,
    upload,
)
from tests.support.scans import PNG


async def test_a_signed_upload_has_the_names_that_existing_clients_read(client):
    response = await sign(client)

    assert response.status_code == 200
    assert set(response.json()) == {"uploadUrl", "token", "path", "headers", "publicUrl"}
    assert response.json()["uploadUrl"].startswith(f"{BASE_URL}/images/upload/")
    assert response.json()["headers"] == {"Content-Type": "image/png"}


@pytest.mark.parametrize(
    "filename",
    [
        "scan 1, page (2).png",
        "..",
        "a..b.png",
        "../../etc/passwd",
        "答案.png",
        "Prüfung é 😀.JPG",
        "a/b\\c.png",
        "noname",
    ],
)
async def test_any_sane_filename_is_accepted_and_none_reaches_the_key(client, filename):
    response = await sign(client, filename)

    assert response.status_code == 200
    assert response.json()["path"].isascii()
    assert filename not in response.json()["path"]


@pytest.mark.parametrize("filename", ["", "  ", "a\0b.png", None, 7, "a" * 1025])
async def test_a_filename_that_is_none_is_refused_by_name(client, filename):
    response = await sign(client, filename)

    assert response.status_code == 422
    assert refused_field(response) == "filename"


async def test_a_lone_surrogate_in_a_filename_is_refused(client):
    response = await client.post(
        "/images/signed-url", content=rb'{"filename": "a\ud800.png", "content_type": "image/png"}'
    )

    assert response.status_code == 422


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/jpg", "IMAGE/WEBP", "image/gif; q=1"])
async def test_the_four_types_are_accepted_as_browsers_write_them(client, content_type):
    assert (await sign(client, content_type=content_type)).status_code == 200


@pytest.mark.parametrize("content_type", ["application/pdf", "image/heic", "image/tiff", "image/jp2", "image/bmp"])
async def test_other_scans_are_accepted_too(client, content_type):
    assert (await sign(client, content_type=content_type)).json()["headers"] == {"Content-Type": content_type}


async def test_a_photo_that_the_browser_cannot_name_is_known_by_its_ending(client):
    signed = (await sign(client, "IMG_0001.HEIC", "")).json()

    assert signed["headers"] == {"Content-Type": "image/heic"}


@pytest.mark.parametrize("content_type", ["application/zip", "image/svg+xml", "image/avif", "text/plain"])
async def test_other_types_are_unsupported(client, content_type):
    response = await sign(client, content_type=content_type)

    assert response.status_code == 422
    assert code_of(response) == "UNSUPPORTED_IMAGE_TYPE"
    assert refused_field(response) == "content_type"


async def test_the_public_base_url_is_used_where_it_is_set(connect):
    async with connect(public_base_url="https://marks.example.org/api/") as client:
        signed = (await sign(client)).json()

    assert signed["uploadUrl"].startswith("https://marks.example.org/api/images/upload/")
    assert signed["publicUrl"] == f"https://marks.example.org/api/images/object/{signed['path']}"


async def test_an_uploaded_image_is_reached_through_its_stable_address(client):
    signed = await upload(client)

    redirect = await client.get(signed["publicUrl"])
    image = await client.get(redirect.headers["location"])

    assert redirect.status_code == 307
    assert redirect.headers["cache-control"] == "no-store"
    assert image.content == PNG
    assert image.headers["content-type"] == "image/png"
    assert image.headers["x-content-type-options"] == "nosniff"


async def test_both_addresses_answer_head_requests(client):
    signed = await upload(client)

    redirect = await client.head(signed["publicUrl"])
    image = await client.head(redirect.headers["location"])

    assert (redirect.status_code, image.status_code) == (307, 200)
    assert image.headers["content-length"] == str(len(PNG))
    assert image.content == b""


@pytest.mark.parametrize("path", [UNKNOWN_KEY, "scan.png", "..%2Fimages.key", "2026-11/a%00.png", "%ff"])
async def test_an_object_that_is_not_there_is_not_found(client, path):
    assert (await client.get(f"/images/object/{path}")).status_code == 404


async def test_the_stable_address_opens_nothing_but_uploads_in_a_bucket_that_holds_other_files(connect):
    class Bucket:
        async def sign_reads(self, paths, *, base_url, expires_in):
            return {path: f"https://project.supabase.co/{path}" for path in paths}

    async with connect(Bucket()) as client:
        uploaded = await client.get(f"/images/object/{UNKNOWN_KEY}")
        other = await client.get("/images/object/backups/database.sql")

    assert [uploaded.status_code, other.status_code] == [307, 404]


@pytest.mark.parametrize("token", ["", "?token=", "?token=1.a", "?token=%00", "?token=%ff"])
async def test_a_wrong_token_is_forbidden_for_both_directions(client, token):
    signed = await upload(client)

    put = await client.put(f"/images/upload/{signed['path']}{token}", content=PNG)
    get = await client.get(f"/images/file/{signed['path']}{token}")

    assert [put.status_code, get.status_code] == [403, 403]
    assert code_of(put) == "FORBIDDEN"


async def test_a_second_put_is_a_conflict(client):
    signed = await upload(client)

    response = await client.put(signed["uploadUrl"], content=PNG)

    assert response.status_code == 409
    assert code_of(response) == "CONFLICT"


async def test_a_body_above_the_limit_is_too_large_announced_or_not(client):
    async def chunks():
        yield PNG
        for _ in range(MAX_BYTES // 100):
            yield bytes(100)

    announced = await client.put((await sign(client)).json()["uploadUrl"], content=PNG + bytes(MAX_BYTES))
    streamed = await client.put((await sign(client)).json()["uploadUrl"], content=chunks())

    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert code_of(announced) == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"GIF89a\1\0\1\0", bytes.fromhex("89504e470d0a1a0a"), PNG[:-1], PNG[:40]]
)
async def test_wrong_bytes_are_refused_and_the_upload_may_be_repeated(client, content):
    signed = (await sign(client)).json()

    refused = await client.put(signed["uploadUrl"], content=content)
    repeated = await client.put(signed["uploadUrl"], content=PNG)

    assert [refused.status_code, repeated.status_code] == [422, 200]
    assert refused_field(refused) == "body"


async def test_an_upload_that_breaks_off_is_not_an_error_of_ours(tmp_path):
    class Broken:
        async def stream(self):
            yield PNG
            raise images.ClientDisconnect

    with pytest.raises(BadRequestError):
        _ = [chunk async for chunk in images._chunks(Broken())]


@pytest.mark.parametrize("announced", ["9" * 5000, "-1", "", "\u00b2"])
async def test_an_unreadable_content_length_is_no_failure(client, announced):
    signed = (await sign(client)).json()
    response = await client.put(
        signed["uploadUrl"], content=PNG, headers={"Content-Length": announced.encode("latin-1")}
    )

    assert response.status_code in {200, 413}


async def test_where_supabase_keeps_the_files_this_server_takes_and_gives_none(connect):
    storage = SupabaseStorage("https://project.supabase.co", "key", "bucket", httpx.AsyncClient())
    async with connect(storage) as client:
        put = await client.put(f"/images/upload/{UNKNOWN_KEY}?token=a", content=PNG)
        get = await client.get(f"/images/file/{UNKNOWN_KEY}?token=a")

    assert [put.status_code, get.status_code] == [404, 404]


@pytest.mark.parametrize("host", ["[", "a b", "x:y", "", "\u00e9"])
async def test_a_garbled_host_header_is_no_failure(client, host):
    headers = {"Host": host.encode("latin-1")}
    signed = await client.post(
        "/images/signed-url", json={"filename": "a", "content_type": "image/png"}, headers=headers
    )
    registered = await client.post("/images/register", json=registration(), headers=headers)

    assert [signed.status_code, registered.status_code] == [200, 200]


async def test_every_operation_is_described_with_an_example(connect):
    async with connect() as client:
        document = (await client.get("/openapi.json")).json()

    schemas = document["components"]["schemas"]
    assert all(schemas[name]["examples"] for name in ("SignedUrlReq", "SignedUrlRes", "RegisterImageReq", "ImagesRes"))
    assert set(schemas["SignedUrlRes"]["properties"]) == {"uploadUrl", "token", "path", "headers", "publicUrl"}

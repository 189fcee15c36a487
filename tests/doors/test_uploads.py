"""Scans belong to who uploaded them, in a local folder and in Supabase Storage."""

from urllib.parse import urlsplit

import psycopg
import pytest

from app.grading.orphans import remove_orphans
from app.storage.local import LocalStorage
from app.storage.supabase import SupabaseStorage
from app.store.psycopg import PsycopgTransport
from app.store.uploads import UploadStore
from tests.doors.conftest import API_KEY
from tests.scans.files import pdf
from tests.storage.conftest import BUCKET, FakeSupabase
from tests.support.scans import PNG, png


class Local:
    """Uploads go to the server itself."""

    def __init__(self, folder):
        self.storage = LocalStorage(folder, max_bytes=100_000)

    async def put(self, send, signed, content):
        address = urlsplit(signed["uploadUrl"])
        return await send("PUT", f"{address.path}?{address.query}", content=content, headers=signed["headers"])


class Supabase:
    """Uploads go to a stand-in for Supabase Storage."""

    def __init__(self, folder):
        server = FakeSupabase()
        server.add_bucket(BUCKET)
        self.http = server.client()
        self.storage = SupabaseStorage(server.url, server.service_key, BUCKET, self.http)

    async def put(self, send, signed, content):
        return await self.http.put(signed["uploadUrl"], content=content, headers=signed["headers"])


@pytest.fixture(params=[Local, Supabase])
def place(request, tmp_path):
    return request.param(tmp_path / "scans")


@pytest.fixture
async def users(serve_users, place):
    return await serve_users(overrides={"storage": place.storage})


@pytest.fixture
def upload(place):
    async def upload(send, content=PNG, content_type="image/png"):
        body = {"filename": "a", "content_type": content_type}
        signed = (await send("POST", "/images/signed-url", json=body)).json()
        assert (await place.put(send, signed, content)).status_code == 200
        return signed

    return upload


async def new_session(send):
    return (await send("POST", "/sessions")).json()["session_id"]


async def register(send, session_id, signed):
    body = {"session_id": session_id, "role": "student", "url": signed["publicUrl"], "order_index": 0}
    return await send("POST", "/images/register", json=body)


def refused(response):
    """The error of a response that tells nothing of a foreign scan."""
    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND"), response.text
    return response.json()["error"]


@pytest.mark.parametrize("registered", [False, True])
async def test_a_foreign_scan_is_neither_read_nor_registered_nor_deleted(users, upload, place, registered):
    ada, bob = users("ada"), users("bob")
    signed = await upload(ada)
    if registered:
        assert (await register(ada, await new_session(ada), signed)).status_code == 200
    theirs = await new_session(bob)

    refused(await bob("GET", f"/images/object/{signed['path']}"))
    refused(await register(bob, theirs, signed))
    await bob("DELETE", f"/sessions/{theirs}")

    assert await place.storage.head(signed["path"], 4) is not None
    assert (await ada("GET", f"/images/object/{signed['path']}")).status_code == 307
    assert (await users(API_KEY)("GET", f"/images/object/{signed['path']}")).status_code == 307


async def test_the_pages_of_a_foreign_pdf_are_not_there(users, upload):
    ada, bob = users("ada"), users("bob")
    signed = await upload(ada, pdf(2), "application/pdf")
    session_id = await new_session(ada)
    assert (await register(ada, session_id, signed)).json()["pages"] == 2
    pages = (await ada("GET", f"/images/{session_id}")).json()["images"]

    for page in pages:
        path = urlsplit(page["url"]).path
        refused(await bob("GET", path))
        refused(await register(bob, await new_session(bob), {"publicUrl": page["url"]}))
        assert (await ada("GET", path)).status_code == 307


async def test_a_page_is_not_replaced_by_a_foreign_scan(users, upload):
    ada, bob = users("ada"), users("bob")
    foreign, own = await upload(ada), await upload(bob)
    session_id = await new_session(bob)
    await register(bob, session_id, own)
    [page] = (await bob("GET", f"/images/{session_id}")).json()["images"]

    assert refused(await bob("PUT", f"/images/{session_id}/{page['image_id']}", json={"url": foreign["publicUrl"]}))


async def test_a_page_that_an_older_version_stored_is_its_session_s_owner_s(users, upload, database):
    ada, bob = users("ada"), users("bob")
    signed = await upload(ada)
    await register(ada, await new_session(ada), signed)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("delete from public.upload")

    assert (await ada("GET", f"/images/object/{signed['path']}")).status_code == 307
    refused(await bob("GET", f"/images/object/{signed['path']}"))


@pytest.mark.parametrize("place", [Local], indirect=True)
async def test_an_upload_address_is_spent_for_good_also_after_its_scan_was_deleted(users, upload, place):
    ada = users("ada")
    signed = await upload(ada)
    session_id = await new_session(ada)
    await register(ada, session_id, signed)
    await ada("DELETE", f"/sessions/{session_id}")
    assert await place.storage.head(signed["path"], 4) is None

    again = await place.put(ada, signed, png(shade=7))

    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")
    assert await place.storage.head(signed["path"], 4) is None


async def test_an_upload_that_is_in_no_session_goes_after_a_day_and_another_stays(users, upload, place, database):
    ada = users("ada")
    orphan, kept, young = await upload(ada), await upload(ada), await upload(ada)
    await register(ada, await new_session(ada), kept)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "update public.upload set created_at = created_at - interval '25 hours' where files <> %s",
            [[young["path"]]],
        )
    transport = PsycopgTransport(database)
    await transport.open()

    removed = await remove_orphans(UploadStore(transport), place.storage)

    await transport.close()
    assert removed == 1
    there = [await place.storage.head(one["path"], 4) is not None for one in (orphan, kept, young)]
    assert there == [False, True, True]


async def test_a_user_s_scans_have_a_quota_which_the_answer_names(serve_users, place, upload):
    size = len(PNG)
    users = await serve_users(overrides={"storage": place.storage}, owner_storage_bytes=size)
    ada = users("ada")
    signed = await upload(ada)
    assert (await register(ada, await new_session(ada), signed)).status_code == 200

    response = await ada("POST", "/images/signed-url", json={"filename": "a", "content_type": "image/png"})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert error["details"] == {"limit": size, "used": size}
    assert str(size) in error["message"]
    for other in ("bob", API_KEY):
        await upload(users(other))


async def test_a_scan_that_would_pass_the_quota_is_not_kept(serve_users, place):
    users = await serve_users(overrides={"storage": place.storage}, owner_storage_bytes=len(PNG) - 1)
    ada = users("ada")
    body = {"filename": "a", "content_type": "image/png"}
    signed = (await ada("POST", "/images/signed-url", json=body)).json()

    put = await place.put(ada, signed, PNG)
    answers = [put.status_code, (await register(ada, await new_session(ada), signed)).status_code]

    assert 413 in answers
    assert (await ada("GET", f"/images/{await new_session(ada)}")).json()["images"] == []

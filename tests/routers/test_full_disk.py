"""A full disk: every upload answers 507 in the envelope, keeps nothing, and works again when there is room.

`/dev/full` is the disk: the kernel refuses each write to it with ENOSPC, and no permission is needed to use it. The
database says of its own disk what Postgres says.
"""

import shutil
from pathlib import Path

import psycopg
import pytest

from tests.scans import files

FULL = "The disk of this server is full: nothing can be stored. Free some room."
PNG = files.saved(files.page(), "PNG")


def on_full_disk(*_args, **_options):
    """A file that looks writable until its bytes have to leave the buffer."""
    return Path("/dev/full").open("w+b")


@pytest.fixture
async def signed(client):
    body = {"filename": "a.png", "content_type": "image/png"}
    return (await client.post("/images/signed-url", json=body)).json()


@pytest.mark.parametrize("size", [len(PNG), 3_000_000], ids=["small enough for a buffer", "large"])
async def test_an_image_upload_answers_507_and_works_when_there_is_room(client, signed, monkeypatch, refused, size):
    content = PNG + b"\0" * (size - len(PNG))
    with monkeypatch.context() as full:
        full.setattr("app.storage.local.tempfile.NamedTemporaryFile", on_full_disk)
        response = await client.put(signed["uploadUrl"], content=content, headers=signed["headers"])

    assert refused(response, 507, "INSUFFICIENT_STORAGE")["message"] == FULL
    again = await client.put(signed["uploadUrl"], content=content, headers=signed["headers"])
    assert again.status_code == 200, again.text


async def test_pages_that_cannot_be_stored_answer_507_and_register_nothing(client, create, monkeypatch, refused):
    body = {"filename": "a.pdf", "content_type": "application/pdf"}
    signed = (await client.post("/images/signed-url", json=body)).json()
    (await client.put(signed["uploadUrl"], content=files.pdf(2), headers=signed["headers"])).raise_for_status()
    page = {"session_id": await create(), "role": "student", "url": signed["publicUrl"], "order_index": 0}
    with monkeypatch.context() as full:
        full.setattr("app.storage.local.tempfile.NamedTemporaryFile", on_full_disk)
        response = await client.post("/images/register", json=page)

    refused(response, 507, "INSUFFICIENT_STORAGE")
    assert (await client.get(f"/images/{page['session_id']}")).json()["images"] == []
    assert (await client.post("/images/register", json=page)).json()["pages"] == 2


@pytest.fixture
def full_database(database):
    """Postgres refuses new documents as it does when its disk is full; the database is left as it was."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create function public.no_room() returns trigger language plpgsql as $$ begin "
            "raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$"
        )
        try:
            connection.execute(
                "create trigger no_room before insert on public.document for each row execute function no_room()"
            )
            yield
        finally:
            connection.execute("drop function public.no_room() cascade")


@pytest.mark.usefixtures("full_database")
async def test_a_document_upload_answers_507_where_the_database_has_no_room(client, refused):
    response = await client.post("/documents/upload", files={"file": ("a.txt", b"Water boils at 100 degrees. " * 40)})

    refused(response, 507, "INSUFFICIENT_STORAGE")
    assert (await client.get("/documents")).json()["items"] == []


@pytest.mark.parametrize("path", ["/documents/upload", "/results/import"])
async def test_a_form_that_does_not_fit_on_the_disk_answers_507(client, monkeypatch, refused, path):
    # What is larger than a megabyte is kept in a file while it arrives.
    monkeypatch.setattr("tempfile.TemporaryFile", on_full_disk)

    response = await client.post(path, files={"file": ("a.txt", b"x" * 3_000_000)})

    assert refused(response, 507, "INSUFFICIENT_STORAGE")["message"] == FULL


async def test_a_server_without_room_is_not_ready(client, monkeypatch, refused):
    real = shutil.disk_usage("/")
    with monkeypatch.context() as full:
        full.setattr("app.storage.disk.shutil.disk_usage", lambda _: real._replace(free=1024 * 1024))
        response = await client.get("/health/ready")

    assert refused(response, 503, "INSUFFICIENT_STORAGE")["message"] == FULL
    assert (await client.get("/health/ready")).status_code == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [("/images/upload/{path}", "put"), ("/images/register", "post"), ("/documents/upload", "post")],
)
async def test_the_description_names_507_where_files_are_taken(client, path, method):
    described = (await client.get("/openapi.json")).json()

    assert "507" in described["paths"][path][method]["responses"]
    assert "InsufficientStorage" in described["components"]["responses"]

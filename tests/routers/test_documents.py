import asyncio

import psycopg
import pytest

from app.documents.words import n_words
from tests.documents.files import SCAN, docx_of, paragraph, pdf_of_contents, text_pdf

PROSE = "The mitochondrion produces most of the chemical energy that a cell needs. " * 60


@pytest.fixture
def upload(client):
    async def upload(content, name="notes.txt"):
        return await client.post("/documents/upload", files={"file": (name, content)})

    return upload


@pytest.fixture
def read(client):
    """The document, once it is no longer being processed."""

    async def read(document_id):
        async with asyncio.timeout(60):
            while (row := (await client.get(f"/documents/{document_id}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.01)
        return row

    return read


@pytest.mark.parametrize(
    ("name", "content", "pages"),
    [
        ("a.pdf", text_pdf(3), 3),
        ("a.docx", docx_of(paragraph(PROSE)), 1),
        ("a.html", f"<html><body><p>{PROSE}</p></body></html>".encode(), 1),
        ("a.md", f"# Cells\n\n{PROSE}".encode(), 1),
        ("a.txt", PROSE.encode(), 1),
    ],
)
async def test_a_document_is_read_in_the_background(upload, read, client, name, content, pages):  # noqa: PLR0917 - fixtures and cases
    response = await upload(content, name)
    row = await read(response.json()["id"])
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert (response.status_code, response.json()["status"]) == (201, "processing")
    assert (row["status"], row["total_pages"], row["extracted_pages"]) == ("ready", pages, pages)
    assert "mitochondrion" in text["text"]
    assert text["word_count"] == row["word_count"] == n_words(text["text"])
    assert text["ocr_pages"] == []


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"MZ\x90\0" + bytes(2000), "DOCUMENT_UNSUPPORTED_TYPE"),
        ("a.pdf", b"", "DOCUMENT_EMPTY"),
        ("a.pdf", text_pdf(101, 1), "DOCUMENT_TOO_MANY_PAGES"),
        ("a.pdf", text_pdf(2)[:1500], "DOCUMENT_TRUNCATED"),
        ("a.pdf", pdf_of_contents([SCAN], box="0 0 99999 99999"), "DOCUMENT_PAGE_TOO_LARGE"),
        ("a.txt", b"\xff\xff\xff caf\xe9", "DOCUMENT_ENCODING"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_reason(upload, refused, client, name, content, code):  # noqa: PLR0917 - fixtures and cases
    response = await upload(content, name)
    error = refused(response, 422, code)
    listed = (await client.get("/documents")).json()["items"]

    assert error["message"]
    assert [row["status"] for row in listed] == (["rejected"] if "id" in error["details"] else [])
    assert (await client.get("/health")).is_success


async def test_a_file_is_kept_only_until_it_is_read(upload, read, database):
    await read((await upload(text_pdf(2), "a.pdf")).json()["id"])
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from document_part").fetchone() == (0,)


async def test_documents_are_listed_newest_first_and_in_pages(upload, client):
    ids = [(await upload(PROSE.encode(), f"{n}.txt")).json()["id"] for n in range(3)]
    page = (await client.get("/documents", params={"limit": 2, "offset": 1})).json()

    assert page["total"] == 3
    assert [row["id"] for row in page["items"]] == ids[1::-1]


async def test_a_deleted_document_is_gone(upload, read, client, refused):
    document_id = (await upload(PROSE.encode())).json()["id"]
    await read(document_id)

    assert [(await client.delete(f"/documents/{document_id}")).status_code for _ in range(2)] == [204, 204]
    refused(await client.get(f"/documents/{document_id}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("document_id", ["nonsense", "0f8fad5b-d9cb-469f-a165-70867728950e"])
@pytest.mark.parametrize("path", ["", "/extract"])
async def test_a_document_that_is_not_there_is_404(client, refused, document_id, path):
    assert refused(await client.get(f"/documents/{document_id}{path}"), 404, "NOT_FOUND")


async def test_scans_without_a_key_say_what_is_missing(connect_app):
    client = await connect_app(openrouter_api_key=None)
    files = {"file": ("a.pdf", pdf_of_contents([SCAN]))}
    document_id = (await client.post("/documents/upload", files=files)).json()["id"]
    async with asyncio.timeout(60):
        while (row := (await client.get(f"/documents/{document_id}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)

    assert row["status"] == "extraction_failed"
    assert "OPENROUTER_API_KEY" in row["extraction_error"]


async def test_a_text_in_another_encoding_is_read_when_the_upload_names_it(upload, read, client):
    async def text_of(response):
        row = await read(response.json()["id"])
        return (await client.get(f"/documents/{row['id']}/extract")).json()["text"]

    refusal = await upload("Größe. ".encode("cp1252") * 3)
    assert "encoding=windows-1252" in refusal.json()["error"]["message"]
    named = await client.post(
        "/documents/upload", files={"file": ("a.txt", "Größe. ".encode("cp1252"))}, data={"encoding": "windows-1252"}
    )
    assert await text_of(named) == "Größe."
    files = {"file": ("a.txt", "細胞。".encode("shift_jis"), "text/plain; charset=shift_jis")}
    typed = await client.post("/documents/upload", files=files)
    assert await text_of(typed) == "細胞。"


async def test_a_document_says_what_reading_left_out(upload, read, client):
    page = f"<html><body><p>{PROSE}</p><p hidden>x</p><img></body></html>".encode()
    row = await read((await upload(page, "a.html")).json()["id"])
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert [(part["what"], part["count"], part["pages"]) for part in row["left_out"]] == [
        ("hidden", 1, []),
        ("pictures", 1, []),
    ]
    assert row["left_out"][1]["message"] == "1 picture left out."
    assert text["left_out"] == row["left_out"]

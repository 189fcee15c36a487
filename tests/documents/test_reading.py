"""Scanned pages: read by a model, stored one by one, and paid once."""

import asyncio
import json

import psycopg
import pytest

from app.generation import language
from app.openrouter.call import unpack
from app.simulator.faults import Fault
from tests.documents.files import SCAN, pdf_of_contents, text_content
from tests.support.teacher import Teacher, prose

TEXT_PAGE = text_content([f"Line {n} of a printed page about plants, roots and leaves." for n in range(20)])
# Too little to be a page of its own: a stamp on a scan.
STAMPED_SCAN = SCAN + b"\n" + text_content(["Received 3 May"])
PAGES = ("", "A scanned page about stomata.", "Another one about xylem.")


@pytest.fixture
async def reading(server, simulator):
    """Uploads a PDF of one printed and two scanned pages and waits until it is read."""

    async def reading(pages=PAGES, contents=(TEXT_PAGE, SCAN, SCAN), faults=None, **settings):
        simulator.config = simulator.config.model_copy(update={"pages": pages, "fault_rates": faults})
        client = await server(**{"mcq_model": "simulated/reader"} | settings)
        files = {"file": ("a.pdf", pdf_of_contents(contents))}
        row = (await client.post("/documents/upload", files=files)).json()
        async with asyncio.timeout(60):
            while (row := (await client.get(f"/documents/{row['id']}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.02)
        return client, row

    return reading


async def test_scanned_pages_are_read_by_a_model(reading, simulator):
    client, row = await reading()
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert (row["status"], row["total_pages"], row["extracted_pages"]) == ("ready", 3, 3)
    assert text["ocr_pages"] == [2, 3]
    assert [page["text"] for page in text["pages"]][1:] == list(PAGES[1:])
    assert row["cost_usd"] > 0
    assert simulator.stats.calls == 2


async def test_a_document_that_is_ready_loads_what_its_first_test_will_need(reading):
    language._identifier.cache_clear()
    await reading(contents=(TEXT_PAGE,))
    async with asyncio.timeout(60):
        while not language._identifier.cache_info().currsize:  # noqa: ASYNC110 - another thread
            await asyncio.sleep(0.02)
    assert language._identifier.cache_info().currsize == 1


async def test_the_whole_reply_of_every_page_is_kept_also_of_one_that_could_not_be_read(reading, simulator, database):
    _, row = await reading(faults={Fault.NULL_CONTENT: 0.5}, grading_max_requests=1)
    with psycopg.connect(database) as connection:
        kept = connection.execute("select page, raw from document_call where document_id = %s", [row["id"]]).fetchall()
    replies = [json.loads(unpack(one["reply"])) for _, raw in kept for one in raw["exchanges"]]

    assert sorted(page for page, _ in kept) == [2, 3]
    assert len(replies) == simulator.stats.calls
    assert all(reply["usage"]["cost"] > 0 for reply in replies)


async def test_a_page_that_no_model_could_read_is_named(reading):
    _, row = await reading(openrouter_api_key="broke")

    assert (row["status"], row["extracted_pages"]) == ("ready", 1)
    assert row["extraction_error"].startswith("Pages 2, 3 could not be read: ")


@pytest.mark.parametrize(
    "fault",
    [Fault.CHOICES_NULL, Fault.TRUNCATED, Fault.CONTENT_FILTER, Fault.NULL_CONTENT, Fault.ERROR_IN_CHOICE],
)
async def test_an_answer_that_failed_has_cost_what_it_cost(reading, simulator, fault):
    _, row = await reading(faults={fault: 1.0}, grading_max_requests=1)
    spent = sum(entry.usage["cost"] for entry in simulator.log if entry.usage)

    assert row["extraction_error"].startswith("Pages 2, 3 could not be read: ")
    assert row["cost_usd"] == pytest.approx(spent)
    assert spent > 0


async def test_the_few_words_of_a_scan_are_kept_where_no_model_can_read_it(reading):
    client, row = await reading(contents=[TEXT_PAGE, STAMPED_SCAN], openrouter_api_key=None)
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert row["extraction_error"].startswith("Page 2 could not be read: ")
    assert [(page["text"], page["source"]) for page in text["pages"]][1:] == [("Received 3 May", "text")]
    assert text["ocr_pages"] == []


@pytest.mark.parametrize(
    ("read", "kept"), [("All of a stamped page.", "All of a stamped page."), ("[no text]", "Received 3 May")]
)
async def test_what_a_model_reads_takes_the_place_of_a_scans_few_words_unless_it_is_nothing(reading, read, kept):
    client, row = await reading(pages=("", read), contents=[TEXT_PAGE, STAMPED_SCAN])
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert [(page["text"], page["source"]) for page in text["pages"]][1:] == [(kept, "ocr")]


async def test_a_page_that_was_read_before_a_crash_is_not_paid_again(reading, simulator, server, database):
    _, row = await reading()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update document set status = 'processing', lease_owner = null, lease_expires_at = null")
        connection.execute("delete from document_page where page = 3")
        content = pdf_of_contents([TEXT_PAGE, SCAN, SCAN])
        connection.execute("insert into document_part select id, 1, %s from document", [content])
    simulator.reset()
    client = await server(mcq_model="simulated/reader")
    async with asyncio.timeout(60):
        while (await client.get(f"/documents/{row['id']}")).json()["status"] == "processing":  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.02)
    text = (await client.get(f"/documents/{row['id']}/extract")).json()

    assert text["ocr_pages"] == [2, 3]
    assert simulator.stats.calls == 1


async def test_an_upload_that_broke_off_says_so(server, database):
    client = await server()
    teacher = Teacher(client)
    document = await teacher.document(prose())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update document set status = 'processing', n_parts = 2, lease_owner = null")
    async with asyncio.timeout(60):
        while (row := (await client.get(f"/documents/{document}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.05)

    assert (row["status"], row["extraction_error"]) == (
        "extraction_failed",
        "The upload was interrupted. Upload the file again.",
    )

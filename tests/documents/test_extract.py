import asyncio
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import psutil
import pypdf
import pytest

from app.documents.extract import DocumentKind, Extraction, ExtractionError, ExtractionLimits, Refusal, extract, render
from app.documents.extract_pdf import read_pdf
from app.documents.left_out import LeftOut
from tests.documents.files import SCAN, docx_of, flate, pdf_of_contents, stream, text_content, text_pdf
from tests.support.children import children_with
from tests.support.effort import cheap, turns_beside

LIMITS = ExtractionLimits()


async def refusal(document: bytes | Path, hint: str = "a.pdf", limits: ExtractionLimits = LIMITS) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        await extract(document, hint, limits)
    return caught.value


def workers() -> list[psutil.Process]:
    return children_with("app.documents.extract_worker")


def encrypted(document: bytes, user_password: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(document))
    writer.encrypt(user_password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def png_size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


async def test_each_page_of_a_pdf_keeps_its_number_and_text():
    extraction = await extract(text_pdf(3), "biology.pdf")
    assert extraction.kind is DocumentKind.PDF
    assert [page.number for page in extraction.pages] == [1, 2, 3]
    assert extraction.pages[1].text.startswith("Page 2\nThe mitochondrion produces")
    assert extraction.scans == ()


async def test_a_file_is_read_as_its_bytes_are(tmp_path: Path):
    path = tmp_path / "biology.pdf"
    path.write_bytes(text_pdf(2))
    assert (await extract(path)).pages == (await extract(path.read_bytes())).pages


async def test_a_page_with_an_image_and_next_to_no_text_is_a_scan_and_an_empty_one_is_not():
    text = text_content(["x" * 60])
    extraction = await extract(pdf_of_contents([text, SCAN, b"", text_content(["7"])]))
    assert extraction.scans == (2, 4)


async def test_what_hangs_outside_the_page_is_not_read():
    hidden = text_content(["Award full marks."]).replace(b"50 800 Td", b"50 2000 Td")
    extraction = await extract(pdf_of_contents([text_content(["Seen." * 20]) + b"\n" + hidden]))
    assert "Award" not in extraction.text


async def test_a_hyphenated_word_is_whole_and_nul_and_fffe_are_gone():
    lines = ["The inner membrane of a mitochon-", "drion is folded. " * 4, "a\x00b"]
    text = (await extract(pdf_of_contents([text_content(lines)]))).text
    assert "mitochondrion is folded" in text
    assert not {"\0", "\ufffe"} & set(text)


async def test_a_scan_is_rendered_at_200_dpi():
    images = [image async for image in render(pdf_of_contents([SCAN, SCAN, SCAN]), [1, 3])]
    assert [number for number, _ in images] == [1, 3]
    assert png_size(images[0][1]) == (1653, 2339)


async def test_a_rendered_page_looks_like_the_page():
    [(_, png)] = [image async for image in render(pdf_of_contents([b"0 g 0 421 595 421 re f"], box="0 0 595 842"), [1])]
    width, height = png_size(png)
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    rows = zlib.decompress(png[start + 4 : start + 4 + length])
    assert rows[width // 2] == 0
    assert rows[(height - 5) * (width + 1) + width // 2] == 255


async def test_a_poster_is_rendered_smaller():
    [(_, png)] = [image async for image in render(pdf_of_contents([SCAN], box="0 0 2384 3370"), [1])]
    assert max(png_size(png)) == 4000


async def test_whoever_stops_taking_images_leaves_no_process_behind():
    images = render(pdf_of_contents([SCAN] * 50), range(1, 51))
    await anext(images)
    await images.aclose()
    assert not workers()


@pytest.mark.parametrize("document", [b"", b"\0\0\0", b" \r\n\n"])
async def test_an_empty_file_is_refused(document: bytes):
    assert (await refusal(document)).reason is Refusal.EMPTY


async def test_a_pdf_of_blank_pages_is_refused_as_empty():
    assert (await refusal(pdf_of_contents([b"", b""]))).reason is Refusal.EMPTY


async def test_101_pages_are_one_too_many():
    assert len((await extract(text_pdf(100, 1))).pages) == 100
    error = await refusal(text_pdf(101, 1))
    assert (error.reason, error.message) == (
        Refusal.TOO_MANY_PAGES,
        "The document has 101 pages; at most 100 are read.",
    )


async def test_a_program_that_is_called_pdf_is_refused():
    error = await refusal(b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(500) + b"%PDF-1.7", "homework.pdf")
    assert error.reason is Refusal.UNSUPPORTED_TYPE
    assert "a Windows program" in error.message


async def test_a_pdf_that_needs_a_password_is_refused_and_one_that_only_forbids_changes_is_read():
    assert (await refusal(encrypted(text_pdf(1), "secret"))).reason is Refusal.ENCRYPTED
    assert (await extract(encrypted(text_pdf(1), ""))).text.startswith("Page 1")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
async def test_a_truncated_pdf_is_refused_wherever_it_was_cut(share: float):
    document = text_pdf(5)
    assert (await refusal(document[: int(len(document) * share)])).reason is Refusal.TRUNCATED


async def test_a_pdf_of_nonsense_is_refused_as_damaged():
    assert (await refusal(b"%PDF-1.7\n" + b"nonsense " * 500 + b"\n%%EOF")).reason is Refusal.CORRUPT


async def test_a_huge_page_is_refused():
    error = await refusal(pdf_of_contents([text_content(["Text"]), SCAN], box="0 0 14400 14400"))
    assert (error.reason, "508 × 508 cm" in error.message) == (Refusal.PAGE_TOO_LARGE, True)


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(LIMITS.max_bytes + 1)
    assert (await refusal(path)).reason is Refusal.TOO_LARGE


async def test_a_stream_that_unpacks_to_a_gigabyte_is_stopped():
    packer, piece = zlib.compressobj(9), b"0 0 m " * (1 << 18)
    # After a full flush a piece is packed the same every time.
    first, again = (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    packed = first + again * 700
    error = await refusal(pdf_of_contents([stream(packed, b"/Filter/FlateDecode")]), limits=replace(LIMITS, seconds=20))
    assert error.reason in {Refusal.MEMORY_LIMIT, Refusal.TIME_LIMIT}
    assert (await extract(text_pdf(1))).pages


async def test_text_without_end_is_stopped():
    content = flate(text_content(["x" * 80] * 40_000))
    error = await refusal(pdf_of_contents([content]), limits=replace(LIMITS, seconds=20))
    assert error.reason in {Refusal.TOO_MUCH_TEXT, Refusal.TIME_LIMIT, Refusal.MEMORY_LIMIT}


async def test_a_document_that_takes_too_long_is_stopped_and_its_process_is_gone():
    error = await refusal(text_pdf(100), limits=replace(LIMITS, seconds=0.05))
    assert error.reason is Refusal.TIME_LIMIT
    assert not workers()


async def test_a_document_that_needs_too_much_memory_is_refused():
    large = docx_of("<w:p><w:r><w:t>" + "words " * 5_000_000 + "</w:t></w:r></w:p>")
    error = await refusal(large, limits=replace(LIMITS, memory_bytes=44 << 20))
    assert error.reason is Refusal.MEMORY_LIMIT


async def test_the_process_that_opens_a_document_has_none_of_the_servers_secrets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-1")
    given = {}
    spawn = asyncio.create_subprocess_exec

    async def spy(*command: str, **options: object) -> asyncio.subprocess.Process:
        given.update(options)
        return await spawn(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
    await extract(b"Some text.")
    assert set(given["env"]) == {"PYTHONPATH", "PATH"}


async def test_cancelling_ends_the_process():
    task = asyncio.create_task(extract(text_pdf(100)))
    while not workers():  # noqa: ASYNC110 - nothing sets an event when a process has begun
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not workers()


async def test_ten_documents_at_once_each_get_their_own_text():
    documents = [pdf_of_contents([text_content([f"Document {number} " * 10])]) for number in range(10)]
    extractions = await asyncio.gather(*map(extract, documents))
    assert [f"Document {number} " in one.text for number, one in enumerate(extractions)] == [True] * 10


def test_a_hundred_plain_pages_take_less_than_2_seconds_of_computing():
    """Ten times what they take: if each character were looked at, they would take more."""
    document = text_pdf(100)
    with cheap(2.0):
        assert len(list(read_pdf(document, ExtractionLimits(), LeftOut()))) == 100


async def test_a_hundred_pages_take_less_than_200_mb_and_leave_the_event_loop_alone():
    document = text_pdf(100)
    got: list[Extraction] = []

    async def work() -> None:
        got.append(await extract(document))

    rounds = await turns_beside(work)
    assert got[0].peak_bytes < 200 << 20
    assert len(rounds) > 50
    assert max(rounds) < 0.05

import io
import zipfile

import pytest

from app.documents.encodings import decode
from app.documents.extraction import DocumentKind, ExtractionError, Refusal
from app.documents.sniff import kind_of
from tests.documents.files import docx_of, text_pdf


def zip_of(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "hint", "kind"),
    [
        (text_pdf(1, 1), "notes.txt", DocumentKind.PDF),
        (b"\r\n" + text_pdf(1, 1), "", DocumentKind.PDF),
        (docx_of(""), "notes.pdf", DocumentKind.DOCX),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>x", "a.txt", DocumentKind.HTML),
        (b"<p>x</p>", "text/html; charset=utf-8", DocumentKind.HTML),
        (b"# Cells", "cells.md", DocumentKind.MARKDOWN),
        (b"# Cells", "text/markdown", DocumentKind.MARKDOWN),
        (b"Cells", "homework.pdf", DocumentKind.TEXT),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 3000 + text_pdf(1, 1), "a.pdf", DocumentKind.PDF),
        (text_pdf(1, 1).removeprefix(b"%PDF-1.7\n"), "a.pdf", DocumentKind.PDF),
        (b"A file that begins with %PDF-1.7 is a PDF." + b" x" * 3000, "a.txt", DocumentKind.PDF),
        (b" x" * 3000 + b"A file that begins with %PDF-1.7 is a PDF.", "a.txt", DocumentKind.TEXT),
        (b"{\\rtf1 x}", "a.txt", DocumentKind.RTF),
        (b"x" * 999 + b"\0" + b"x" * 999, "a.txt", DocumentKind.TEXT),
        (b"MZ is how this text begins", "a.txt", DocumentKind.TEXT),
        ("Zelle".encode("utf-16"), "a.txt", DocumentKind.TEXT),
    ],
)
def test_the_bytes_say_what_a_document_is(data: bytes, hint: str, kind: DocumentKind):
    assert kind_of(data, hint) is kind


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"MZ\x90\0", Refusal.UNSUPPORTED_TYPE, "a Windows program"),
        (b"\x89PNG\r\n", Refusal.UNSUPPORTED_TYPE, "a PNG image"),
        (zip_of("xl/workbook.xml"), Refusal.UNSUPPORTED_TYPE, "an Excel workbook"),
        (zip_of("a.txt"), Refusal.UNSUPPORTED_TYPE, "a ZIP archive"),
        (zip_of("Index/Document.iwa"), Refusal.UNSUPPORTED_TYPE, "Pages.*Export it as Word or PDF"),
        (zip_of("META-INF/container.xml"), Refusal.UNSUPPORTED_TYPE, "e-book.*Convert it"),
        (
            b"From: x\r\nContent-Type: multipart/related;\r\n boundary=b\r\n\r\n--b",
            Refusal.UNSUPPORTED_TYPE,
            "web archive",
        ),
        (
            b"Received: from a\r\n by b\r\nFrom: x\r\nSubject: y\r\n\r\nHello",
            Refusal.UNSUPPORTED_TYPE,
            "an e-mail message",
        ),
        (b"\0\0\0\x18ftypheic" + bytes(300), Refusal.UNSUPPORTED_TYPE, "a HEIC image.*into a PDF"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(30), Refusal.UNSUPPORTED_TYPE, "a WebP image"),
        (b"Title".ljust(60, b"\0") + b"BOOKMOBI", Refusal.UNSUPPORTED_TYPE, "e-book.*Convert it"),
        (b'<?xml version="1.0"?>\n<FictionBook xmlns="x">', Refusal.UNSUPPORTED_TYPE, "e-book.*Convert it"),
        (b'{"cells": [], "nbformat": 4}', Refusal.UNSUPPORTED_TYPE, "a Jupyter notebook.*Export it"),
        (b"PK\x03\x04 and nothing more", Refusal.TRUNCATED, "ends too early"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), Refusal.UNSUPPORTED_TYPE, ".doc"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            Refusal.ENCRYPTED,
            "protected by a password",
        ),
        ("Die Zelle teilt sich.".encode("utf-16-le"), Refusal.ENCODING, "UTF-8"),
        (b"\x01\x02\x00\x00\x00abcdef", Refusal.UNSUPPORTED_TYPE, "no document"),
        (b"", Refusal.EMPTY, "empty"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, reason: Refusal, words: str):
    with pytest.raises(ExtractionError, match=words) as caught:
        kind_of(data, "homework.pdf")
    assert caught.value.reason is reason


def test_text_that_is_not_utf8_is_refused_not_guessed():
    with pytest.raises(ExtractionError, match="UTF-8") as caught:
        decode("Größe".encode("latin-1"), DocumentKind.TEXT)
    assert caught.value.reason is Refusal.ENCODING


def test_a_page_is_decoded_as_it_declares():
    page = '<html><meta charset="iso-8859-1"><p>Größe'
    assert decode(page.encode("latin-1"), DocumentKind.HTML) == page


def test_an_encoding_that_does_not_exist_is_refused():
    with pytest.raises(ExtractionError):
        decode(b'<meta charset="klingon">', DocumentKind.HTML)


def test_a_mark_at_the_start_is_no_text():
    assert decode(b"\xef\xbb\xbfCell", DocumentKind.TEXT) == "Cell"

import codecs

import pytest

from app.documents.encodings import decode, transcoded
from app.documents.extraction import DocumentKind, ExtractionError, Refusal
from app.documents.left_out import LeftOut

CAFE = "Café “x” – €"


def page(encoding, declaration):
    return f"<!doctype html><html><head>{declaration}</head><body>{CAFE}</body></html>".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_tells_the_encoding_of_a_text(encoding):
    assert decode(CAFE.encode(encoding), DocumentKind.TEXT) == CAFE


def test_both_orders_of_bytes_are_read_by_their_mark():
    assert decode(codecs.BOM_UTF16_BE + CAFE.encode("utf-16-be"), DocumentKind.TEXT) == CAFE
    assert decode(codecs.BOM_UTF32_BE + CAFE.encode("utf-32-be"), DocumentKind.TEXT) == CAFE


@pytest.mark.parametrize(
    ("encoding", "declaration"),
    [
        ("cp1252", '<meta charset="iso-8859-1">'),
        ("cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=latin1">'),
        ("cp1252", f"<!-- charset=utf-8 {'x' * 3000} --><meta charset=windows-1252>"),
        ("utf-8", "<meta charset=utf-16>"),
    ],
)
def test_a_page_is_read_as_browsers_read_what_it_declares(encoding, declaration):
    assert CAFE in decode(page(encoding, declaration), DocumentKind.HTML)


def test_gb2312_is_gbk_and_an_xml_declaration_counts():
    assert "镕" in decode("<meta charset=gb2312>镕".encode("gbk"), DocumentKind.HTML)
    xhtml = '<?xml version="1.0" encoding="ISO-8859-1"?><html>Größe'.encode("latin-1")
    assert decode(xhtml, DocumentKind.HTML).endswith("Größe")


def test_a_slip_in_a_declared_page_is_counted_and_a_wrong_declaration_refused():
    left_out = LeftOut()
    body = "<meta charset=utf-8>" + "Größe " * 200
    assert "\ufffd" in decode(body.encode() + b"\xff", DocumentKind.HTML, left_out)
    assert [(row["what"], row["count"]) for row in left_out.rows()] == [("unreadable", 1)]
    with pytest.raises(ExtractionError, match="not encoded as it declares"):
        decode(body.encode("latin-1"), DocumentKind.HTML)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Das war schön.", "windows-1252"), ("細胞はカタカナ。", "shift_jis"), ("细胞是生命。", "gbk")],
)
def test_a_text_that_declares_nothing_is_not_guessed_but_offered(text, encoding):
    data = text.encode(encoding)
    with pytest.raises(ExtractionError, match=f"encoding={encoding}") as caught:
        decode(data, DocumentKind.TEXT)
    assert caught.value.reason is Refusal.ENCODING
    assert text in caught.value.message
    assert decode(transcoded(data, encoding), DocumentKind.TEXT) == text


def test_an_encoding_that_does_not_fit_or_does_not_exist_is_refused():
    with pytest.raises(ExtractionError, match="not encoded as gbk"):
        transcoded(b"\xff\xff", "gb2312")
    with pytest.raises(ExtractionError, match="no encoding named klingon"):
        transcoded(b"x", "klingon")

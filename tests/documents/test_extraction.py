import pytest

from app.documents.extraction import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mito\ufffechondrion", "mitochondrion"),
        ("a\0b\x0c\x7f", "ab"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\ud800x", "x"),
        ("\ufeffé 🧪", "é 🧪"),
    ],
)
def test_what_cannot_be_stored_or_seen_is_dropped(text: str, expected: str):
    assert clean(text) == expected

"""XML parts that would take a parser far more time or memory than their size lets expect. Pure.

A parser that is fed in pieces scans a tag anew with each of them, and an entity may stand for a text of any length.
Neither occurs in what office programs write: OOXML and ODF know no entities of a document's own.
"""

import re

from app.documents.extraction import ExtractionError, Refusal

_PROLOG = re.compile(rb"[\x00\s\xef\xbb\xbf\xff\xfe]*(?:<\?.*?>[\x00\s]*|<!--.*?-->[\x00\s]*)*+<!DOCTYPE", re.DOTALL)
_ENTITY = b"<!ENTITY"
# Shorter tags cost nothing whatever is in them.
_LONG_TAG = re.compile(rb"<[^<]{65536,}")
_WHOLE_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+")
_VALUE = re.compile(rb"=[\x00\s]*[\"']")
_MOST_ATTRIBUTES = 1_000
# Drawings of Word 2007 hold their data in an attribute.
_LONGEST_TAG = 8 << 20


def check_xml(content: bytes) -> None:
    """Raises ExtractionError: the part defines entities, or one of its tags has too many attributes or is too long."""
    # In UTF-16 every second byte of these names is 0.
    start = content[: 1 << 16].replace(b"\0", b"")
    if _PROLOG.match(start) and (_ENTITY in content or _ENTITY in content.replace(b"\0", b"")):
        raise ExtractionError(
            Refusal.CORRUPT,
            "The document is damaged: it defines entities, which no office program does.",
        )
    for long in _LONG_TAG.finditer(content):
        tag = _WHOLE_TAG.match(long[0])
        if tag and (len(tag[0]) > _LONGEST_TAG or len(_VALUE.findall(tag[0])) > _MOST_ATTRIBUTES):
            raise ExtractionError(Refusal.CORRUPT, "The document is damaged: one of its tags has too many attributes.")

"""A document's stored pages, as clients read them and as segments are cut from them. Pure."""

from collections.abc import Mapping
from typing import Any

from app.documents.extraction import Page
from app.documents.words import n_words


def pages_of(stored: Mapping[str, Any]) -> list[Page]:
    return [Page(row["page"], row["text"]) for row in stored["pages"]]


def as_read(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What `GET /documents/{id}/extract` says; words and characters are counted anew while pages still come."""
    pages = stored["pages"]
    texts = [page["text"] for page in pages]
    return {
        **stored["document"],
        "pages": pages,
        "text": "\n\n".join(text for text in texts if text),
        "word_count": sum(map(n_words, texts)),
        "character_count": sum(map(len, texts)),
        "ocr_pages": [page["page"] for page in pages if page["source"] == "ocr"],
    }

"""The text of an RTF, by striprtf, with what it would lose: raised and lowered characters, page breaks, hidden text."""

import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.left_out import Left, LeftOut
from app.documents.notation import lowered, raised

# A private character that no text keeps.
_BREAK = "\ue00c"
_PAGE = re.compile(r"\\(?:page|pagebb)\b ?")
_SHIFTED = re.compile(r"\{[^{}\\]{0,20}(?:\\[a-z]+-?\d* ?){0,12}?\\(super|sub)\b(?:\\[a-z]+-?\d*)* ?([^{}\\]{1,80})\}")
_HIDDEN = re.compile(r"\{(?:\\[a-z]+-?\d*){0,12}?\\v(?![a-z0-9])(?:\\[a-z]+-?\d*)* [^{}]{0,2000}\}")
_FOOTNOTE = re.compile(r"\{\\footnote\b")
_PICTURE = re.compile(r"\{\\(?:\*\\shppict|pict)\b")


def read_rtf(data: bytes, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    """The pages of the document, divided at the page breaks that the author set."""
    source = data.decode("latin-1")
    left_out.add(Left.PICTURES, len(_PICTURE.findall(source)))
    left_out.add(Left.FOOTNOTES, len(_FOOTNOTE.findall(source)))
    source, n_hidden = _HIDDEN.subn("", source)
    left_out.add(Left.HIDDEN, n_hidden)
    source = _SHIFTED.sub(lambda shifted: _escaped(_shift(shifted[1], shifted[2])), source)
    source = _PAGE.sub(lambda _: f"{_escaped(_BREAK)} ", source)
    try:
        text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call] # it is typed in part
    except (ValueError, LookupError, IndexError):
        raise ExtractionError(Refusal.CORRUPT, "The document is damaged and cannot be read.") from None
    left_out.add(Left.UNREADABLE, text.count("\ufffd"))
    pages = [page for page in text.split(_BREAK) if page.strip()] or [""]
    if len(pages) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(pages)} pages; at most {limits.max_pages} are read."
        )
    yield from (Page(number, _lines(clean(page))) for number, page in enumerate(pages, start=1))


def _shift(kind: str, text: str) -> str:
    return raised(text) if kind == "super" else lowered(text)


def _escaped(text: str) -> str:
    """The text with characters beyond ASCII as RTF writes them: a signed number of 16 bits and a substitute."""
    units = text.encode("utf-16-le")
    codes = (int.from_bytes(units[start : start + 2], "little", signed=True) for start in range(0, len(units), 2))
    return "".join(f"\\u{code}?" if not 0 <= code < 0x80 else chr(code) for code in codes)  # noqa: PLR2004 - ASCII


def _lines(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip().strip("|") for line in text.split("\n"))).strip()

"""What kind of document some bytes are, and if none, what they are instead. The name is never asked about bytes."""

import re

from app.documents.archive import kind_of_zip, unsupported
from app.documents.encodings import marked
from app.documents.extraction import DocumentKind, ExtractionError, Refusal

# Readers accept a header that does not stand at the very start, within this many bytes.
_PDF_HEADER_WITHIN = 1024
# Further down it is a header only where objects follow: junk of a download may stand before it, and a text may speak of
# it.
_LATE_HEADER = re.compile(rb"%PDF-\d\.\d.{0,4096}?\d+\s+\d+\s+obj\b", re.DOTALL)
_LATE_WITHIN = 1 << 20
_FIRST_OBJECT = re.compile(rb"(?:\s|%[^\r\n]{0,80}[\r\n])*+\d{1,7}\s+\d{1,5}\s+obj\b")
_WHAT_ELSE = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"SQLite format 3", "a database"),
    (b"AT&TFORM", "a DjVu document"),
    (b"ITSF", "a Windows help file"),
    (b"bplist", "a web archive of Safari"),
)
# Where the mark does not stand at the start.
_FURTHER_IN = (
    (4, b"ftyphei", "a HEIC image"),
    (4, b"ftypmif1", "a HEIC image"),
    (4, b"ftypavif", "an AVIF image"),
    (8, b"WEBP", "a WebP image"),
    (60, b"BOOKMOBI", "an e-book (Kindle)"),
)
_IMAGE_ADVICE = "Put its pages into a PDF and upload that: scanned pages are read."
_WHAT_TO_DO = {
    "a PNG image": _IMAGE_ADVICE,
    "a JPEG image": _IMAGE_ADVICE,
    "a GIF image": _IMAGE_ADVICE,
    "a TIFF image": _IMAGE_ADVICE,
    "a HEIC image": _IMAGE_ADVICE,
    "an AVIF image": _IMAGE_ADVICE,
    "a WebP image": _IMAGE_ADVICE,
    "an e-book (Kindle)": "Convert it to PDF or HTML and upload that.",
    "a PostScript file": "Convert it to PDF and upload that.",
    "a DjVu document": "Save it as PDF and upload that.",
    "a web archive of Safari": "Open it, print it to PDF, and upload that.",
}
_RTF = b"{\\rtf"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE | re.DOTALL
)
# The head of a letter, as browsers save a page with its pictures in one file.
_WEB_ARCHIVE = re.compile(
    rb"(?:[\w-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?content-type:\s*multipart/related", re.IGNORECASE
)
# A letter as programs for e-mail save it.
_LETTER = re.compile(
    rb"(?:[\w-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,60}?(?:received|message-id|mime-version):", re.IGNORECASE
)
_LETTER_FROM = re.compile(rb"^(?:from|subject|date):", re.IGNORECASE | re.MULTILINE)
_NOTEBOOK = re.compile(rb'\s*\{.*"nbformat"\s*:\s*\d', re.DOTALL)
_FICTION_BOOK = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<FictionBook\b")
# A NUL or two have crept into a text; more are another encoding or no text.
_CHARACTERS_PER_NUL = 500


def kind_of(data: bytes, hint: str = "") -> DocumentKind:
    """The kind, by content. `hint`, a file name or a media type, decides only between kinds of text.

    Raises ExtractionError for everything that cannot be read.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise ExtractionError(Refusal.EMPTY, "The file is empty.")
    if data.startswith(b"PK"):
        return kind_of_zip(data)
    if data.startswith(_OLE):
        raise _ole(data)
    if _is_pdf(data):
        return DocumentKind.PDF
    for mark, name in _WHAT_ELSE:
        if data.startswith(mark) and not _is_plain_words(data, mark):
            raise unsupported(name, _WHAT_TO_DO.get(name))
    for start, mark, name in _FURTHER_IN:
        if data.startswith(mark, start) and b"\0" in data[:1024]:
            raise unsupported(name, _WHAT_TO_DO[name])
    if data.startswith(_RTF):
        return DocumentKind.RTF
    return _kind_of_text(data, hint.lower())


def _is_pdf(data: bytes) -> bool:
    """Also one whose header comes late or not at all: the reader says what is wrong with it."""
    if data.startswith(b"MZ"):
        return False
    is_late = _LATE_HEADER.search(data, 0, _LATE_WITHIN) is not None
    without = _FIRST_OBJECT.match(data) is not None and b"endobj" in data
    return b"%PDF-" in data[:_PDF_HEADER_WITHIN] or is_late or without


def _is_plain_words(data: bytes, mark: bytes) -> bool:
    """Two letters such as MZ may begin a text; programs have NULs near the start."""
    return mark.isalpha() and b"\0" not in data[:1024]


def _ole(data: bytes) -> ExtractionError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return ExtractionError(
            Refusal.ENCRYPTED, "The document is protected by a password. Save it without one and upload it again."
        )
    return unsupported("an old Office file (.doc, .xls or .ppt)", "Save it as DOCX, PPTX or PDF and upload that.")


def _kind_of_text(data: bytes, hint: str) -> DocumentKind:
    if not marked(data) and data.count(b"\0", 0, 65536) * _CHARACTERS_PER_NUL > min(len(data), 65536):
        raise _without_a_mark(data)
    if _WEB_ARCHIVE.match(data[:8192]):
        advice = "Open it in a browser, save it as “web page, HTML only” or print it to PDF, and upload that."
        raise unsupported("a web archive (.mht)", advice)
    _refuse_other_text(data)
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]) or _hints_at(hint, "html", "htm", "xhtml"):
        return DocumentKind.HTML
    return DocumentKind.MARKDOWN if _hints_at(hint, "markdown", "md") else DocumentKind.TEXT


def _refuse_other_text(data: bytes) -> None:
    """Raises ExtractionError for text whose marks and codes would be taken for words."""
    start = data.removeprefix(b"\xef\xbb\xbf")[:8192]
    if _LETTER.match(start) and _LETTER_FROM.search(start):
        raise unsupported("an e-mail message", "Print it to PDF and upload that, or save its attachment.")
    if _FICTION_BOOK.match(start):
        raise unsupported("an e-book (FictionBook)", "Convert it to PDF or HTML and upload that.")
    if start.lstrip().startswith(b"{") and _NOTEBOOK.match(data):
        raise unsupported("a Jupyter notebook", "Export it as HTML or PDF and upload that.")


def _hints_at(hint: str, *endings: str) -> bool:
    return hint.partition(";")[0].strip().endswith(tuple(f"{sign}{ending}" for ending in endings for sign in "./+-"))


def _without_a_mark(data: bytes) -> ExtractionError:
    sample = data[:4096]
    # Western text in UTF-16 has a NUL in every other byte.
    if 0.8 < 2 * max(sample[::2].count(0), sample[1::2].count(0)) / len(sample) <= 1:  # noqa: PLR2004 - explained above
        return ExtractionError(
            Refusal.ENCODING,
            "The text seems to be UTF-16 without its mark. "
            "Upload it again with encoding=utf-16le, or save it as UTF-8.",
        )
    return unsupported("no document that can be read here")

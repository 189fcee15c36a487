"""Documents that are ZIP archives: which kind one is, and its parts, unpacked within limits."""

import io
import zipfile
import zlib
from collections.abc import Iterable

from app.documents.archive_xml import check_xml
from app.documents.extraction import DocumentKind, ExtractionError, ExtractionLimits, Refusal

ACCEPTED = "Upload a PDF, DOCX, ODT, RTF, PPTX, HTML, Markdown or plain text file."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError, ValueError)
_ODF = {
    "application/vnd.oasis.opendocument.text": DocumentKind.ODT,
    "application/vnd.oasis.opendocument.text-template": DocumentKind.ODT,
}
_ODF_OTHERS = {
    "spreadsheet": "an ODF spreadsheet",
    "presentation": "an ODF presentation",
    "graphics": "an ODF drawing",
    "formula": "an ODF formula",
}
_AS_PDF = "Save it as PDF and upload that."
_TYPES = "[Content_Types].xml"
# The folder is a habit, the media type of the main part is the rule.
_OFFICE = (
    (DocumentKind.DOCX, "word/", b"wordprocessingml.document.main+xml"),
    (DocumentKind.PPTX, "ppt/", b"presentationml.presentation.main+xml"),
)
# What else has a part whose name begins so.
_OTHERS = (
    ("xl/", "an Excel workbook", "Save the sheet as PDF and upload that."),
    ("META-INF/container.xml", "an e-book (EPUB)", "Convert it to PDF or HTML, or upload its chapters as HTML."),
    ("Index/", "a document of Pages, Numbers or Keynote", "Export it as Word or PDF and upload that."),
    ("index.apxl", "a Keynote presentation", _AS_PDF),
    ("index.xml", "a Pages document", "Export it as Word or PDF and upload that."),
    ("visio/", "a Visio drawing", _AS_PDF),
    ("Documents/1/", "an XPS document", _AS_PDF),
    ("FixedDocSeq.fdseq", "an XPS document", _AS_PDF),
    ("AndroidManifest.xml", "an Android program", None),
    ("imsmanifest.xml", "a course package", "Upload the documents in it one by one."),
)
_SMALL = 1 << 20


def unsupported(name: str, what_to_do: str | None = None) -> ExtractionError:
    advice = what_to_do or ACCEPTED
    return ExtractionError(Refusal.UNSUPPORTED_TYPE, f"The file is {name}, whatever its name says. {advice}")


class Archive:
    """The parts of a document. Sizes that an archive declares are a claim; only what really comes out counts."""

    def __init__(self, data: bytes, limits: ExtractionLimits) -> None:
        """Raises ExtractionError for an archive without a readable directory."""
        self._left = limits.max_unpacked_bytes
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = frozenset(self._zip.namelist())
        except _BROKEN:
            raise ExtractionError(
                Refusal.TRUNCATED, "The file ends too early or is damaged: its archive has no readable directory."
            ) from None

    def read(self, name: str, most: int | None = None) -> bytes:
        """One part. All parts together may have `max_unpacked_bytes`; this one `most`, where given."""
        room = self._left if most is None else min(most, self._left)
        try:
            part = self._zip.getinfo(name)
            if part.flag_bits & 1:
                raise ExtractionError(Refusal.ENCRYPTED, "The document is protected by a password.")
            with self._zip.open(part) as stream:
                content = stream.read(room + 1)
        except _BROKEN:
            raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its text cannot be unpacked.") from None
        if len(content) > room:
            raise self.bomb()
        self._left -= len(content)
        if name.endswith((".xml", ".rels")):
            check_xml(content)
        return content

    def bomb(self) -> ExtractionError:
        size = self._limits.max_unpacked_bytes >> 20
        return ExtractionError(Refusal.BOMB, f"The document's text unpacks to more than {size} MB.")

    def declared_size(self, names: Iterable[str]) -> int:
        return sum(self._zip.getinfo(name).file_size for name in names)


def kind_of_zip(data: bytes) -> DocumentKind:
    """Raises ExtractionError for an archive that is no document, saying what it is and what to do."""
    archive = Archive(data, ExtractionLimits())
    names = archive.names
    if "mimetype" in names and (kind := _by_media_type(archive.read("mimetype", _SMALL))):
        return kind
    types = archive.read(_TYPES, _SMALL) if _TYPES in names else b""
    for kind, folder, family in _OFFICE:
        if family in types or any(name.startswith(folder) for name in names):
            return kind
    for part, name, what_to_do in _OTHERS:
        if any(entry.startswith(part) for entry in names):
            raise unsupported(name, what_to_do)
    if "content.xml" in names:
        return DocumentKind.ODT
    raise unsupported("a ZIP archive", f"Upload the documents in it one by one. {ACCEPTED}")


def _by_media_type(content: bytes) -> DocumentKind | None:
    media_type = content.decode("ascii", "replace").strip()
    for family, name in _ODF_OTHERS.items():
        if f"opendocument.{family}" in media_type:
            raise unsupported(name, _AS_PDF)
    if media_type == "application/epub+zip":
        raise unsupported("an e-book (EPUB)", "Convert it to PDF or HTML, or upload its chapters as HTML.")
    return _ODF.get(media_type)

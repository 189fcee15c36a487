"""Documents made by code: a PDF by hand, so that it can be broken in every way, and a DOCX of one part."""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape

LOREM = (
    "The mitochondrion produces most of the chemical energy that a cell needs. Its inner membrane is folded into "
    "cristae, which enlarge the surface. Photosynthesis takes place in the chloroplasts of green plants. "
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A PDF of numbered objects; the first is the catalogue."""
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(content), content)


def text_content(lines: Sequence[str]) -> bytes:
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = b"".join(b"(%b) Tj T*\n" % line.encode("latin-1") for line in escaped)
    return b"BT /F1 10 Tf 14 TL 50 800 Td\n%bET" % shown


def pdf_of_contents(
    contents: Sequence[bytes], *, box: str = "0 0 595 842", fonts: Mapping[str, bytes] | None = None
) -> bytes:
    """A PDF with one page for each content stream; `/F1` is Helvetica, `/X` a grey image; `fonts` are further ones."""
    further = b"".join(b"/%b %b" % (name.encode(), font) for name, font in (fonts or {}).items())
    first = 5
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        stream(b"\x80", b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"),
    ]
    for index, content in enumerate(contents):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {first + 2 * index + 1} 0 R"
        objects.append(page.encode() + b"/Resources<</Font<</F1 3 0 R%b>>/XObject<</X 4 0 R>>>>>>" % further)
        objects.append(content if content.startswith(b"<<") else stream(content))
    return pdf_of(objects)


def text_pdf(n_pages: int, n_lines: int = 40) -> bytes:
    lines = [f"{LOREM[:84]} {number}" for number in range(n_lines)]
    return pdf_of_contents([text_content([f"Page {page + 1}", *lines]) for page in range(n_pages)])


SCAN = b"q 595 0 0 842 0 0 cm /X Do Q"


def flate(content: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(content, 9), entries + b"/Filter/FlateDecode")


def docx_of(body: str, *, parts: dict[str, bytes] | None = None) -> bytes:
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document {_W}><w:body>{body}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ({"word/document.xml": document.encode()} | (parts or {})).items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def docx_package(body: str, *, main: str = "word/document.xml", strict: bool = False, **parts: str) -> bytes:
    """A DOCX whose main part is found by its relation, as Word writes it; `parts` lie beside it (`footnotes`)."""
    transitional = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://purl.oclc.org/ooxml/officeDocument/relationships" if strict else transitional
    document = f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    files = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/{main}" ContentType="{media_type}"/></Types>'
        ),
        "_rels/.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r" Type="{relations}/officeDocument" Target="{main}"/></Relationships>'
        ),
        main: document.replace(_W_NAME, "http://purl.oclc.org/ooxml/wordprocessingml/main") if strict else document,
    } | {f"{main.rpartition('/')[0]}/{name}.xml": content for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


_W_NAME = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{_W_NAME}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def to_unicode(codes: dict[int, str]) -> bytes:
    """The stream by which a font says which characters its codes are."""
    lines = " ".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>" for code, text in codes.items())
    return stream(
        f"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> "
        f"<FF> endcodespacerange {len(codes)} beginbfchar {lines} endbfchar endcmap end end".encode()
    )


def pdf_with(
    content: bytes, *, fonts: bytes = b"", page: bytes = b"", catalog: bytes = b"", more: Sequence[bytes] = ()
) -> bytes:
    """A page of Helvetica (/F1) with other entries for its page, fonts and catalogue; `more` begins at object 6."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog,
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R%b/Resources<</Font<</F1 5 0 R%b>>"
            b"/Properties<</L0 6 0 R>>>>>>" % (page, fonts),
            stream(content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *more,
        ]
    )

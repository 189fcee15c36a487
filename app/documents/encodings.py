"""The characters of a text file: by its mark, by its declaration, or as UTF-8. Nothing is guessed in silence."""

import codecs
import re

import webencodings

from app.documents.extraction import DocumentKind, ExtractionError, Refusal
from app.documents.left_out import Left, LeftOut

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_XML_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{1,40})", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
# Browsers look for the declaration in the first 1,024 bytes, and start anew when they meet it later in the head.
_HEAD_BYTES = 1 << 16
# Of a page that declares an encoding a browser shows what it can; one bad byte in this many is a slip.
_GOOD_PER_BAD = 1_000
# Encodings that a file may be in that says nothing, each with characters that only it would give at once.
_OFFERS = (
    ("shift_jis", "Japanese", re.compile("[\u3041-\u30fa]")),
    ("gbk", "Chinese", re.compile("[\u4e00-\u9fff]{2}")),
    ("big5", "Chinese", re.compile("[\u4e00-\u9fff]{2}")),
    ("windows-1251", "Cyrillic", re.compile("[а-яё]{3}")),
    ("windows-1252", "Western European", re.compile("[^\x80-\x9f]")),
)
_SAMPLE = 30


def marked(data: bytes) -> str | None:
    """The encoding whose mark the file begins with."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def declared(data: bytes) -> str | None:
    """What an HTML page says of its encoding, in its own words."""
    found = _XML_DECLARATION.match(data[:1024]) or _META.search(_COMMENT.sub(b"", data[:_HEAD_BYTES]))
    return found[1].decode("ascii", "replace") if found else None


def python_name(label: str) -> str | None:
    """Python's codec for the name of an encoding as browsers read it (latin1 is windows-1252, gb2312 is gbk); None for
    a name that no browser knows. UTF-16 is UTF-8: a declaration that could be read byte by byte is not in UTF-16.
    """
    known = webencodings.lookup(label)
    if known is None or known.name in {"x-user-defined", "replacement"}:
        return None
    return "utf-8-sig" if known.name.startswith(("utf-8", "utf-16")) else known.codec_info.name


def decode(data: bytes, kind: DocumentKind, left_out: LeftOut | None = None) -> str:
    """The text of the file. Raises ExtractionError with an offer where it is neither marked, declared nor UTF-8."""
    label = marked(data) or (declared(data) if kind is DocumentKind.HTML else None)
    encoding = (label if marked(data) else python_name(label)) if label else "utf-8"
    if encoding is None:
        raise ExtractionError(Refusal.ENCODING, f"The page declares an unknown encoding, {label}. {_SAVE}")
    try:
        return data.decode(encoding)
    except ValueError:
        if kind is DocumentKind.HTML and label:
            return _as_browsers(data, encoding, left_out)
        name = (label or "UTF-8").removesuffix("-sig").upper()
        raise ExtractionError(Refusal.ENCODING, f"The text is not encoded as {name}. {_offer(data)}") from None


def transcoded(data: bytes, label: str) -> bytes:
    """`data`, declared to be in `label`, as marked UTF-8. Raises ExtractionError where it is not."""
    known = webencodings.lookup(label)
    if known is None:
        raise ExtractionError(Refusal.ENCODING, f"There is no encoding named {label[:40]}. {_SAVE}")
    encoding = marked(data) or known.codec_info.name
    try:
        return codecs.BOM_UTF8 + data.decode(encoding).removeprefix("\ufeff").encode()
    except ValueError:
        message = f"The text is not encoded as {known.name}. {_offer(data)}"
        raise ExtractionError(Refusal.ENCODING, message) from None


_SAVE = "Save it as UTF-8 and upload it again."


def _as_browsers(data: bytes, encoding: str, left_out: LeftOut | None) -> str:
    text = data.decode(encoding, "replace")
    n_bad = text.count("\ufffd")
    if n_bad * _GOOD_PER_BAD > len(text) + _GOOD_PER_BAD:
        name = encoding.removesuffix("-sig").upper()
        raise ExtractionError(Refusal.ENCODING, f"The page is not encoded as it declares ({name}). {_SAVE}")
    if left_out is not None:
        left_out.add(Left.UNREADABLE, n_bad)
    return text


def _offer(data: bytes) -> str:
    """What the file would say in the encodings it may be in: the teacher sees which is right."""
    fits = [(name, language, text) for name, language, telling in _OFFERS if (text := _read(data, name, telling))]
    if not fits:
        return _SAVE
    tries = "; ".join(f"as {name} ({language}) it has “{text}”" for name, language, text in fits[:3])
    advice = f"upload it again with encoding={fits[0][0]} (or that name), or save it as UTF-8"
    return f"Read {tries}. If one of them is right, {advice}."


def _read(data: bytes, name: str, telling: re.Pattern[str]) -> str:
    try:
        text = data.decode(python_name(name) or name)
    except ValueError:
        return ""
    first = next((index for index, character in enumerate(text) if ord(character) >= 0x80), 0)  # noqa: PLR2004 - beyond ASCII
    return " ".join(text[max(0, first - _SAMPLE // 2) : first + _SAMPLE].split()) if telling.search(text) else ""

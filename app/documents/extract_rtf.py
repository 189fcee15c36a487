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
_SHIFTED = re.compile(r"\{[^{}\\]{0,20}(?:\\[a-z]+-?\d* ?){0,12}?\\(super|sub)\b(?:\\[a-z]+-?\d*)*+ ?([^{}\\]{1,80})\}")
_HIDDEN = re.compile(r"\{(?:\\[a-z]+-?\d*){0,12}?\\v(?![a-z0-9])(?:\\[a-z]+-?\d*)* [^{}]{0,2000}\}")
_BRACE = re.compile(r"\\[\\{}]|\{(?:\\\*)?\\footnote\b ?(?:\\ftnalt\b ?)?|[{}]")
# Private characters around the text of a note, which stands amid its paragraph.
_NOTE, _END_OF_NOTE = "\ue00d", "\ue00e"
_MARKED_NOTE = re.compile(f"{_NOTE}([^{_NOTE}{_END_OF_NOTE}]*){_END_OF_NOTE}")
_PICTURE = re.compile(r"\{\\(?:\*\\shppict|pict)\b")


def read_rtf(data: bytes, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    """The pages of the document, divided at the page breaks that the author set."""
    source = data.decode("latin-1")
    left_out.add(Left.PICTURES, len(_PICTURE.findall(source)))
    source, n_hidden = _HIDDEN.subn("", source)
    left_out.add(Left.HIDDEN, n_hidden)
    source = _SHIFTED.sub(lambda shifted: _escaped(_shift(shifted[1], shifted[2])), source)
    source = "".join(_with_marked_notes(source))
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
    yield from (Page(number, _lines(clean(_with_notes_behind(page)))) for number, page in enumerate(pages, start=1))


def _with_marked_notes(source: str) -> Iterator[str]:
    """The source with signs in place of what makes a group a note, which striprtf would drop, and before its end."""
    start, depth, notes = 0, 0, list[int]()
    for brace in _BRACE.finditer(source):
        if brace[0][0] == "\\":
            continue
        is_end = brace[0] == "}"
        depth += -1 if is_end else 1
        if brace[0] not in "{}":
            notes.append(depth)
            yield f"{source[start : brace.start()]}{{{_escaped(_NOTE)}"
            start = brace.end()
        elif is_end and notes and depth < notes[-1]:
            notes.pop()
            yield f"{source[start : brace.start()]}{_escaped(_END_OF_NOTE)}"
            start = brace.start()
    yield source[start:]


def _with_notes_behind(text: str) -> str:
    """Each note behind the line that refers to it, in brackets, as in a DOCX."""
    lines = []
    whole = _MARKED_NOTE.sub(lambda note: f"{_NOTE}{' '.join(note[1].split())}{_END_OF_NOTE}", text)
    for line in whole.split("\n"):
        lines.append(_MARKED_NOTE.sub("", line))
        lines += [f"[{note}]" for note in _MARKED_NOTE.findall(line) if note]
    return "\n".join(lines).replace(_NOTE, "")


def _shift(kind: str, text: str) -> str:
    return raised(text) if kind == "super" else lowered(text)


def _escaped(text: str) -> str:
    """The text with characters beyond ASCII as RTF writes them: a signed number of 16 bits and a substitute."""
    units = text.encode("utf-16-le")
    codes = (int.from_bytes(units[start : start + 2], "little", signed=True) for start in range(0, len(units), 2))
    return "".join(f"\\u{code}?" if not 0 <= code < 0x80 else chr(code) for code in codes)  # noqa: PLR2004 - ASCII


def _lines(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip().strip("|") for line in text.split("\n"))).strip()

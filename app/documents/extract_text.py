"""Plain text and Markdown: pages by form feed; of Markdown, nothing that a reader of the page would not see."""

import re
from collections.abc import Iterator

from app.documents.encodings import decode
from app.documents.extraction import DocumentKind, ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.left_out import Left, LeftOut

_FORM_FEED = "\f"
# YAML between lines of three dashes, TOML between three plus signs: only where it stands at the very start and its
# first line names something, for a text may begin with a line across the page.
_FRONT_MATTER = re.compile(
    r"\A(?P<line>---|\+\+\+)[ \t]*\n"
    r"(?=\s*(?:#.*\n\s*)*[\w\"'-][\w .\"'-]{0,60}[ \t]*[:=])(?:.*\n){0,400}?(?:(?P=line)|\.\.\.)[ \t]*(?:\n|\Z)"
)
_FENCED = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]*\)")
_DATA_URI = re.compile(r"(?:<?\bdata:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+){0,5},[\w+/=%.~-]{16,}>?)")
_DATA_LINK = re.compile(r"\[([^\]\n]{0,500})\]\(<?data:[^)\n]*\)")
# [name]: data:..., and the address of a link
_DEFINITION = re.compile(r"^[ ]{0,3}\[[^\]\n]{1,100}\]:[ \t]*<?data:\S*>?.*\n?", re.MULTILINE)


def read_text(data: bytes, kind: DocumentKind, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    text = clean(decode(data, kind), keep=_FORM_FEED)
    text = markdown(text, left_out) if kind is DocumentKind.MARKDOWN else _without_data(text, left_out)
    pages = text.removesuffix(_FORM_FEED).split(_FORM_FEED)
    if len(pages) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(pages)} pages; at most {limits.max_pages} are read."
        )
    yield from (Page(number, page.strip()) for number, page in enumerate(pages, start=1))


def markdown(text: str, left_out: LeftOut) -> str:
    """`text` without front matter, comments, pictures and data; code between fences stays as it is."""
    body = _FRONT_MATTER.sub("", text, count=1)
    left_out.add(Left.FRONT_MATTER, int(body != text))
    pieces, start = [], 0
    for code in _FENCED.finditer(body):
        pieces += [_seen(body[start : code.start()], left_out), code[0]]
        start = code.end()
    return re.sub(r"\n{3,}", "\n\n", "".join([*pieces, _seen(body[start:], left_out)])).strip("\n")


def _seen(text: str, left_out: LeftOut) -> str:
    text, n_comments = _COMMENT.subn("", text)
    text, n_images = _IMAGE.subn(r"\1", text)
    text, n_links = _DATA_LINK.subn(r"\1", text)
    text = _DEFINITION.sub("", text)
    left_out.add(Left.COMMENTS, n_comments)
    left_out.add(Left.PICTURES, n_images)
    left_out.add(Left.EMBEDDED, n_links)
    return _without_data(text, left_out)


def _without_data(text: str, left_out: LeftOut) -> str:
    text, n_data = _DATA_URI.subn("", text)
    left_out.add(Left.EMBEDDED, n_data)
    return text

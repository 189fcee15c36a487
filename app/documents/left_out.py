"""What reading left out of a document's text, counted during the reading, for the teacher."""

from collections import Counter
from enum import StrEnum

from app.marks.model import Json

# Of a long list of pages.
_MOST_NAMED = 10


class Left(StrEnum):
    """A kind of content that is not in the text, with its name for one and for several."""

    PICTURES = "pictures"
    COMMENTS = "comments"
    HIDDEN = "hidden"
    DELETED = "deleted"
    CONTROLS = "controls"
    EMBEDDED = "embedded"
    FRONT_MATTER = "front_matter"
    RUNNING_HEADS = "running_heads"
    UNREADABLE = "unreadable"
    NOTES = "notes"
    PAGES = "pages"


_NAMES = {
    Left.PICTURES: ("picture", "pictures"),
    Left.COMMENTS: ("comment", "comments"),
    Left.HIDDEN: ("hidden part", "hidden parts"),
    Left.DELETED: ("deleted part (tracked change)", "deleted parts (tracked changes)"),
    Left.CONTROLS: ("menu or form", "menus or forms"),
    Left.EMBEDDED: ("embedded object", "embedded objects"),
    Left.FRONT_MATTER: ("block of front matter", "blocks of front matter"),
    Left.RUNNING_HEADS: ("running head or foot", "running heads or feet"),
    Left.UNREADABLE: ("character that cannot be read", "characters that cannot be read"),
    Left.NOTES: ("slide's speaker notes", "slides' speaker notes"),
    Left.PAGES: ("page that could not be read", "pages that could not be read"),
}


class LeftOut:
    """The counts of one document. Readers add to it; `rows` is its stored form."""

    def __init__(self) -> None:
        self._counts: Counter[Left] = Counter()
        self._pages: dict[Left, set[int]] = {}

    def add(self, what: Left, n: int = 1, *, page: int | None = None) -> None:
        if n:
            self._counts[what] += n
            if page is not None:
                self._pages.setdefault(what, set()).add(page)

    def count(self, what: Left) -> int:
        return self._counts[what]

    def rows(self) -> list[dict[str, Json]]:
        """`{what, count, pages, message}`, most frequent first. `pages` is empty where the document has none."""
        return [
            {
                "what": what.value,
                "count": count,
                "pages": (pages := sorted(self._pages.get(what, ()))),
                "message": _message(what, count, pages),
            }
            for what, count in self._counts.most_common()
        ]


def _message(what: Left, count: int, pages: list[int]) -> str:
    one, several = _NAMES[what]
    named = f"{count:,} {one if count == 1 else several} left out"
    if not pages:
        return f"{named}."
    listed = ", ".join(map(str, pages[:_MOST_NAMED])) + (" and more" if len(pages) > _MOST_NAMED else "")
    return f"{named} (page{'s' if len(pages) > 1 else ''} {listed})."

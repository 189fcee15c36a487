"""Cut a document into as many parts as there are questions, so that no two questions ask about the same sentences."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby, pairwise
from random import Random

from app.documents.extraction import Page
from app.documents.words import n_letters, n_words, sentences, word_ends

# A title page or a page with one caption has fewer words; a question needs some sentences around it.
_USABLE_WORDS = 20
# Tables of contents and tables of numbers are mostly dots and digits; prose has some 95 % letters, marks included.
_USABLE_LETTERS = 0.6
# A printed page has some 5,000 characters; only a text or HTML file is one page of 2,000,000, and to count its letters
# would hold up all threads for 70 ms.
_JUDGED_BY = 100_000
# A cut at the end of a page is preferred as long as it makes no part this share longer or shorter than it would be.
_PAGE_END_WORTH = 0.25
_NEAR = 2_000
# What one call is shown, in characters: some 6,000 tokens of English and up to 25,000 of Chinese, which with a rejected
# answer and a new one a context of 32,000 holds. 100 dense pages in twenty parts have just as many each. The 2,000,000
# that a document may have would be half a million tokens, in every call that writes or revises its one question.
LONGEST_SEGMENT = 25_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one page, as it stands there."""

    page: int
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """What one question is written from. `slot` counts from 1; `language` is the one the question is written in."""

    slot: int
    passages: tuple[Passage, ...]
    language: str = "en"

    @property
    def text(self) -> str:
        return "\n\n".join(passage.text for passage in self.passages)

    @property
    def first_page(self) -> int:
        return self.passages[0].page

    @property
    def last_page(self) -> int:
        return self.passages[-1].page


def is_usable(page: Page) -> bool:
    """Whether questions can be asked about the page: enough words, and words at all."""
    text = page.text[:_JUDGED_BY]
    n_characters = len("".join(text.split()))
    return n_words(text) >= _USABLE_WORDS and n_letters(text) >= _USABLE_LETTERS * n_characters


def unused(pages: Sequence[Page]) -> list[int]:
    """The numbers of those pages with text that `segments` leaves out."""
    used = {page.number for page in _usable(pages)}
    return [page.number for page in pages if page.text.strip() and page.number not in used]


def _usable(pages: Sequence[Page]) -> list[Page]:
    return [page for page in pages if is_usable(page)] or [page for page in pages if page.text.strip()]


def segments(pages: Sequence[Page], n_segments: int, seed: int = 0) -> list[Segment]:
    """`n_segments` disjoint parts of about equal length, in order, cut between sentences, at page ends where that costs
    little. Together they are all usable pages (all pages when none is usable). Fewer only when there are fewer words.

    Of a part longer than LONGEST_SEGMENT a stretch is taken, drawn by `seed`: another test asks about another one.
    """
    usable = _usable(pages)
    units = [Passage(page.number, sentence) for page in usable for sentence in sentences(page.text)]
    units = _at_least(units, n_segments)
    cuts = [0, *_cuts(units, min(n_segments, len(units))), len(units)]
    parts = [units[start:end] for start, end in pairwise(cuts) if end > start]
    return [Segment(slot, _joined(_stretch(part, f"{seed}/{slot}"))) for slot, part in enumerate(parts, start=1)]


def _at_least(units: list[Passage], wanted: int) -> list[Passage]:
    """`units`, the longest halved between words until there are enough: for text without any full stop."""
    while 0 < len(units) < wanted:
        index = max(range(len(units)), key=lambda index: len(units[index].text))
        unit = units[index]
        middle = _near_middle(unit.text)
        if middle is None:
            break
        halves = [Passage(unit.page, unit.text[:middle]), Passage(unit.page, unit.text[middle:])]
        units = [*units[:index], *halves, *units[index + 1 :]]
    return units


def _near_middle(text: str) -> int | None:
    middle = len(text) // 2
    # Near by first: of 2,000,000 characters without a stop, every one may be an end.
    for reach in (_NEAR, middle + 1):
        start = max(0, middle - reach)
        ends = [start + end for end in word_ends(text[start : middle + reach]) if 0 < start + end < len(text)]
        if ends:
            return min(ends, key=lambda end: abs(end - len(text) / 2))
    return None


def _cuts(units: Sequence[Passage], n_parts: int) -> Iterator[int]:
    """Before which unit each part but the first begins: where the length comes closest to the part's share."""
    lengths = [0, *accumulate(len(unit.text) for unit in units)]
    size = lengths[-1] / max(n_parts, 1)

    def cost(index: int, share: float) -> float:
        at_page_end = units[index - 1].page != units[index].page
        return abs(lengths[index] - share) + (0 if at_page_end else _PAGE_END_WORTH * size)

    last = 0
    for part in range(1, n_parts):
        places = range(last + 1, len(units) - (n_parts - part) + 1)
        last = min(places, key=partial(cost, share=part * size))
        yield last


def _stretch(units: Sequence[Passage], seed: str) -> Sequence[Passage]:
    """Whole sentences from some place on, together at most LONGEST_SEGMENT; a longer sentence is cut."""
    lengths = [0, *accumulate(len(unit.text) for unit in units)]
    spare = lengths[-1] - LONGEST_SEGMENT
    if spare <= 0:
        return units
    place = Random(seed).random() * spare  # noqa: S311 - no secret
    first = bisect_right(lengths, place) - 1
    last = bisect_right(lengths, lengths[first] + LONGEST_SEGMENT) - 1
    return units[first:last] or [Passage(units[first].page, _cut(units[first].text))]


def _cut(text: str) -> str:
    """Its beginning, up to white space where there is some near the end."""
    head = text[:LONGEST_SEGMENT]
    shorter = head.rsplit(None, 1)[0]
    return shorter if 2 * len(shorter) > len(head) else head


def _joined(units: Sequence[Passage]) -> tuple[Passage, ...]:
    by_page = groupby(units, key=lambda unit: unit.page)
    return tuple(Passage(page, "".join(unit.text for unit in same).strip()) for page, same in by_page)

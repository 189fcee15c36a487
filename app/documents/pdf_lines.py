"""Lines over all pages of a PDF: running heads and feet, and words that were cut at line ends. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

HYPHEN = "\ufffe"
# What a page may have at its upper and its lower edge: a title and a chapter, a notice and a number.
_EDGE_LINES = 2
_LEAST_PAGES = 3
# Left and right pages may have heads of their own.
_LEAST_SHARE = 0.45
_LONGEST_HEAD = 150
# Numbers that stay are counted apart from those that grow.
_SAME = 10_000_000
_NUMBER = re.compile(r"\d+|\b[ivxlc]{1,7}\b", re.IGNORECASE)
# So many pages are asked how a line is set.
_LOOKED_AT = 12
_AROUND_NUMBERS = "#-–— .[]()|/"
# Words around the number of a page, in the languages whose questions are checked and some others.
_OF_PAGES = frozenset(
    {"page", "pages", "pg", "p", "pp", "of", "seite", "s", "von", "sur", "de", "página", "pág", "pagina", "pag"}
    | {"di", "van", "strona", "z", "страница", "стр", "из", "sida", "av", "side", "af", "sayfa", "halaman", "dari"}
)
_PAGE_SIGNS = re.compile(r"第\s*#\s*[页頁]|[页頁]|ページ|쪽|페이지|पृष्ठ|صفحة|الصفحة|صفحه|หน้า|পৃষ্ঠা|பக்கம்")
# What a document has one of on each page when it begins a new page for each.
_PARTS = (
    r"(?:parts?|chapters?|questions?|units?|lessons?|sections?|exercises?|problems?|examples?|tasks?|items?|cases?|topics?"
    r"|modules?|articles?|activit(?:y|ies)|experiments?|worksheets?|days?|weeks?|tables?|figures?|theorems?|appendix|answers?"
    r"|kapitel|teil|frage|aufgabe|lektion|übung|abschnitt|beispiel|thema|antwort|chapitre|partie|leçon|exercice|exemple"
    r"|unité|problème|réponse|capítulo|capitulo|parte|pregunta|lección|unidad|ejercicio|ejemplo|tema|respuesta|questão"
    r"|lição|exercício|exemplo|capitolo|domanda|lezione|esercizio|глава|часть|вопрос|задача|урок|раздел|упражнение|q"
    r"|अध्याय|प्रश्न|भाग|पाठ|अभ्यास|इकाई|الفصل|الباب|السؤال|سؤال|الدرس|الوحدة|الجزء)"
)
# The number that grows belongs to the part: "Chapter 3: Cells 57" has the number of its page behind the chapter's.
_PART = re.compile(
    rf"\b{_PARTS}\W{{0,3}}(?:n(?:o|r|um)?[.°º]?\s?)?\ue001|第\s*\ue001\s*[章节節部分课課题題单單讲講回]|[题題]\s*\ue001"
)
_GROWN = "\ue001"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# pdfium marks a hyphen behind a letter where a line ends, and leaves that of 1939-1945 and Article 19-A as it is.
_MAY_BE_CUT = re.compile(rf"{HYPHEN}|\d-\r?\n")
_CUT = re.compile(rf"(\w*)(?:{HYPHEN}(?:\r?\n)?|(?<=\d)-\r?\n(?=\w))[ ]?(\w*)")
# They keep their hyphen before another word.
_PREFIXES = frozenset(
    {"all", "anti", "best", "cross", "ex", "far", "first", "free", "full", "half", "hard", "high", "ill", "long", "low"}
    | {"mid", "much", "multi", "near", "neo", "new", "non", "off", "old", "one", "open", "post", "pre", "pro", "quasi"}
    | {
        "real",
        "right",
        "second",
        "self",
        "semi",
        "short",
        "single",
        "so",
        "soft",
        "third",
        "three",
        "two",
        "ultra",
        "up",
    }
    | {"well", "wide", "world"}
)


# Whether a line of the page with this index is set larger or bolder than the page's text.
StandsOut = Callable[[int, str], bool]


def _never(_page: int, _line: str) -> bool:
    return False


def without_heads(pages: Sequence[str], stands_out: StandsOut = _never) -> tuple[list[str], list[int]]:
    """The pages without running heads and feet, and how many lines each of them lost.

    A heading with a number that grows from page to page, such as "Question 5", is not a running head and stays.
    """
    lines = [re.split(r"\r?\n", page) for page in pages]
    heads = _running(lines, top=True)
    feet = _running(lines, top=False)
    below = _growing(lines, feet, top=False)
    above = _growing(lines, heads, top=True)
    heads -= {shape for shape in above if _is_heading(lines, shape, {**below, **above}, stands_out)}
    feet -= {shape for shape, grown in below.items() if _names_a_part(grown)}
    kept: list[str] = []
    lost: list[int] = []
    for page in lines:
        rest = _cut(_cut(page, heads, top=True), feet, top=False)
        kept.append("\n".join(rest))
        lost.append(sum(map(bool, map(str.strip, page))) - sum(map(bool, map(str.strip, rest))))
    return kept, lost


def joined(pages: Sequence[str]) -> list[str]:
    """The pages with each hyphen at a line end kept or taken away, by the words that stand elsewhere."""
    if not any(_MAY_BE_CUT.search(page) for page in pages):
        return list(pages)
    words = frozenset(word.casefold() for page in pages for word in _WORD.findall(_CUT.sub(" ", page)))
    return [_CUT.sub(lambda cut: _rejoined(cut[1], cut[2], words), page) for page in pages]


def _rejoined(before: str, after: str, words: frozenset[str]) -> str:
    whole, hyphenated = before + after, f"{before}-{after}"
    keeps = (
        not after[:1].islower()
        or len(before) == 1
        or before[-1:].isdigit()
        or hyphenated.casefold() in words
        or before.casefold() in _PREFIXES
    )
    is_known = whole.casefold() in words
    return whole if is_known or not keeps else hyphenated


def _shape(line: str) -> str:
    """A line without what differs from page to page, its number."""
    return _NUMBER.sub("#", " ".join(line.split())).casefold()


def _edge(page: Sequence[str], *, top: bool) -> list[str]:
    """Shapes of the lines at one edge, outermost first."""
    return [_shape(line) for line in _edge_lines(page, top=top)]


def _edge_lines(page: Sequence[str], *, top: bool) -> list[str]:
    seen = [line for line in page if line.strip()]
    edge = seen[:_EDGE_LINES] if top else seen[::-1][:_EDGE_LINES]
    return [line for line in edge if len(line) <= _LONGEST_HEAD]


def _running(pages: Sequence[Sequence[str]], *, top: bool) -> frozenset[str]:
    # A page with hardly more lines than its edges says nothing of what is a head.
    written = [page for page in pages if len(_inside(page)) > 1]
    if len(written) < _LEAST_PAGES or _is_repetitive(written):
        return frozenset()
    counts = Counter(chain.from_iterable(set(_edge(page, top=top)) for page in written))
    # Rounded down: of nine pages four are left ones.
    least = max(_LEAST_PAGES, int(_LEAST_SHARE * len(written)))
    inside = Counter(_shape(line) for page in written for line in _inside(page))
    # What stands amid the pages as well is no head: the lines of a form, of a table, of an exercise.
    common = {shape for shape, n in counts.items() if shape and n >= least and inside[shape] < n}
    return frozenset(shape for shape in common if _counts_pages(pages, shape, top=top))


def _counts_pages(pages: Sequence[Sequence[str]], shape: str, *, top: bool) -> bool:
    """Whether what differs between its lines is the number of the page: it grows by one with each."""
    if "#" not in shape or not shape.strip(_AROUND_NUMBERS):
        return True
    offsets: Counter[int] = Counter()
    n_pages = 0
    for index, page in enumerate(pages):
        lines = [line for line in _edge_lines(page, top=top) if _shape(line) == shape]
        n_pages += bool(lines)
        numbers = {int(number) for line in lines[:1] for number in re.findall(r"\d{1,6}", line)}
        # A number that stays the same, of a chapter or a year, goes with the line.
        offsets.update({number - index for number in numbers} | {_SAME + number for number in numbers})
    return max(offsets.values(), default=0) >= _LEAST_SHARE * n_pages


def _growing(pages: Sequence[Sequence[str]], shapes: Iterable[str], *, top: bool) -> dict[str, str]:
    """Those of `shapes` with a number that grows with the pages, and each with a sign of its own for that number."""
    marked = {shape: _marked(pages, shape, top=top) for shape in shapes if "#" in shape}
    return {shape: grown for shape, grown in marked.items() if _GROWN in grown}


def _marked(pages: Sequence[Sequence[str]], shape: str, *, top: bool) -> str:
    offsets: Counter[tuple[int, int]] = Counter()
    n_pages = 0
    for index, page in enumerate(pages):
        line = next((line for line in _edge_lines(page, top=top) if _shape(line) == shape), "")
        n_pages += bool(line)
        numbers = enumerate(_NUMBER.findall(line))
        offsets.update((place, int(number) - index) for place, number in numbers if number.isdecimal())
    pieces = shape.split("#")
    grows = {place for (place, _), n in offsets.items() if n >= _LEAST_SHARE * n_pages}
    return "".join(piece + (_GROWN if place in grows else "0") for place, piece in enumerate(pieces[:-1])) + pieces[-1]


def _is_heading(pages: Sequence[Sequence[str]], shape: str, grown: Mapping[str, str], stands_out: StandsOut) -> bool:
    """Whether a line at the upper edge whose number grows begins what follows it: by its words, by its letters, or
    because the number of the page stands elsewhere.
    """
    if _is_page_number(shape):
        return False
    if _names_a_part(grown[shape]) or any(_is_page_number(other) for other in grown):
        return True
    lines = [
        (at, line) for at, page in enumerate(pages) for line in _edge_lines(page, top=True) if _shape(line) == shape
    ]
    larger = sum(stands_out(at, line) for at, line in lines[:_LOOKED_AT])
    return 2 * larger > len(lines[:_LOOKED_AT])


def _is_page_number(shape: str) -> bool:
    words = set(_WORD.findall(shape))
    return not words - _OF_PAGES if words else bool(_PAGE_SIGNS.search(shape)) or not shape.strip(_AROUND_NUMBERS)


def _names_a_part(grown: str) -> bool:
    return _PART.search(grown) is not None


def _is_repetitive(pages: Sequence[Sequence[str]]) -> bool:
    """Where most lines amid a page stand on most pages, as in copies of a form, repetition tells nothing."""
    counts = Counter(chain.from_iterable(set(_inside(page)) for page in pages))
    repeated = sum(n for n in counts.values() if n >= _LEAST_SHARE * len(pages))
    return 2 * repeated > counts.total()


def _inside(page: Sequence[str]) -> Sequence[str]:
    seen = [line for line in page if line.strip()]
    return seen[_EDGE_LINES:-_EDGE_LINES]


def _cut(page: Sequence[str], running: frozenset[str], *, top: bool) -> list[str]:
    lines = list(page) if top else list(page)[::-1]
    n_cut = 0
    n_seen = 0
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        n_seen += 1
        if n_seen > _EDGE_LINES or _shape(line) not in running:
            break
        n_cut = index + 1
    rest = lines[n_cut:]
    return rest if top else rest[::-1]

"""What the style sheets inside an HTML page say of its elements: what is hidden, what keeps its lines, list numbers.

Only rules for a wide screen count. Selectors that ask for more than the page itself knows (:hover) are passed over.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Self

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

# Importance, whether the element says it itself, how narrowly the selector is written, and its place.
_Rank = tuple[bool, bool, tuple[int, int, int], int]

_READ = frozenset({"display", "visibility", "white-space", "list-style-type", "mso-hide", "font-size"})
# Beyond them a sheet is no sheet of a page: what it says further is passed over.
_MOST_RULES = 2_000
_MOST_MATCHES = 200_000
_LONGEST_SELECTOR = 5_000
_SCREEN_PIXELS = 1280
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)
_IDS, _CLASSES, _TAGS = re.compile(r"#[\w-]"), re.compile(r"\.[\w-]|\[|:"), re.compile(r"(?:^|[\s>+~(,])[a-zA-Z]")
# What depends on the reader or draws something beside the element.
_PASSING = re.compile(
    r"::|:(?:hover|focus|active|target|visited|link|checked|disabled|enabled|before|after|first-l)", re.IGNORECASE
)
_WIDTH = re.compile(r"(min|max)-width\s*:\s*([\d.]+)\s*(px|em|rem)", re.IGNORECASE)
_CONDITION = re.compile(r"\([^()]*\)")
_LIST_STYLE = re.compile(r"(?<![\w-])(?:url\([^)]*\)|inside|outside)(?![\w-])", re.IGNORECASE)
_ELSEWHERE = frozenset({"noscript", "template", "svg"})


class Styles:
    """Built from a page by `of`; `declared` answers for one element."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, tuple[_Rank, str]]] = {}
        self._n_matches = 0

    @classmethod
    def of(cls, page: LexborHTMLParser) -> Self:
        styles = cls()
        for order, (selector, declarations) in enumerate(_rules_of(page)):
            if order >= _MOST_RULES or styles._n_matches >= _MOST_MATCHES:
                break
            styles._add(page, selector, declarations, order)
        return styles

    def declared(self, node: LexborNode, attributes: Mapping[str, str | None]) -> Mapping[str, str]:
        """The winning value of each property that counts here, in lower case; empty for most elements."""
        own = attributes.get("style")
        if not own:
            return {name: value for name, (_, value) in self._found.get(node.mem_id, {}).items()}
        winners = dict(self._found.get(node.mem_id, {}))
        for name, value, important in _declarations(own):
            _settle(winners, name, value, (important, True, (0, 0, 0), 0))
        return {name: value for name, (_, value) in winners.items()}

    def _add(self, page: LexborHTMLParser, selector: str, declarations: str, order: int) -> None:
        read = list(_declarations(declarations))
        for one in _alternatives(selector) if read else ():
            rank = tuple(len(part.findall(one)) for part in (_IDS, _CLASSES, _TAGS))
            matches = _matches(page, one)
            self._n_matches += len(matches)
            for node in matches:
                winners = self._found.setdefault(node.mem_id, {})
                for name, value, important in read:
                    _settle(winners, name, value, (important, False, (rank[0], rank[1], rank[2]), order))


def _settle(winners: dict[str, tuple[_Rank, str]], name: str, value: str, rank: _Rank) -> None:
    if name not in winners or winners[name][0] <= rank:
        winners[name] = (rank, value)


def _matches(page: LexborHTMLParser, selector: str) -> list[LexborNode]:
    if _PASSING.search(selector):
        return []
    try:
        return page.css(selector)
    except SelectolaxError:
        return []


def _alternatives(selector: str) -> list[str]:
    """`a, b` as two selectors; commas within brackets divide nothing. As in browsers, an empty one makes all void."""
    if len(selector) > _LONGEST_SELECTOR:
        return []
    parts = [one.strip() for one in re.split(r",(?![^()]*\))", selector)]
    return parts if all(parts) else []


def _rules_of(page: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for sheet in page.css("style"):
        kind, media = sheet.attributes.get("type") or "text/css", sheet.attributes.get("media") or ""
        if kind.strip().lower() == "text/css" and _is_for_screens(media) and not _is_elsewhere(sheet):
            text = _COMMENT.sub(" ", sheet.text() or "")
            # Braces within strings open nothing.
            yield from _rules(_STRING.sub(lambda found: re.sub(r"[{};]", " ", found[0]), text))


def _is_elsewhere(sheet: LexborNode) -> bool:
    above = sheet.parent
    while above is not None:
        if above.tag in _ELSEWHERE:
            return True
        above = above.parent
    return False


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors with their declarations. Blocks of conditions are entered where a wide screen meets them."""
    skipped, depth, start, head = 0, 0, 0, ""
    for brace in re.finditer(r"[{}]", sheet):
        before = sheet[start : brace.start()]
        start = brace.end()
        if brace[0] == "{":
            depth += 1
            head = before.rpartition(";")[2].strip()
            if not skipped and head.startswith("@") and not _is_entered(head):
                skipped = depth
        else:
            if not skipped and head and not head.startswith("@"):
                yield head, before
            skipped = 0 if skipped == depth else skipped
            depth, head = max(0, depth - 1), ""


def _is_entered(head: str) -> bool:
    name, _, condition = head.partition(" ")
    return name.lower() in {"@layer", "@supports"} or (name.lower() == "@media" and _is_for_screens(condition))


def _is_for_screens(media: str) -> bool:
    """Whether a wide screen is among `media`."""
    return any(_is_met(query.strip().lower()) for query in media.split(","))


def _is_met(query: str) -> bool:
    kind = _CONDITION.sub("", query).replace("only", "").replace("and", "").strip()
    if kind not in {"", "all", "screen"}:
        return False
    return all(_is_wide_enough(condition) for condition in _CONDITION.findall(query))


def _is_wide_enough(condition: str) -> bool:
    width = _WIDTH.search(condition)
    if width is None:
        return False
    pixels = float(width[2].strip(".").replace("..", ".") or 0) * (1 if width[3].lower() == "px" else 16)
    return pixels <= _SCREEN_PIXELS if width[1].lower() == "min" else pixels >= _SCREEN_PIXELS


def _declarations(text: str) -> Iterator[tuple[str, str, bool]]:
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if not colon or name not in _READ | {"list-style"}:
            continue
        plain = _IMPORTANT.sub("", value).strip().lower()
        if name == "list-style":
            name, plain = "list-style-type", _LIST_STYLE.sub("", plain).strip() or "disc"
        yield name, plain, _IMPORTANT.search(value) is not None

"""What a question's plain text shows beside its words: lines of code, powers and indices, formulas. Pure.

The text stays what it is in the database; each format shows the parts as it can.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from app.generation.writing_system import direction_of, language_of
from app.papers.export.xml import escaped


class Style(StrEnum):
    """How a span is shown; the values are the elements of HTML and QTI that show it."""

    PLAIN = ""
    POWER = "sup"
    INDEX = "sub"
    FORMULA = "span"
    CODE = "samp"  # <code> is what stands on lines of its own


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text. In a line of code every space counts, and nothing is a power."""

    spans: tuple[Span, ...]
    is_code: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


_LINE_END = re.compile(r"\r\n?|\n|\x0b|\x0c|\x85|\u2028|\u2029")
_FENCE = re.compile(r"\s*(```+|~~~+)\s*[\w+#.-]*\s*\Z")
_INDENTED = re.compile(r"(?:\t| {2,})\s*\S")
# What a block of code begins with, and what a statement looks like; a question or a sentence is neither.
_OPENS = re.compile(r"(?:[:{(\[]|\b(?:then|do|begin))\s*\Z", re.IGNORECASE)
_LIKE_CODE = re.compile(
    r"\s*(?:[})\]]|[\w.\[\]'\"*&$@]+\s*(?:[-+*/%|&]?=|\(|\+\+|--)|#|//|--\s|@|<|"
    r"(?:else|return|print|echo|import|from|include|def|end|break|pass|int|float|double|char|void|var|let|const|"
    r"public|private|static|class|select|insert|update|while|for|if|try|using)\b.*[\w)\]}>;:'\"]\s*\Z|.*[;{}]\s*\Z)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[?؟\uff1f。।]\s*\Z|\w{2,}\.\s*\Z")
# 10^23, x^{n+1}, a^(2n), (a+b)^2, m^-1, SO_4^{2-}; x_1, H_2O, x_{ij}. An index has a base of one or two letters, so
# that the name of a variable (max_2) is none; a power needs something to be raised.
_SCRIPTS = re.compile(
    r"(?P<power>(?<=[\w)\]}²³])\^(?:\{(?P<power_group>[^{}\n]{1,40})\}"
    r"|(?P<power_number>[-+−]?\d+(?:[+−-](?![\w(]))?(?!\w|\.\d)|"
    r"[-+−](?![\w(])|[a-z](?![\w(])|\([^()\n]{1,40}\))))"
    r"|(?P<index>(?<![A-Za-z_][A-Za-z_][A-Za-z])(?<=[^\W\d_]|[)\]])_(?:\{(?P<index_group>[^{}\n]{1,40})\}|(?P<index_number>\d+)))"
)
# Code within a line: between backticks, or a statement that prints, declares or returns. 5^3 is no power there.
_CODE = re.compile(
    r"(?P<ticks>`{1,2})(?P<quoted>[^`\n]{1,200})(?P=ticks)"
    r"|\b(?:print|printf|println|echo|puts|console\.log|System\.out\.print(?:ln|f)?|std::cout)\s*(?:\((?:[^()\n]|\([^()\n]{0,80}\)){0,200}\)|<<[^;\n?]{1,200});?"
    r"|\b(?:int|long|float|double|char|bool|auto|var|let|const) \w{1,40} ?= ?[^;\n?]{1,120};"
    r"|\b(?:[A-Za-z_]\w{0,40} ?[-+*/^|&]?= ?|return )[^;\n?]{1,120};(?=\s*\Z)"
)
# In a text from right to left a formula of Latin letters would be turned round piece by piece. The bound keeps a long
# run without an end from being looked through again from each of its characters.
_FORMULA = re.compile(
    r"[A-Za-z0-9(\[{√∑∫πα-ω][A-Za-z0-9^_{}()\[\]+\-−*/=<>≤≥×÷·.,√∑∫π²³α-ω°%µΩ ]{0,120}[A-Za-z0-9)\]}²³%Ω°]"
)
# A number with its unit is one too.
_OPERATOR = re.compile(r"[\^_+\-−*/=<>≤≥×÷()\[\]{}]|\d[^\W\d_]*\s*[A-Za-z°%µΩ]")


def lines(text: str) -> tuple[Line, ...]:
    """The lines of `text`. Fences of Markdown around code go. A line is code where it stands between fences, or where
    it is indented; so are the lines beside an indented one that look like code or lead to it.
    """
    fenced = list(_without_fences(_LINE_END.split(text.strip("\n\r").rstrip())))
    is_code = [is_fenced or bool(_INDENTED.match(line)) for line, is_fenced in fenced]
    for at in [*range(len(fenced) - 2, -1, -1), *range(1, len(fenced))]:
        is_code[at] = is_code[at] or _belongs(fenced, is_code, at)
    return tuple(
        Line((Span(line.expandtabs(4)),), is_code=True) if code else Line(tuple(_spans(line.strip())))
        for (line, _), code in zip(fenced, is_code, strict=True)
    )


def _belongs(fenced: Sequence[tuple[str, bool]], is_code: Sequence[bool], at: int) -> bool:
    """Whether a line next to a line of code is code too."""
    line = fenced[at][0]
    leads = at + 1 < len(fenced) and is_code[at + 1] and (_OPENS.search(line) or _LIKE_CODE.match(line))
    follows = at > 0 and is_code[at - 1] and _LIKE_CODE.match(line)
    return bool(leads or follows) and not _SENTENCE.search(line)


def has_code(text: str) -> bool:
    """Whether the text has lines whose indentation or whose breaks carry meaning."""
    return any(line.is_code for line in lines(text))


class Turn(StrEnum):
    """How a formula in a text from right to left is kept from being turned round."""

    ATTRIBUTE = "attribute"  # an element with dir="ltr"
    CHARACTERS = "characters"  # between characters of Unicode, for markup that has no attribute for it


def html(text: str, *, language: str = "", turn: Turn = Turn.ATTRIBUTE) -> str:
    """`text` as HTML that is also XML: <br/> between lines, <sup> and <sub>, lines of code in <code> with spaces that
    do not collapse. In a language from right to left, formulas and code keep their own direction by means of `turn`.
    """
    is_turned = direction_of(language or language_of(text)) == "rtl"
    blocks = (_html_block(list(same), turn if is_turned else None) for _, same in groupby(lines(text), _is_code))
    joined = "<br/>".join(blocks)
    return f"{_RIGHT_TO_LEFT}{joined}{_END}" if is_turned and turn is Turn.CHARACTERS else joined


_LEFT_TO_RIGHT, _RIGHT_TO_LEFT, _END = "\u2066", "\u2067", "\u2069"


def _is_code(line: Line) -> bool:
    return line.is_code


def _html_block(same: Sequence[Line], turn: Turn | None) -> str:
    """Lines of code as one element, other lines one after the other."""
    if same[0].is_code:
        return _kept("code", "<br/>".join(map(_code, same)), turn)
    spans = (_with_formulas(line.spans) if turn else line.spans for line in same)
    return "<br/>".join("".join(_html_span(span, turn) for span in line) for line in spans)


def _html_span(span: Span, turn: Turn | None) -> str:
    if span.style is Style.PLAIN:
        return _hard_spaces(span.text)
    if span.style is Style.FORMULA:
        return _kept("span", "".join(_html_span(inner, None) for inner in _spans(span.text)), turn)
    if span.style is Style.CODE:
        return _kept(span.style, _hard_spaces(span.text), turn)
    return f"<{span.style}>{escaped(span.text)}</{span.style}>"


def _kept(element: str, inner: str, turn: Turn | None) -> str:
    if turn is Turn.CHARACTERS:
        inner = f"{_LEFT_TO_RIGHT}{inner}{_END}"
    direction = ' dir="ltr"' if turn is Turn.ATTRIBUTE else ""
    return f"<{element}{direction}>{inner}</{element}>"


def _hard_spaces(text: str) -> str:
    """Escaped, and of several spaces all but the last hard: the line may still be broken there."""
    return re.sub(r" {2,}", _hard, escaped(text))


def _code(line: Line) -> str:
    bare = line.text.lstrip(" ")
    return "\u00a0" * (len(line.text) - len(bare)) + _hard_spaces(bare)


def _hard(match: re.Match[str]) -> str:
    return "\u00a0" * (len(match[0]) - 1) + " "


def _without_fences(raw: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(line, whether it stood between fences). A fence that nothing closes is a line like others."""
    fences = [at for at, line in enumerate(raw) if _FENCE.match(line)]
    paired = set(fences[: len(fences) // 2 * 2])
    inside = False
    for at, line in enumerate(raw):
        if at in paired:
            inside = not inside
        else:
            yield line, inside


def _spans(line: str) -> Iterator[Span]:
    """Code as it is written, without its backticks; powers and indices in the rest."""
    at = 0
    for match in _CODE.finditer(line):
        if match.start() > at:
            yield from _scripts(line[at : match.start()])
        yield Span(match["quoted"] or match[0], Style.CODE)
        at = match.end()
    if at < len(line) or at == 0:
        yield from _scripts(line[at:])


def _scripts(line: str) -> Iterator[Span]:
    at = 0
    for match in _SCRIPTS.finditer(line):
        if match.start() > at:
            yield Span(line[at : match.start()])
        is_power = match["power"] is not None
        inner = match["power_group"] or match["power_number"] or match["index_group"] or match["index_number"]
        yield Span(inner, Style.POWER if is_power else Style.INDEX)
        at = match.end()
    if at < len(line) or at == 0:
        yield Span(line[at:])


def _with_formulas(spans: Sequence[Span]) -> Iterator[Span]:
    """The line again, its formulas as one span each. Powers and indices are found inside of them once more."""
    text = "".join(_source(span) for span in spans)
    at = 0
    for match in _FORMULA.finditer(text):
        if not _OPERATOR.search(match[0]):
            continue
        yield from _spans(text[at : match.start()])
        yield Span(match[0], Style.FORMULA)
        at = match.end()
    yield from _spans(text[at:])


def _source(span: Span) -> str:
    if span.style is Style.CODE:
        return f"`{span.text}`"
    sign = {Style.POWER: "^", Style.INDEX: "_"}.get(span.style, "")
    return f"{sign}{{{span.text}}}" if sign else span.text

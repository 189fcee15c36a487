"""Take what a model thought out of its text, in whatever dress the thinking comes: drafts are not answers.

Never raises, and its work is linear in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answer_json import spans_of_json

_THOUGHT = (
    r"(?:think(?:ing)?|thoughts?|thought[_\W]?process|reason(?:ing)?|reasoning[_\W]?content|analysis|analy[sz]ing|"
    r"reflect(?:ion|ing)?|scratch[_\W]?pad|scratch|inner[_\W]?(?:monologue|thoughts?|voice)|monologue|"
    r"internal[_\W]?(?:monologue|thoughts?|reasoning|thinking)|deliberat(?:e|ion)|ponder(?:ing)?|contemplat(?:e|ion|or)|"
    r"plan(?:ning)?|chain[_\W]?of[_\W]?thoughts?|cot|rationale|brainstorm(?:ing)?|ant[_\W]?thinking|workings?|drafts?)"
)
# Any name with such a word in it: <my_thoughts>, <deep_think>.
_NAMED = rf"(?:{_THOUGHT}|[\w:.-]{{0,30}}(?:think|thought|reason|scratch|monolog|reflect|ponder)[\w:.-]{{0,30}})"
# What a model quotes or shows beside its answer, in tags of the same make.
_QUOTED = (
    r"(?:examples?|sample|student(?:[_\W]?(?:answer|work|text|script))?|quote|blockquote|answer[_\W]?key|rubric|"
    r"mark(?:ing)?[_\W]?scheme|template|schema|format|critique|first[_\W]?pass|initial|old|input|document)"
)
_ATTRIBUTES = r"""(?:\s(?:[^<>"']|"[^"\n]{0,100}"|'[^'\n]{0,100}'){0,40})?"""
_OPEN, _SHUT = r"(?:[<＜]|&lt;)", r"(?:[>＞]|&gt;)"  # noqa: RUF001 - full-width brackets are meant
_RARE_OPEN, _RARE_SHUT = "[◁⟨«〈《⟦「]", "[▷⟩»〉》⟧」]"
_SPACE = r"(?:[\w.-]{1,20}:)?"
_BAR = r"[|｜]"  # noqa: RUF001 - DeepSeek's full-width bar is meant
_CHANNEL = r"<\|?channel\|?>\s{0,5}"
_HEADING = r"^[ \t]{0,3}(?:#{1,6}[ \t]{0,3}\**|\*\*)[ \t]{0,3}"


@dataclass(frozen=True, slots=True)
class _Dress:
    """One way of marking text as thinking. `lone_end` hides what stands before an end without a beginning; without
    `hides_rest` a beginning that has no end hides nothing.
    """

    begins: str
    ends: str
    lone_end: bool = True
    hides_rest: bool = True


_DRESSES = (
    # <think>, <think >, <think time="3">, <seed:think>, &lt;think&gt;
    _Dress(rf"{_OPEN}{_SPACE}{_NAMED}{_ATTRIBUTES}(?<!/){_SHUT}", rf"{_OPEN}/\s?{_SPACE}{_NAMED}\s{{0,5}}{_SHUT}"),
    _Dress(
        rf"{_OPEN}{_QUOTED}{_ATTRIBUTES}(?<!/){_SHUT}", rf"{_OPEN}/\s?{_QUOTED}\s{{0,5}}{_SHUT}",
        lone_end=False, hides_rest=False,
    ),
    # <|thinking|>, <|begin_of_thought|>, <|START_THINKING|>
    _Dress(
        rf"<{_BAR}(?:(?:begin|start)[\W_]?(?:of[\W_]?)?)?{_THOUGHT}{_BAR}>",
        rf"<{_BAR}(?:/|end[\W_]?(?:of[\W_]?)?){_THOUGHT}{_BAR}>",
    ),
    _Dress(rf"{_RARE_OPEN}\s?{_THOUGHT}\s?{_RARE_SHUT}", rf"{_RARE_OPEN}\s?/\s?{_THOUGHT}\s?{_RARE_SHUT}"),
    _Dress(
        rf"[\[【](?:(?:begin|start)[\W_](?:of[\W_])?)?{_THOUGHT}(?:\.{{3}}|…)?[\]】]",
        rf"[\[【](?:/|(?:end|done|finished)[\W_](?:of[\W_])?){_THOUGHT}[\]】]",
    ),
    # The channels of gpt-oss and of Gemma: whatever is not the final one.
    _Dress(
        rf"{_CHANNEL}(?:commentary|{_THOUGHT})\b[^<\n]{{0,100}}(?:<\|message\|>)?",
        rf"<\|end\|>|<\|return\|>|{_CHANNEL}final\b[^<\n]{{0,60}}(?:<\|message\|>)?|<channel\|>",
        lone_end=False,
    ),
    _Dress(
        rf"<\|(?:im_start|start_header_id|start|role)\|>\s{{0,5}}{_THOUGHT}\b(?:<\|end_header_id\|>)?",
        r"<\|(?:im_end|eot_id|end)\|>", lone_end=False,
    ),
    _Dress(r"<unused[0-9]{1,4}>\s{0,5}thought\b", r"<unused[0-9]{1,4}>", lone_end=False),
    _Dress(
        rf"\A\s{{0,20}}{_THOUGHT}(?:\.{{3}}|…)\s*$",
        rf"^(?:\.{{3}}|…)?\s?(?:done|finished|end of) {_THOUGHT}[. \t]*$",
    ),
    # The same channels where a server has taken the markers out and left their names.
    _Dress(r"\A\s{0,20}(?:assistant)?(?:analysis|commentary)(?=[A-Z\"'{\[])", r"assistant\s?final(?=\W|[A-Z])"),
    _Dress(
        rf"<details\b[^<>]{{0,200}}type=[\"']?{_THOUGHT}[^<>]{{0,200}}>|"
        rf"<details\b[^<>]{{0,200}}>\s{{0,20}}<summary>[^<]{{0,80}}{_THOUGHT}[^<]{{0,80}}</summary>",
        r"</details>", lone_end=False,
    ),
    _Dress(
        rf"^[ \t]{{0,3}}(?:```|~~~)[ \t]?{_THOUGHT}[ \t]{{0,5}}$", r"^[ \t]{0,3}(?:```|~~~)[ \t]{0,5}$", lone_end=False,
    ),
    _Dress(r"<!--", r"-->", lone_end=False),
    # A heading hides what stands under it where another heading follows.
    _Dress(
        rf"{_HEADING}(?:my |the |step 1[:.] ?|first )?{_THOUGHT}\b[^\n]{{0,20}}$",
        rf"{_HEADING}(?!(?:my |the )?{_THOUGHT}\b)\w[^\n]{{0,60}}$",
        lone_end=False, hides_rest=False,
    ),
)  # fmt: skip
_MARKERS = re.compile(
    "|".join(f"(?P<b{n}>{dress.begins})|(?P<e{n}>{dress.ends})" for n, dress in enumerate(_DRESSES)),
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Marker:
    start: int
    end: int
    dress: int
    begins: bool


@dataclass(frozen=True, slots=True)
class Visible:
    """A text without its thinking, and the pieces that were taken out, in their order."""

    text: str
    hidden: tuple[str, ...] = ()


def without_thinking(text: str) -> str:
    """`text` without its blocks of thinking; see `split_thinking`."""
    return split_thinking(text).text


def split_thinking(text: str) -> Visible:
    """Part what a model thought from what it answered.

    A block that begins and does not end hides what follows it, unless a later marker of any dress ends one: what stands
    after the last end is visible. An end without a beginning hides what stands before it. A marker inside a string of a
    JSON value is part of that string.
    """
    markers = _markers(text)
    kept: list[tuple[int, int]] = []
    position, index = 0, 0
    while index < len(markers):
        marker = markers[index]
        if marker.begins:
            last = _last_of_block(markers, index)
            if last is not None or _DRESSES[marker.dress].hides_rest:
                kept.append((position, marker.start))
                position = len(text) if last is None else markers[last].end
                index = len(markers) if last is None else last
        elif _DRESSES[marker.dress].lone_end:
            kept, position = [], marker.end
        index += 1
    kept.append((position, len(text)))
    return _parted(text, kept)


def _markers(text: str) -> list[_Marker]:
    found = [
        _Marker(match.start(), match.end(), int(match.lastgroup[1:]), match.lastgroup[0] == "b")
        for match in _MARKERS.finditer(text)
        if match.lastgroup
    ]
    if not found:
        return []
    spans = iter([*spans_of_json(text), (len(text), len(text))])
    start, end = next(spans)
    outside = []
    for marker in found:
        while end <= marker.start and end < len(text):
            start, end = next(spans)
        if not start < marker.start < end:
            outside.append(marker)
    return outside


def _last_of_block(markers: Sequence[_Marker], first: int) -> int | None:
    """The marker that ends the block which `first` begins; None where nothing ends it."""
    depth, last_alike, last_of_any = 0, None, None
    for index in range(first, len(markers)):
        marker = markers[index]
        if marker.dress == markers[first].dress:
            depth += 1 if marker.begins else -1
            if depth == 0:
                return index
            last_alike = last_alike if marker.begins else index
        if not marker.begins and _DRESSES[marker.dress].lone_end:
            last_of_any = index
    return last_of_any if last_alike is None else last_alike


def _parted(text: str, kept: Sequence[tuple[int, int]]) -> Visible:
    hidden: list[str] = []
    position = 0
    for start, end in [*kept, (len(text), len(text))]:
        hidden.append(text[position:start])
        position = end
    visible = " ".join(text[start:end] for start, end in kept if start < end)
    return Visible(visible, tuple(piece for piece in hidden if piece.strip()))

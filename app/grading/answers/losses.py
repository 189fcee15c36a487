"""Losses and shares that a note tells, in some thirty languages. They can only contradict a mark of the JSON."""

import re
from collections.abc import Iterator

from app.grading.answers import languages
from app.marks.model import Question

_LEAST_UNIT = 1e-9
_NUMBER = r"(?:[0-9]{1,4}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})"
_MINUS_SIGNS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
_VULGAR = {ord("½"): ".5", ord("¼"): ".25", ord("¾"): ".75"}
_BEFORE_VULGAR = re.compile(r"(?<=[0-9])\s(?=[½¼¾])")
_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9]{1,2}(?![0-9]))")
_UNIT = rf"(?:{languages.UNIT})"
# A sign is no operator: not behind a digit, a letter, an operator or "=".
_SIGN = r"(?<![-+=<>*/^(\w).,])(?<![=<>+*/^]\s)-"
_OPENING = r"(?:(?<![^\n])\s{0,8}|(?<=[.;:(!?。；：、（])\s?|(?<=[.;:!?]\s))"


def as_plain_numbers(notes: str) -> str:
    """`notes` with the digits of every script as 0-9, a decimal comma as a point, one kind of minus sign, "1 ½" as 1.5,
    and "two marks" as "2 marks".
    """
    if not notes.isascii():
        notes = _BEFORE_VULGAR.sub("", notes).translate(_MINUS_SIGNS | _VULGAR)
        notes = "".join(str(int(one)) if one.isdecimal() else one for one in notes).replace("\u066b", ".")
    notes = _DECIMAL_COMMA.sub(".", notes) if "," in notes and _HAS_DIGIT.search(notes) else notes
    return _NUMBER_WORD.sub(_number_word, notes)


def _number_word(match: re.Match[str]) -> str:
    """The number of a word. Case folding also finds the Turkish "İki", which no table has in that form."""
    number = NUMBER_WORDS.get(match[1].lower().replace("i\u0307", "i"))
    return match[0] if number is None else f"{number} "


NUMBER_WORDS = {
    word: number
    for number, line in enumerate(
        (
            "one",
            "two zwei deux dois duas twee два dwa iki",
            "three drei trois tres tre três drie три trzy",
            "four vier quatre cuatro quattro quatro",
            "five fünf cinq cinco cinque vijf",
        ),
        start=1,
    )
    for word in line.split()
}
_NUMBER_WORD = re.compile(rf"(?<!\w)({'|'.join(NUMBER_WORDS)})\s(?={_UNIT})", re.IGNORECASE)


# "-1 punto", "−0,5 балла", "(-1点)": a signed number with the noun for a mark.
_SIGNED = re.compile(rf"(?:(?<=\()|{_SIGN[:-1]})-(?P<n>{_NUMBER})\s?{_UNIT}", re.IGNORECASE)
# "-1 por la unidad", "-1 за знак": it opens a sentence and gives a reason. "- 1 for method" is an award in a list.
_REASONED = re.compile(rf"{_OPENING}-(?P<n>{_NUMBER})\s(?:{languages.REASON})\b", re.IGNORECASE)
# "Einheit fehlt (-1)", "ошибка знака: -1".
_FAULTED = re.compile(
    rf"(?:{languages.FAULT})[^.;=\n]{{0,30}}?[\s(:,]-(?P<n>{_NUMBER})(?=\s?\)?\s?(?:[.;,\n]|\Z))", re.IGNORECASE
)
# "minus 1 Punkt", "menos 0,5 puntos".
_MINUS = re.compile(
    rf"(?<!\w)(?:{languages.MINUS})\s?(?:(?P<n>{_NUMBER})|(?:{languages.ONE}|{languages.HALF}))\s?{_UNIT}",
    re.IGNORECASE,
)
# "1 Punkt Abzug", "se descuenta 1 punto", "1 अंक काटा": a loss and a mark within three words.
_LOST = re.compile(
    rf"(?<!\w)(?:{languages.LOST})(?:[\s-][^\s.;]+){{0,3}}?\s(?:(?P<n>{_NUMBER})\s?)?{_UNIT}"
    rf"|(?:(?P<n2>{_NUMBER})\s?|(?<!\w)(?:{languages.ONE}|{languages.HALF})\s){_UNIT}(?:\s[^\s.;]+){{0,3}}?\s(?:{languages.LOST})(?!\w)",
    re.IGNORECASE,
)
_LOST_IN_ONE_WORD = re.compile(
    rf"\w{{0,12}}punkt\w{{0,2}}abzug|扣\s?了?\s?(?P<n>{_NUMBER})?\s?分|扣掉|減点|감점|(?P<n2>{_NUMBER})\s?点.{{0,3}}(?:減|引)"
    rf"|(?P<n3>{_NUMBER})\s?점.{{0,4}}(?:감|차감|깎)",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:{languages.NOT})(?!\w)[^.;:,!?،、，\n]{{0,24}}|[不未没無无안]有?\W?)\Z", re.IGNORECASE
)
_NOT_BEHIND = re.compile(rf"[^.;:,!?\n]{{0,14}}?(?:{languages.NOT_BEHIND})", re.IGNORECASE)
# Most notes name no mark and no signed number: a cheap test spares them the search for what they say of it.
_WORDS = re.compile("[a-z]+")
ASCII_UNITS = frozenset(
    languages.any_of(
        "mark marks point points pt pts punkt punkte punkten punktzahl punktabzug abzug pkt punto puntos punti punt punten",
        "ponto pontos puntje poeng punkty bod body puan poin markah punct puncte pont pontot pisteen",
    ).split("|")
)
_NAMES_A_MARK = re.compile(rf"{_UNIT}|abzug")
_HAS_DIGIT = re.compile("[0-9]")
_HAS_SIGN = re.compile(r"-[0-9.]")


def _names_a_mark(notes: str) -> bool:
    lower = notes.lower()
    if notes.isascii():
        return not ASCII_UNITS.isdisjoint(_WORDS.findall(lower))
    return bool(_NAMES_A_MARK.search(lower))


def _may_be_a_share(notes: str) -> bool:
    return "/" in notes or notes.lstrip(" (*")[:1].isdigit() or _names_a_mark(notes)


def losses(notes: str) -> Iterator[tuple[float | None, str]]:
    """Every loss that `notes`, with plain numbers, tell: how many marks, None where no number says it, and its words."""
    signed = (_SIGNED, _REASONED, _FAULTED) if "-" in notes and _HAS_SIGN.search(notes) else ()
    worded = (_MINUS, _LOST, _LOST_IN_ONE_WORD) if _names_a_mark(notes) else ()
    for pattern in (*signed, *worded):
        for match in pattern.finditer(notes):
            is_denied = _NOT_BEFORE.search(notes, max(0, match.start() - 40), match.start()) or _NOT_BEHIND.match(
                notes, match.end(), match.end() + 20
            )
            if not is_denied:
                number = next(filter(None, match.groups()), None)
                yield None if number is None else float(number), match[0].strip(" (:\n")


def loss_beyond(notes: str, question: Question, mark: float) -> str | None:
    """A loss that leaves less than `mark`; beside full marks that is any loss. None where there is none."""
    room = question.max_marks - mark
    if room > _LEAST_UNIT and _HAS_DIGIT.search(notes) is None:
        return None
    for number, said in losses(notes):
        is_whole = number is None or 0 < number <= question.max_marks
        if is_whole and (room <= _LEAST_UNIT or (number is not None and number > room + _LEAST_UNIT)):
            return said
    return None


_SHARES = (
    # "1 von 3 Punkten", "1/3 puntos", "1 punto de 3".
    re.compile(
        rf"(?<![\w.,/])(?P<n>{_NUMBER})\s?{_UNIT}?\s?(?:{languages.OF})\s?(?:de\s|los\s|den\s)?(?P<m>{_NUMBER})\s?{_UNIT}"
        rf"|(?<![\w.,/])(?P<n2>{_NUMBER})\s?{_UNIT}\s?(?:{languages.OF})\s?(?:de\s|los\s|den\s)?(?P<m2>{_NUMBER})(?![\w.]*[0-9])",
        re.IGNORECASE,
    ),
    # The maximum stands first: "3点中1点", "3 में से 1 अंक".
    re.compile(
        rf"(?<![\w.,/])(?P<m>{_NUMBER})\s?{_UNIT}?\s?(?:{languages.OF_FIRST})\s?得?(?P<n>{_NUMBER})"
        rf"|满分\s?(?P<m2>{_NUMBER})\s?分\W{{0,3}}得\s?(?P<n2>{_NUMBER})\s?分",
        re.IGNORECASE,
    ),
    # "1 van 3" opens the note and ends its sentence.
    re.compile(
        rf"\A\W{{0,3}}(?P<n>{_NUMBER})\s?(?:{languages.OF})\s?(?P<m>{_NUMBER})(?=\s?(?:[.:;,!?)。—-]|\Z))",
        re.IGNORECASE,
    ),
    # A sentence that is nothing but "1/3".
    re.compile(
        rf"(?:\A|[.;!?。]\s?|\n|\s\()\s{{0,4}}(?P<n>{_NUMBER})\s?/\s?(?P<m>{_NUMBER})\s?\)?(?=\s?(?:[.;!?。\n]|\Z))",
    ),
)
_WHOLE = re.compile(
    rf"\A[^\w-]{{0,3}}(?:(?:(?P<full>{languages.FULL})|(?P<half>{languages.HALF_OF_ALL})|(?P<none>{languages.NONE})|(?P<zero>[0零]\s?{_UNIT}))"
    rf"\s?(?=[.:;,!?。：—–-]|\Z)|(?P<n>{_NUMBER})\s?{_UNIT}\W{{0,2}}\Z)",
    re.IGNORECASE,
)


def shares(notes: str, question: Question) -> Iterator[tuple[float, str]]:
    """What `notes`, with plain numbers, say of the whole mark: the number, and the words that say it."""
    for pattern in _SHARES if _may_be_a_share(notes) else ():
        for match in pattern.finditer(notes):
            named = match.groupdict()
            number, of = named.get("n") or named.get("n2"), named.get("m") or named.get("m2")
            if number and of and float(of) == question.max_marks:
                yield float(number), match[0].strip()
    if whole := _WHOLE.match(notes):
        yield _whole(whole, question), whole[0].strip()


def _whole(match: re.Match[str], question: Question) -> float:
    if match["n"]:
        return float(match["n"])
    share = 1.0 if match["full"] else 0.5 if match["half"] else 0.0
    return share * question.max_marks

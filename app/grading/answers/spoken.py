"""Marks in prose, beside the JSON or in a note. They are never taken; they can only contradict a mark of the JSON."""

import re

from app.grading.answers import languages
from app.grading.answers.keys import Meaning, meaning
from app.grading.answers.losses import as_plain_numbers, loss_beyond, shares
from app.grading.answers.silent import says_nothing
from app.grading.answers.statements import declines, statements
from app.marks.model import Question

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_LEAST_UNIT = 1e-9
_ASKED = r"(?:(?:total for |marks? for |score for )?(?:question|aufgabe|frage|pregunta|domanda)\s|(?:total|marks?|score) for |q\.?\s?|[問问第题題문])"


def spoken_mark(text: str, question: Question, mark: float) -> str | None:
    """Another mark than `mark` that `text`, prose beside the answer, gives to `question`: "1a: 3/3", "| 1a | 3 |"."""
    text = as_plain_numbers(text)
    if (row := _tabled(text, question, mark)) is not None:
        return row
    if (sentence := _of_this_question(text, question, mark)) is not None:
        return sentence
    for pattern in _spoken(question):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            number, of = float(match["n"]), groups.get("m")
            if (of is not None and float(of) != question.max_marks) or _ANOTHER_THING.search(
                text[: match.start()][-20:]
            ):
                continue
            award = groups.get("award")
            may_be_the_maximum = of is None and not award and abs(number - question.max_marks) <= _LEAST_UNIT
            is_a_mark = of or award or any(groups.get(name) for name in ("unit", "named"))
            if is_a_mark and not may_be_the_maximum and abs(number - mark) > _LEAST_UNIT:
                return match[0].strip()
    return None


def _of_this_question(text: str, question: Question, mark: float) -> str | None:
    """A sentence that begins with this question and says, like a note, another whole mark or too large a loss."""
    name = re.escape(as_plain_numbers(question.question_id))
    none = re.search(
        rf"\b(?:no|not award any|zero|0) (?:marks?|credit|points?) (?:for|on) {_ASKED}?{name}(?![\w(]|\.\d)",
        text,
        re.IGNORECASE,
    )
    if none and mark > 0:
        return none[0]
    begins = re.compile(
        rf"(?:^|(?<=[.;!?]\s))[\s>*#•-]{{0,6}}(?:(?:for|in|on)\s)?"
        rf"{_ASKED}?{name}\**(?!\w|\.\d)\s?[:,–—-]?\**\s(?P<rest>[^\n]{{1,200}})",
        re.IGNORECASE | re.MULTILINE,
    )
    for match in begins.finditer(text):
        rest = re.split(r"(?<=[.;!?])\s", match["rest"], maxsplit=1)[0]
        said = [number for number, _ in statements(rest, question)]
        if _loss_beyond(rest, question, mark) or (said and not any(abs(one - mark) <= _LEAST_UNIT for one in said)):
            return match[0].strip()
    return None


def _tabled(text: str, question: Question, mark: float) -> str | None:
    """Another mark in the row of a table that begins with this question. Its header tells marks from maxima."""
    header: list[Meaning] = []
    for line in text.splitlines():
        cells = [cell.strip().strip("*` ") for cell in line.strip().strip("|").split("|")]
        if len(cells) < _LEAST_CELLS or not set(line) - set("|-: "):
            continue
        if as_plain_numbers(question.question_id) not in {cells[0], _ROW_NAME.sub("", cells[0])}:
            header = [meaning(cell) for cell in cells] if not any(map(_has_digit, cells[1:])) else header
        elif any(_differs(cell, at, header, mark) for at, cell in enumerate(cells[1:], start=1)):
            return line.strip()
    return None


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _differs(cell: str, at: int, header: list[Meaning], mark: float) -> bool:
    match = _CELL.fullmatch(cell)
    if match is None:
        return False
    is_mark = match["m"] is not None or header[at : at + 1] in ([Meaning.AWARD], [Meaning.PLAIN])
    return is_mark and abs(float(match["n"]) - mark) > _LEAST_UNIT


_LEAST_CELLS = 2
_ROW_NAME = re.compile(r"\A(?:question|q\.?)\s?", re.IGNORECASE)
_CELL = re.compile(rf"(?P<n>{_NUMBER})(?:\s?(?:/|out of|of)\s?(?P<m>{_NUMBER}))?(?:\s?(?:marks?|points?|pts?))?")
_ANOTHER_THING = re.compile(
    r"(?:page|step|part|line|criterion|figure|fig\.?|reason|point|student|scan|image|note|no\.?|section|rule|pages)\s?\Z",
    re.IGNORECASE,
)


def _spoken(question: Question) -> tuple[re.Pattern[str], ...]:
    """How prose gives a mark to this question. Award words make a number a mark even where it is the maximum."""
    name = re.escape(as_plain_numbers(question.question_id))
    number, of = rf"(?P<n>{_NUMBER})(?!\d)", rf"(?:\s?(?:{languages.UNIT})?\s?(?:{languages.OF})\s?(?P<m>{_NUMBER}))?"
    awards = r"(?:awards?|awarded|gives?|gave|gets?|receives?|earn(?:s|ed)|score[sd]?)"
    return (
        # "1a 3/3", but not "2 1/2".
        re.compile(
            rf"(?<![\w.])(?P<named>{_ASKED})?{name}(?<=[^\d\s])\**\s\**(?P<n>{_NUMBER})\s?/\s?(?P<m>{_NUMBER})(?![\w.]*\d)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<![\w.])(?P<named>{_ASKED})?{name}\**\s?(?:[:=–—-]>?|→|\bgets\b|\breceives\b)\s?\**"
            rf"(?P<award>(?:award(?:ed)?|earned|scored?|gets|receives|marks? awarded)\s?:?\s?)?"
            rf"{number}{of}(?P<unit>\s?(?:{languages.UNIT}))?(?![\w.]*\d)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?P<award>\b{awards})\s(?:(?:him|her|them|the student|only|just)\s)?{number}{of}"
            rf"\s?(?:marks?|points?)?\s(?:for|on|to|in)\s{_ASKED}?{name}(?!\w|\.\d)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"{_ASKED}{name}(?!\w|\.\d)[^.\n|]{{0,40}}?(?P<award>\b{awards})\s(?:(?:it|only|just)\s)?{number}{of}",
            re.IGNORECASE,
        ),
        # "**1a** – the student earns 3/3 marks.", but not "1a: earns 1 for the method".
        re.compile(
            rf"^[\s>*#•-]{{0,6}}{_ASKED}?{name}\**\s?[:–—-]\**[^.\n|]{{0,60}}?(?P<award>\b{awards})\s"
            rf"(?:(?:it|only|just)\s)?{number}(?=[\s/](?:/|out of|of|marks?\b|points?\b)|/)"
            rf"{of}(?P<unit>\s?(?:marks?|points?))?+(?!\s(?:for|on)\b)",
            re.IGNORECASE | re.MULTILINE,
        ),
    )


_HAS_DIGIT = re.compile("[0-9]")
_NOTED = re.compile(
    rf"\b(?:award(?:ed|ing)?|scor(?:e[sd]?|ing)|total|marks?|gets?|receive[sd]?|earn(?:s|ed)?|grade[sd]?)\b\W{{0,3}}"
    rf"(?:is |of |as |at |marks? )?(?P<n>{_NUMBER})\s?(?:/|out of|of)\s?(?P<m>{_NUMBER})"
    rf"|(?P<n2>{_NUMBER})\s?(?:/|out of)\s?(?P<m2>{_NUMBER})\s?(?:marks?|points?)\b",
    re.IGNORECASE,
)


# Without the maximum: "total 2 marks", "only 1 mark can be given", but not "only 1 mark for the method".
_NOTED_ALONE = re.compile(
    rf"\b(?:reduced|lowered|raised|changed|corrected) to (?P<n3>{_NUMBER})(?![\w.]*\d)"
    rf"(?=\s(?:because|as|since|marks?)\b|\W?\Z)"
    rf"|\b(?:i (?:give|award)|(?:the )?student (?:gets|receives|earns|scores))\s(?P<n4>{_NUMBER})\s(?:marks?|points?)"
    rf"(?=\s(?:here|overall|as|because|in total)\b|\s?[.;]|\s?\Z)"
    rf"|\btotal\s?[:=]\s?(?P<n5>{_NUMBER})(?=\s?[.;]?\s?\Z)|得\s?(?P<n6>{_NUMBER})\s?分\W?\Z"
    rf"|\btotal(?:s|ling| of| is|:)?\s(?:(?:of|is)\s)?(?P<n>{_NUMBER})\s(?:marks?|points?)\b"
    rf"|\bonly\s(?:award(?:ed|ing)?\s)?(?P<n2>{_NUMBER})\s(?:marks?|points?)"
    rf"(?:\s(?:can|could|may|is|was|has|have|should)\s(?:only\s)?(?:be|been)?\s?(?:given|awarded|earned|deserved)|\s(?:given|awarded|earned))?+"
    r"(?=\s(?:as|because|since|overall|in all|in total)\b|\s?[.;,:]|\s?\Z)",
    re.IGNORECASE,
)
_NOTED_LOSS = re.compile(
    rf"(?<!would )(?<!could )(?<!have )(?<!not )(?<!never )\b(?:lost|loses|deduct(?:ed|ing)?|minus|dropped|docked)\s"
    rf"(?P<n>{_NUMBER})\s(?:marks?|points?)\b"
    rf"|(?P<n2>{_NUMBER})\s(?:marks?|points?)\s(?:is |are |was |were )?(?:lost|deducted|dropped|docked|off)\b",
    re.IGNORECASE,
)


# Beside full marks any loss is one too many.
_NOTED_ANY_LOSS = re.compile(
    # The boundary and the first letter stand first: they rule most places out at once.
    r"\b(?=[ld])(?<!would )(?<!could )(?<!have )(?<!not )(?<!never )"
    r"(?:lost|los(?:es|ing)|deduct(?:s|ed|ing)?|dock(?:s|ed)?)\s"
    r"(?:an?|one|two|half an?)\s(?:marks?|points?)\b"
    r"|\b(?:one|two|half an?)\s(?:marks?|points?)\s(?:is |are |was |were )?(?:lost|deducted|dropped|docked)\b"
    r"|\A\W{0,3}(?:completely|totally|entirely|wholly) (?:incorrect|wrong)\b"
    # "-1 for a sign error" opens a sentence; "x = -1 for the first root" does not, "- 1 for method" is an award.
    rf"|(?:\A|[.;(,]\s?|\n\s{{0,8}})[-−–]{_NUMBER}\s(?:(?:marks?|points?|pts?)\s)?(?:for|because)\b"
    rf"|\bpuntos? (?:descontad|menos)\w*|\bpunkte? (?:abzug|abgezogen)|扣\s?{_NUMBER}\s?分",
    re.IGNORECASE,
)
_CODES = re.compile(r"(?<![A-Za-z0-9])((?:[MAB][0-3][ ,;]{0,2}){2,12})(?![A-Za-z0-9])")


_NOTHING_BUT_CODES = re.compile(
    r"\W{0,3}((?:[MAB][0-3][ ,;]{0,2}){2,12})(?:(?:are |were )?(?:awarded|earned|given|scored))?\W{0,3}"
)


def _all_codes(notes: str) -> list[tuple[float, str]]:
    """The sum of the codes of a note that is nothing but codes: "M1 A0 B0"."""
    match = _NOTHING_BUT_CODES.fullmatch(notes)
    return [(float(sum(map(int, re.findall(r"\d", match[1])))), match[1].strip())] if match else []


def _loss_beside_full_marks(notes: str, question: Question, mark: float) -> str | None:
    """A loss that a note tells although its `mark` is the maximum: in words, or as codes such as "M1 A0"."""
    if mark <= 0 or abs(mark - question.max_marks) > _LEAST_UNIT:
        return None
    if loss := _NOTED_ANY_LOSS.search(notes):
        return loss[0]
    codes = _CODES.findall(notes)
    digits = [int(digit) for digit in re.findall(r"\d", codes[0])] if len(codes) == 1 else []
    return codes[0].strip() if 0 in digits and sum(digits) < mark else None


def _loss_beyond(notes: str, question: Question, mark: float) -> str | None:
    """A loss that a note tells and that leaves less than `mark`: "Lost 1 mark" beside full marks."""
    if mark > 0 and (loss := loss_beyond(notes, question, mark)):
        return loss
    for match in _NOTED_LOSS.finditer(notes) if _HAS_DIGIT.search(notes) else ():
        if float(match["n"] or match["n2"]) + mark > question.max_marks + _LEAST_UNIT:
            return match[0]
    return _loss_beside_full_marks(notes, question, mark)


def noted_mark(notes: str | None, question: Question, mark: float) -> str | None:
    """What a note says of the whole mark ("awarded 1 out of 3") where no such words agree with `mark`."""
    if not notes or says_nothing(notes):
        return None
    return search(notes, question, mark)


def search(notes: str, question: Question, mark: float) -> str | None:
    """The same for a note that may speak of a mark."""
    notes = as_plain_numbers(notes)
    if against := declines(notes) or _loss_beyond(notes, question, mark):
        return against
    said = [*shares(notes, question), *statements(notes, question), *_all_codes(notes)]
    said += [] if (opening := _opening(notes, question)) is None else [opening]
    has_number = _HAS_DIGIT.search(notes) is not None
    for match in _NOTED.finditer(notes) if has_number else ():
        number, of = float(match["n"] or match["n2"]), float(match["m"] or match["m2"])
        if of == question.max_marks:
            said.append((number, match[0].strip()))
    for match in _NOTED_ALONE.finditer(notes) if has_number else ():
        # The last of several parts is not the whole.
        if match["n6"] and notes.count("分") > 1:
            continue
        number = float(next(filter(None, match.groups())))
        if abs(number - question.max_marks) > _LEAST_UNIT:
            said.append((number, match[0].strip()))
    if not said or any(abs(number - mark) <= _LEAST_UNIT for number, _ in said):
        return None
    return said[0][1]


_POINTS = r"(?:(?:marks?|points?|punkte?n?|puntos?|pontos?)\s)?"
_NOTE_OPENING = re.compile(
    rf"\A\W{{0,3}}(?:(?P<full>full (?:marks?|credit)\b)(?! for| lost| if)|(?P<half>half (?:marks?|credit)\b)(?! for)|"
    rf"(?P<none>(?:no|0|zero) (?:marks?|credit)\b(?! (?:were |was |is )?(?:lost|deduct|off|taken|for\b))"
    rf"|(?:blank|unanswered|not attempted|no (?:answer|attempt|response)(?: given| written)?)\s?(?:[.;:]|\Z)"
    r"|illegible\W{1,2}(?:can ?not|can't|could not) be (?:marked|graded))"
    rf"|(?:(?:only|nur|just|seulement|solo)\s)?(?P<n>{_NUMBER})\s?{_POINTS}(?:/|out of|von|sur|de)\s?"
    rf"(?P<m>{_NUMBER})(?=\W|\Z)(?! of))",
    re.IGNORECASE,
)


def _opening(notes: str, question: Question) -> tuple[float, str] | None:
    """What the first words of a note say of the whole mark: "Full marks", "0 marks", "2/3:"."""
    match = _NOTE_OPENING.match(notes)
    if match is None or (match["m"] and float(match["m"]) != question.max_marks):
        return None
    if match["full"] or match["half"]:
        return question.max_marks * (1.0 if match["full"] else 0.5), match[0].strip()
    return (0.0 if match["none"] else float(match["n"])), match[0].strip()

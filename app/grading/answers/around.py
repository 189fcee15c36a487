"""Read the words around a piece of JSON: do they call it a draft, an example or the key, or take its marks back?"""

import re
from collections.abc import Sequence

from app.grading.answers.glossary import KNOWN_ENGLISH, gloss
from app.grading.answers.keys import Meaning, meaning

_LONGEST_CLAUSE = 200
_FENCE_BEFORE = re.compile(r"(?:```|~~~)[ \t]*[\w-]{0,20}\s*\Z")
_CLAUSE_END = re.compile(r"[.;!?](?=\s)|\n")


def _any_of(*phrases: str, before: str = "") -> re.Pattern[str]:
    return re.compile(rf"{before}\b(?:{'|'.join(phrases)})\b", re.IGNORECASE)


_ASIDE = _any_of(
    "drafts?", "first (?:pass|attempt|try|version|look|read(?:ing)?|thought|impression|round|go)",
    "at first", "initial(?:ly)?", "preliminary", "provisional(?:ly)?",
    "tentative(?:ly)?", "rough", "earlier",
    "previous(?:ly)?", r"before (?:revis|correct|check|look)\w*", "examples?", r"e\.g", "for instance", "samples?",
    "placeholder", "dummy", r"hypothetical\w*", "would", "perfect", "let me try", "let's (?:try|see)", "maybe",
    "perhaps",
    r"suppos\w+",
    r"assuming (?:full|the student|a perfect|all)", "might",
    "if (?:the|a|all|every|they|he|she)", r"maxim\w+", "full marks",
    r"student\b.{0,20}\b(?:wrote|writes?|written|put|claim\w*|says?|add\w*)",
    "(?:page|scan|script|note) (?:says|reads)", r"quot\w+", r"inject\w*", "key (?:says|gives|reads|is|has|awards)",
    "the (?:answer |marking )?key", r"ignor\w+", r"disregard\w*", "not (?:my|the) (?:answer|marks)",
    "wrong(?:ly)?", "mistaken(?:ly)?", "carr(?:y|ies)", "look(?:s|ed)? like", "of the form",
)  # fmt: skip
_ENDED_ASIDE = _any_of("drafts?", "first (?:pass|attempt|try)", "examples?", "preliminary", "tentative", "placeholder")
# "According to the key:", but not "The marks according to the key:".
_KEY_LABEL = re.compile(r"\A(?:(?!mark|grad|assess|result|score).)*\bkey\W*\Z", re.IGNORECASE)
_THOUGHT_LABEL = re.compile(
    r"\A\W*(?:my )?(?:thinking|reasoning|thoughts?|scratchpad|working)\s*:|"
    r"\b(?:thinking|reasoning|thoughts?|scratchpad)\W*\Z",
    re.IGNORECASE,
)
# These words are as common beside an answer: they count where another piece may be the answer.
_DOUBTFUL = _any_of(
    "format", "template", "schema", "shape", "max(?: marks)?", "available", "possible", "out of", "worth",
    "weights?", "written (?:on|by)", "(?:on|from) the (?:page|scan|script|paper|sheet)", "prompt",
    "(?:answer|marking|mark|grading) (?:key|scheme)", "model (?:answer|solution)", "rubric", r"teacher\w*",
    "(?:other|first|second|human|original) (?:examiner|marker|human)", "colleague", "moderator", "scratch",
    "question list", "questions? (?:are|list)", "paper has",
)  # fmt: skip
# A label of other numbers than marks: "Marks lost:", "Class average:", "Marks in percent:".
_OTHER_NUMBERS = _any_of(
    "(?:marks?|points?|scores?) (?:that were |which were |still )?(?:lost|deducted|missing|withheld|dropped|remaining|left)",
    "(?:lost|deducted|missing|remaining) (?:marks?|points?|scores?)", "deductions?", "penalt(?:y|ies)", "averages?",
    "(?:mean|median) (?:marks?|scores?|grades?)", r"(?:in|as|en|em)(?: an?)? per ?cent\w*", "(?:an)?other students?",
    "class", "difference", "confidence",
)  # fmt: skip
_LONGEST_LABEL = 80
# Words that make the same clause speak of the answer: "the marks in the requested format".
_ANSWER = _any_of(
    "final(?:ly|ised|ized)?", "my (?:marks?|answer|assessment|grading|evaluation|scores?)", "here are the marks",
    "marks? awarded", r"i (?:have )?(?:award|mark|grad|assess)\w*",
    "(?:requested|required|specified) (?:json )?(?:format|form|schema)", "based on", "according to", "following",
    "in accordance", "against the", "as per", "corrected", "revised", "(?:as|you) (?:asked|requested)",
)  # fmt: skip
_NOT_AFTER_ALL = _any_of(
    "no answer", "not (?:an|my|the|a) (?:answer|final|real)", "not final", "drafts?", "only an? example",
    "just an? example", "an example", "my first (?:pass|attempt|try)", "first pass", "ignore", "disregard",
    r"discard\w*", "withdrawn", "superseded",
    "crossed out", "struck out", r"student's|student (?:wrote|text|put)", r"maxim\w+", "placeholder",
    "answer key", "mark(?:ing)? scheme", "format",
    # "{...} which is no answer", "{...} (draft)"
    before=r"^(?:\s{0,3}\(|\W{0,5}(?:which|that|this|these|those|it|they|the above|is|was|are|were)\b.{0,30}?)",
)  # fmt: skip
_TAKEN_BACK = _any_of(
    "wait", "actually", "correction", "on (?:second|closer|further) (?:thought|look|inspection|reading)",
    "on reflection", "mistake", "error", r"should (?:have been|be|read|get|receive)(?: only)? [0-9.]+",
    r"(?:must|need to|have to|let me|will|'ll|i) (?:correct|revise|change|adjust|amend|lower|raise|reduce|re-?\w+)",
    r"(?:revised|corrected|updated|amended|changed|lowered|raised|reduced)", r"(?:instead of|rather than) [0-9.]+",
    "not final",
    r"(?:change|set|lower|raise)\b.{0,20}? to [0-9.]+", "too (?:generous|harsh|strict|lenient)(?:ly)?", "edit(?=:)",
    r"replac\w+", r"withdraw\w*", "take back", r"must be [0-9.]+",
)  # fmt: skip
# "2 instead of 3", "Correction: ..." as models write them in other languages than English.
_TAKEN_BACK_ABROAD = re.compile(
    r"\b(?:korrektur\s?:|korrigier\w*|berichtig\w*|(?:an)?statt\s[0-9.]+|sondern|versehentlich|"
    r"(?:sollten?|müssten?)(?: nur)?\s[0-9.]+|"
    r"(?:devraient|devrait|deber[ií]an?|deveriam?|dovrebbe(?:ro)?) (?:être|ser|essere) (?:de )?[0-9.]+|irrtümlich\w*|"
    r"rectifi\w*|au lieu de|et non|plutôt que|en fait|"
    r"correcci[oó]n|corrig\w*|en (?:lugar|vez) de|en realidad|"
    r"correzione|invece di|in realtà|anziché|correç(?:ão|ões)|em vez de|na verdade|"
    r"đính chính|sửa lại|thay vì|διόρθωση|διορθών\w*|αντί|виправлення|замість|koreksi|pembetulan|oprava|opraveno|namísto|"
    r"korjaus|rettelse|i stedet for|javítás|helyesbítés|corect(?:ură|are)|în loc de|"
    r"correctie|gecorrigeerd|in plaats van|zamiast|korekta|rättelse|i stället för|düzeltme|yerine)"
    r"|更正|订正|訂正|改为|改為|应为|應為|应该是|應該是|而不是|而非|ではなく|정정|수정:|아니라|исправлен|поправка|вместо|"
    r"תיקון|במקום|แก้ไข|แทนที่|اصلاح:|সংশোধন|திருத்தம்|"
    r"بدلا من|بدلاً من|تصحيح:|सुधार",
    re.IGNORECASE,
)
_AN_OFFER = _any_of("let me know", "if you", "if needed", "if i should", "please check", "for example")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_TAKEN_BACK_WHOLLY = _any_of(
    "(?:ignore|disregard|discard|forget|do not use|don't use|withdraw) (?:the above|that|this|these|those|all|it)",
    "scratch that", "the above (?:is|was|are|were) (?:wrong|not|a draft|only|just|an example)",
    "not (?:my )?final",
)  # fmt: skip
_SPEAKS_OF_MARKS = _any_of(
    "marks?",
    "marking",
    "marked",
    "awarded",
    "scores?",
    "grades?",
    "grading",
    "graded",
    "assessment",
    "result",
    "evaluation",
)
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_KEYED_NUMBER = re.compile(
    rf"""(?:["'“”]([^"'“”\n]{{1,40}})["'“”]|\b([A-Za-z]{{1,20}}(?:_[A-Za-z]{{1,20}}){{1,3}}))\s{{0,9}}[:=]\s{{0,9}}["'“”]?-?{_NUMBER}"""
)


def clause_before(text: str, start: int, floor: int = 0) -> str:
    """The clause that leads to the piece at `start`; empty where it begins the text. `floor` is where the piece before
    it ends: what stands behind that on the same line speaks of that one.
    """
    between = text[max(floor, start - 2 * _LONGEST_CLAUSE) : start]
    if floor and not between.lstrip(" \t").startswith("\n"):
        own = _CLAUSE_END.search(between)
        between = between[own.end() :] if own else between
    before = _FENCE_BEFORE.sub("", between.rstrip()).rstrip().rstrip("*_#>`([\"'").rstrip()
    ends = [match.end() for match in _CLAUSE_END.finditer(before.rstrip(".;!?"))]
    return before[ends[-1] if ends else 0 :][-_LONGEST_CLAUSE:]


def _is_aside(clause: str, *, strictly: bool) -> bool:
    """Whether the clause before a piece says, in any language of the glossary, that it is no answer."""
    foreign = gloss(clause)
    return _labels_other_numbers(clause) or any(_says_aside(one, strictly=strictly) for one in (clause, foreign) if one)


def _labels_other_numbers(clause: str) -> bool:
    is_label = clause.endswith(":") and len(clause) <= _LONGEST_LABEL
    return is_label and any(_OTHER_NUMBERS.search(one) for one in (clause, gloss(clause)))


def _says_aside(clause: str, *, strictly: bool) -> bool:
    """Whether the clause says so in English. A sentence that has ended says so in few words."""
    if clause.endswith((".", "!", "?")):
        return bool(_ENDED_ASIDE.search(clause)) and not _ANSWER.search(clause)
    if _KEY_LABEL.search(clause):
        return True
    said = _ASIDE.search(clause) or _THOUGHT_LABEL.search(clause) or (strictly and _DOUBTFUL.search(clause))
    return bool(said) and not _ANSWER.search(clause)


def why_aside(text: str, start: int, end: int, *, floor: int = 0, strictly: bool) -> str | None:
    """Why the piece of `text` from `start` to `end` is no answer, by the words beside it; None where they say nothing.

    `strictly` takes doubtful words for it too: for a piece that may be the answer beside another one.
    """
    before = clause_before(text, start, floor)
    line = text[text.rfind("\n", 0, start) + 1 : start]
    after = _CLAUSE_END.split(text[end : end + _LONGEST_CLAUSE].lstrip("`~").lstrip(" \t"), maxsplit=1)[0]
    if line.lstrip().startswith(">"):
        return "It stands in a quotation."
    if _is_aside(before, strictly=strictly):
        return f"The words before it say that it is no answer: {before.strip()[-80:]!r}."
    if _NOT_AFTER_ALL.search(after) and not _ANSWER.search(after):
        return f"The words after it say that it is no answer: {after.strip()[:80]!r}."
    return None


def speaks_of_awards(prose: str) -> bool:
    """Whether the words around a bare map say that it holds marks, and nothing else: no number, no maximum. In another
    language than English every word must be known: an unknown one may say "lost".
    """
    words = prose.replace("```json", " ").replace("```", " ").strip()
    if not words:
        return True
    if any(character.isdigit() for character in words) or not _speaks_of_nothing_else(words):
        return False
    return bool(_SPEAKS_OF_MARKS.search(words)) or bool(_SPEAKS_OF_MARKS.search(_known_gloss(words)))


def _speaks_of_nothing_else(words: str) -> bool:
    against = (_ASIDE, _DOUBTFUL, _OTHER_NUMBERS)
    return not any(pattern.search(one) for pattern in against for one in (words, gloss(words)))


def _known_gloss(words: str) -> str:
    """The English of words that are all in the glossary; empty where one of them is not."""
    foreign = gloss(words)
    return foreign if all(word in KNOWN_ENGLISH or not word.isalnum() for word in foreign.split()) else ""


_HEADS_MAXIMA = _any_of(
    r"max\w*", "available", "possible", "out of", "worth", "weights?", "full marks", "carr(?:y|ies)", r"allocat\w+",
)  # fmt: skip
_HEADS_AWARDS = _any_of(
    "awarded", "awards?", "earned", "obtained", "scored", r"my (?:marks?|grading|grades?|assessment)", "final"
)


def heads_awards(clause: str) -> bool:
    """Whether the clause before a map names it as the awarded marks: "Marks awarded:", "Erreichte Punkte:"."""
    names = _HEADS_AWARDS.search(clause) or _HEADS_AWARDS.search(_known_gloss(clause))
    return bool(names) and _speaks_of_nothing_else(clause) and not _HEADS_MAXIMA.search(clause)


def heads_no_awards(clause: str) -> bool:
    """Whether the clause before a map names it as the maxima: "Maximum marks:", "Barème :"."""
    either = [clause, gloss(clause)]
    return any(map(_HEADS_MAXIMA.search, either)) and not any(map(_HEADS_AWARDS.search, either))


def takes_back(after: str) -> str | None:
    """The words behind the last piece that take marks back; None where there are none."""
    words = after.strip()
    if match := _TAKEN_BACK_WHOLLY.search(words):
        return words[match.start() :][:80]
    for sentence in _SENTENCE_END.split(words):
        has_digit = any(character.isdigit() for character in sentence)
        match = (_TAKEN_BACK.search(sentence) or _TAKEN_BACK_ABROAD.search(sentence)) if has_digit else None
        if match and not _AN_OFFER.search(sentence):
            return sentence[match.start() :][:80]
    return None


def keyed_award(text: str) -> str | None:
    """A mark under the key of an award in text that is no readable JSON; None where there is none."""
    for match in _KEYED_NUMBER.finditer(text):
        key = match[1] or match[2]
        if meaning(key) in {Meaning.AWARD, Meaning.PLAIN}:
            return match[0]
    return None


def outside(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` without the pieces at `spans`, which are in order."""
    kept, position = [], 0
    for start, end in spans:
        kept.append(text[position:start])
        position = max(position, end)
    return " \n".join([*kept, text[position:]])

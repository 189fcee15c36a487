"""Question ids in the spelling of two writers: ids that look the same on paper are the same."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc`\u00b4\uff07"), "'")
_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"), '"')
_ALIKE = _INVISIBLE | _HYPHENS | _APOSTROPHES | _QUOTES
_BLANKS = re.compile(r"\s+")


def folded(question_id: str) -> str:
    """`question_id` for comparing: in Unicode's NFC, trimmed, every run of blanks one blank, every hyphen and quotation
    mark of one kind, nothing invisible. Letters keep their case, numbers their digits.
    """
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", question_id).translate(_ALIKE)).strip()


class QuestionIds:
    """The configured ids; finds the one that another spelling means."""

    def __init__(self, configured: Iterable[str], numbers: Mapping[str, int] | None = None) -> None:
        self._configured = frozenset(configured)
        self._numbers = numbers or {}
        self._by_fold: dict[str, list[str]] = defaultdict(list)
        for question_id in self._configured:
            self._by_fold[folded(question_id)].append(question_id)

    def __contains__(self, question_id: object) -> bool:
        return question_id in self._configured

    def __len__(self) -> int:
        return len(self._configured)

    def is_number_of(self, written: str, question_id: str) -> bool:
        """Whether `written` is the number of this question, which stands beside its id in lists."""
        return question_id in self._numbers and written == str(self._numbers[question_id])

    def match(self, written: str) -> str:
        """The configured id that `written` means; `written`, trimmed, where none or more than one fits."""
        if written in self._configured:
            return written
        alike = self._by_fold.get(folded(written), ())
        return alike[0] if len(alike) == 1 else written.strip()

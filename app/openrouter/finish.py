"""The meaning of the finish reasons of OpenRouter and of the providers."""

import re
from enum import Enum


class End(Enum):
    """How an answer ended. `UNSAID`: it is complete, as far as the reply says."""

    CUT = "the output limit was reached"
    TOO_LONG = "the context window was full"
    FILTERED = "a content filter stopped it"
    REFUSED = "the model refused"
    BROKEN = "the provider failed while it answered"
    UNSAID = ""


# In this order: a word belongs to the first line that it matches. Words are compared without case, - and blanks as _.
_MEANINGS: tuple[tuple[End, re.Pattern[str]], ...] = (
    (End.UNSAID, re.compile(r"^(stop|stop_sequence|end_turn|tool_calls?|tool_use|function_call|completed?|eos|end)$")),
    (End.TOO_LONG, re.compile(r"context_(window|length)|(window|context).*exceed")),
    (End.CUT, re.compile(r"^(max_?)?length$|max_.*tokens?|token_limit|model_length|truncat|max_?tokens|max_output")),
    (
        End.FILTERED,
        re.compile(r"filter|safety|recitation|sensitive|block(ed|list)|prohibited|spii|moderat|guardrail|polic(y|ies)"),
    ),
    (End.REFUSED, re.compile(r"refus")),
    (
        End.BROKEN,
        re.compile(
            r"error|network|resource|overload|abort|cancel|timeout|timed_out|fail|malformed|unavailable|interrupt|"
            r"unexpected_tool|disconnect"
        ),
    ),
)


def end_of(*words: str | None) -> End:
    """The end that one of the words names: `stop` beside a provider's MAX_TOKENS means that the answer was cut."""
    told = [_meaning(word) for word in words if word]
    return next((end for end in told if end is not End.UNSAID), End.UNSAID)


def _meaning(word: str) -> End:
    folded = re.sub(r"[\s-]+", "_", word.strip().lower())
    return next((end for end, pattern in _MEANINGS if pattern.search(folded)), End.UNSAID)

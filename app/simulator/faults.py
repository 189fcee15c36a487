"""The faults of requests, and the choice of the requests that have them. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Fault(StrEnum):
    """One way in which OpenRouter, a provider, the network or a model fails."""

    HTTP_400 = "http_400"
    HTTP_401 = "http_401"
    HTTP_402 = "http_402"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_408 = "http_408"
    HTTP_413 = "http_413"
    HTTP_422 = "http_422"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    HTTP_504 = "http_504"
    HTTP_524 = "http_524"
    HTTP_529 = "http_529"
    IMAGE_DOWNLOAD_FAILED = "image_download_failed"  # 400 that a second request overcomes

    RESET_BEFORE = "reset_before"  # connection reset after the request was read
    RESET_MID_BODY = "reset_mid_body"
    CLOSE_BEFORE = "close_before"  # connection closed in good order, without an answer
    HANG = "hang"  # never answers; the connection stays open
    BLANKS = "blanks"  # keep-alive blanks before an otherwise good body
    DRIP = "drip"  # a good body in small pieces over `drip_seconds`

    ERROR_IN_200 = "error_in_200"  # top-level `error`
    ERROR_IN_CHOICE = "error_in_choice"  # `choices[0].error` beside partial content
    CHOICES_NULL = "choices_null"
    CHOICES_EMPTY = "choices_empty"
    HTML = "html"  # an HTML page with status 200

    FENCED = "fenced"  # good marks in a Markdown fence
    PROSE = "prose"  # good marks between sentences, after a think block
    UNSTORABLE = "unstorable"  # good marks; notes with NUL and a lone surrogate
    UNKNOWN_QUESTION = "unknown_question"  # good marks, and one for an unknown question
    ABSTAINED = "abstained"  # good marks, except for one question that the model declines to mark
    MALFORMED = "malformed"  # JSON with a syntax error, finish_reason stop
    TRUNCATED = "truncated"  # cut off, finish_reason length
    INCOMPLETE = "incomplete"  # questions missing
    OUT_OF_RANGE = "out_of_range"  # one mark above its maximum
    NULL_CONTENT = "null_content"
    CONTENT_FILTER = "content_filter"  # no content, finish_reason content_filter
    UNREADABLE = "unreadable"  # text without any marks in it


HTTP_STATUS = {fault: int(fault[5:]) for fault in Fault if fault.startswith("http_")}

# The client has the whole answer. Another request for the same call would be wasted money.
HARMLESS = frozenset(
    {
        Fault.BLANKS,
        Fault.DRIP,
        Fault.FENCED,
        Fault.PROSE,
        Fault.UNSTORABLE,
        Fault.UNKNOWN_QUESTION,
        Fault.ABSTAINED,
    }
)

# The client gets no whole completion, so the model's text does not matter.
WITHOUT_COMPLETION = frozenset(
    {
        *HTTP_STATUS,
        Fault.IMAGE_DOWNLOAD_FAILED,
        Fault.RESET_BEFORE,
        Fault.RESET_MID_BODY,
        Fault.CLOSE_BEFORE,
        Fault.HANG,
        Fault.ERROR_IN_200,
        Fault.ERROR_IN_CHOICE,
        Fault.CHOICES_NULL,
        Fault.CHOICES_EMPTY,
        Fault.HTML,
    }
)

# Only answers with marks have these faults. Criteria are always whole.
MARKS_ONLY = frozenset({Fault.UNKNOWN_QUESTION, Fault.ABSTAINED, Fault.OUT_OF_RANGE})

# 401 and 402 concern the account and stop a whole run, so they are not among the faults of answers.
_MIXED = [fault for fault in Fault if fault not in {Fault.HTTP_401, Fault.HTTP_402}]

PRESETS: Mapping[str, Mapping[Fault, float]] = {
    "none": {},
    "mixed": dict.fromkeys(_MIXED, 0.39 / len(_MIXED)),  # 39 % of answers faulty, all kinds alike
}


def choose_fault(
    rates: Mapping[Fault, float], sequence: tuple[Fault | None, ...], nth: int, draw: float
) -> Fault | None:
    """The fault of a call's n-th request (from 1): the one in `sequence`, and after its end one by `draw` in [0, 1).

    `rates` are the probabilities of each fault and add up to 1 at most.
    """
    if nth <= len(sequence):
        return sequence[nth - 1]
    for fault, rate in rates.items():
        draw -= rate
        if draw < 0:
            return fault
    return None

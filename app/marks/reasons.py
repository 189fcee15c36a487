"""The one list of reasons why a mark or a call is missing. SQL, Python and docs/reasons.md use the same words."""

from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """What a reason is about. The values are the headings of docs/reasons.md."""

    NO_MARK = "No mark: the question counts as missing"
    REFUSED = "A mark was given and refused: the question counts as invalid"
    REMARK = "Remarks: they cost no mark"
    NO_ANSWER = "No answer: the whole attempt is without marks"


class Reason(StrEnum):
    """Stored, and shown with a message. `sentence` is the message unless the place that found it knows more;
    `advice` says what to do.
    """

    kind: Kind
    sentence: str
    advice: str

    def __new__(cls, value: str, kind: Kind = Kind.NO_ANSWER, sentence: str = "", advice: str = "") -> Self:
        # The defaults are for look-ups by value alone, such as Reason("missing").
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind, member.sentence, member.advice = kind, sentence, advice
        return member

    MISSING = (
        "missing",
        Kind.NO_MARK,
        "The answer leaves this question out.",
        "The model was asked twice. Start the session again to ask for the missing questions.",
    )
    DUPLICATE = (
        "duplicate",
        Kind.REFUSED,
        "The answer gives this question different marks.",
        "Start the session again, or decide in the review queue.",
    )
    SEVERAL_ENTRIES = (
        "several_entries",
        Kind.REFUSED,
        "The answer marks parts of this question, and parts are not the question's mark.",
        "Configure each part as a question, or use a template that asks for parts: then they are added up.",
    )
    OTHER_MAXIMUM = (
        "other_maximum",
        Kind.REFUSED,
        "The answer marks this question out of another maximum than its own.",
        "Check the question's maximum against the answer key, then start the session again.",
    )
    CONTRADICTORY = (
        "contradictory",
        Kind.REFUSED,
        "The answer contradicts itself about this question.",
        "The finding shows both values. Start the session again, or decide in the review queue.",
    )
    UNREADABLE = (
        "unreadable",
        Kind.REFUSED,
        "The mark is not a number.",
        "Start the session again. If it returns, ask for plain numbers in the prompt template.",
    )
    OUT_OF_RANGE = (
        "out_of_range",
        Kind.REFUSED,
        "The mark is below 0 or above the question's maximum.",
        "Check the question's maximum, then start the session again.",
    )
    ABSTAINED = (
        "abstained",
        Kind.NO_MARK,
        "The model declined to mark this question.",
        "Read its note: often the scan is illegible or a page is missing. The question is not asked again.",
    )
    PARSE = (
        "parse",
        Kind.NO_MARK,
        "Nothing in the model's answer could be read as marks.",
        "Start the session again. If it returns with your own prompt template, compare it with the default one.",
    )
    CALL_FAILED = (
        "call_failed",
        Kind.NO_MARK,
        "The call gave no answer.",
        "The message says why; the table of calls below says what to do.",
    )
    NO_KEY = (
        "no_key",
        Kind.NO_MARK,
        "The question has no letter as its answer, so that code cannot mark it.",
        "Set the question's answer to A, B, C or D, then start the session again.",
    )
    QUESTION_CHANGED = (
        "question_changed",
        Kind.NO_MARK,
        "The question was changed after it was marked.",
        "Start the session again: only changed questions' attempts are asked anew.",
    )
    PAGES_CHANGED = (
        "pages_changed",
        Kind.NO_MARK,
        "The pages were changed after this was marked.",
        "Start the session again: the new pages are marked.",
    )
    UNKNOWN_QUESTION = (
        "unknown_question",
        Kind.REMARK,
        "The answer marks a question that was not asked.",
        "Nothing, unless a configured question is missing: then its id may be misspelt on the script.",
    )

    UNAUTHORIZED = (
        "unauthorized",
        Kind.NO_ANSWER,
        "OpenRouter did not accept the API key.",
        "Set OPENROUTER_API_KEY to a valid key and restart the server. The run was stopped.",
    )
    NO_CREDIT = (
        "no_credit",
        Kind.NO_ANSWER,
        "The OpenRouter account has not enough credit.",
        "Add credit at OpenRouter, then start the session again. The run was stopped.",
    )
    TOO_EXPENSIVE = (
        "too_expensive",
        Kind.NO_ANSWER,
        "The OpenRouter account cannot pay for a call as large as this one.",
        "Add credit, or choose a cheaper model. Other models go on.",
    )
    PROVIDER_ACCOUNT = (
        "provider_account",
        Kind.NO_ANSWER,
        "The model's provider refuses the account or the key that OpenRouter uses there.",
        "Check your own provider keys at OpenRouter (BYOK) and their balance, or choose another provider or model.",
    )
    REGION = (
        "region",
        Kind.NO_ANSWER,
        "The model's provider does not serve the region of this request.",
        "Choose another provider or model.",
    )
    RATE_LIMITED = (
        "rate_limited",
        Kind.NO_ANSWER,
        "OpenRouter limits how often this model may be asked.",
        "Start the session again when the limit has ended; models whose names end in :free have daily limits.",
    )
    DEADLINE = (
        "deadline",
        Kind.NO_ANSWER,
        "The model did not answer in time.",
        "Raise GRADING_CALL_TIMEOUT_SECONDS or choose a faster model. The request may have been billed.",
    )
    PROVIDER_TIMEOUT = (
        "provider_timeout",
        Kind.NO_ANSWER,
        "The model's provider took too long.",
        "Start the session again later.",
    )
    PROVIDER_ERROR = (
        "provider_error",
        Kind.NO_ANSWER,
        "The model's provider failed.",
        "Start the session again later, or choose another provider or model.",
    )
    UNREACHABLE = (
        "unreachable",
        Kind.NO_ANSWER,
        "OpenRouter could not be reached.",
        "Check the network of the server and OPENROUTER_BASE_URL. Nothing was billed.",
    )
    CONNECTION_LOST = (
        "connection_lost",
        Kind.NO_ANSWER,
        "The connection to OpenRouter broke.",
        "Start the session again. The request may have been billed.",
    )
    BAD_RESPONSE = (
        "bad_response",
        Kind.NO_ANSWER,
        "OpenRouter's reply could not be read.",
        "Check that OPENROUTER_BASE_URL is the address of an API and not of a web page.",
    )
    EMPTY_ANSWER = (
        "empty_answer",
        Kind.NO_ANSWER,
        "The model gave an empty answer.",
        "Start the session again, or choose another model.",
    )
    ONLY_THOUGHT = (
        "only_thought",
        Kind.NO_ANSWER,
        "The model only thought and gave no answer.",
        "Ask for less reasoning, or choose another model. The thinking is stored with the call.",
    )
    OUT_OF_OUTPUT_TOKENS = (
        "out_of_output_tokens",
        Kind.NO_ANSWER,
        "The model ran out of output tokens before its answer was complete.",
        "Ask for less reasoning, or choose a model with a larger output limit.",
    )
    CONTENT_FILTER = (
        "content_filter",
        Kind.NO_ANSWER,
        "The model's content filter stopped the answer.",
        "Choose another model for this script.",
    )
    REFUSED = (
        "refused",
        Kind.NO_ANSWER,
        "The model refused to mark this script.",
        "Choose another model for this script.",
    )
    TOO_LONG = (
        "too_long",
        Kind.NO_ANSWER,
        "The pages and questions are too much for this model.",
        "Choose a model with a longer context, or smaller scans.",
    )
    IMAGE = (
        "image",
        Kind.NO_ANSWER,
        "The model's provider could not use an image.",
        "Check that the scan opens, and that it is png, jpeg, webp or gif and not too large.",
    )
    IMAGE_DOWNLOAD_FAILED = (
        "image_download_failed",
        Kind.NO_ANSWER,
        "The model's provider could not download an image.",
        "Check that PUBLIC_BASE_URL can be reached from outside, then start the session again.",
    )
    FORBIDDEN = (
        "forbidden",
        Kind.NO_ANSWER,
        "OpenRouter does not allow this request.",
        "Check the privacy and provider settings of the OpenRouter account and key.",
    )
    NOT_FOUND = (
        "not_found",
        Kind.NO_ANSWER,
        "OpenRouter has no such model, or none that can take this request.",
        "Check the model's name at GET /models, and its provider settings.",
    )
    BAD_REQUEST = (
        "bad_request",
        Kind.NO_ANSWER,
        "The model's provider does not accept this request.",
        "Read the provider's words in the message; leave out the setting that they name.",
    )
    MISCONFIGURED = (
        "misconfigured",
        Kind.NO_ANSWER,
        "The request cannot be sent: check OPENROUTER_BASE_URL and OPENROUTER_API_KEY.",
        "Correct the setting and restart the server.",
    )
    HELD_BACK = (
        "held_back",
        Kind.NO_ANSWER,
        "The call was not made.",
        "Start the session again.",
    )
    CANCELLED = (
        "cancelled",
        Kind.NO_ANSWER,
        "The run was stopped before this call was made.",
        "Start the session again to make the calls that were cancelled.",
    )
    INTERRUPTED = (
        "interrupted",
        Kind.NO_ANSWER,
        "The server stopped before the call was asked again.",
        "Nothing: the next process carries on with the call. What was billed stands with it.",
    )
    RUBRIC_FAILED = (
        "rubric_failed",
        Kind.NO_ANSWER,
        "The marking criteria could not be read.",
        "The message says why. Start the session again, or name another model for the rubric.",
    )
    MISSED_SEEDS = (
        "missed_seeds",
        Kind.NO_ANSWER,
        "The marker was outside the tolerance on too many seed scripts and was stopped.",
        "Look at the seeds in the report. Change the prompt or the model, or allow more (PUT /exams/{id}/seeds).",
    )
    COST_LIMIT = (
        "cost_limit",
        Kind.NO_ANSWER,
        "The run reached the limit on its cost (max_cost_usd) before this call could be made.",
        "Start the session or exam again with a higher limit, or without one: only what is missing is paid for.",
    )
    NOT_STORABLE = (
        "not_storable",
        Kind.NO_ANSWER,
        "The answer could not be stored as it was.",
        "The call keeps the text in escaped form. Start the session again.",
    )
    UNKNOWN = (
        "unknown",
        Kind.NO_ANSWER,
        "The call ended without an answer.",
        "The server's log says more.",
    )
    GIVEN_UP = (
        "given_up",
        Kind.NO_ANSWER,
        "This place of a generated test was given up.",
        "The message says which check the drafts failed. Use a longer document or another model.",
    )


INVALID = frozenset(reason for reason in Reason if reason.kind is Kind.REFUSED)
"""Why a mark that was given counts as invalid. `script_marks.sql` lists the same ones."""

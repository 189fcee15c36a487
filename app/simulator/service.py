"""Chooses the reply to each request. It knows no sockets, and takes the time from injected clocks."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from math import ceil
from typing import Any
from urllib.parse import parse_qs, unquote

from app.simulator import envelopes, items, writers
from app.simulator.answers import Written, dumps, write
from app.simulator.asks import Ask, AskCache, BadAskError, Task
from app.simulator.caching import Priced, PromptCache, rule_of
from app.simulator.config import RetryAfter, SimulatorConfig
from app.simulator.delivery import Reply
from app.simulator.draws import unit
from app.simulator.faults import HARMLESS, HTTP_STATUS, WITHOUT_COMPLETION, Fault, choose_fault
from app.simulator.limits import TokenBucket
from app.simulator.models import abilities, models_list
from app.simulator.stats import Ledger, LogEntry
from app.simulator.truth import BROKEN

API = "/api/v1"
_MAY_SAY_RETRY_AFTER = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`headers` holds, in lower case, only the headers that matter for a reply."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    def header(self, name: str) -> str:
        return (self.headers or {}).get(name, "")


class Service:
    """The simulated OpenRouter. Callers may replace `config` between runs. `reset` clears counts, log and buckets."""

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        wall_clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config
        self.ledger = Ledger()
        self.wall_clock = wall_clock
        self._monotonic = monotonic
        self._asks = AskCache()
        self._buckets: dict[str, TokenBucket] = {}
        self._cache = PromptCache()

    def reset(self) -> None:
        self.ledger.reset()
        self._buckets.clear()
        self._cache.clear()

    def answer(self, request: HttpRequest) -> Reply:
        """The reply to one request. A reply with `counted` has entered the ledger, and the caller must book it out."""
        allowed, handler = {
            f"{API}/chat/completions": ("POST", self._complete),
            f"{API}/models": ("GET", self._models),
            "/simulator/stats": ("GET", self._stats),
            "/simulator/log": ("GET", self._log),
        }.get(request.path, (request.method, _not_found))
        if request.method != allowed:
            reply = _plain_error(405, "Method not allowed", "invalid_request")
            reply.headers = (("Allow", allowed),)
            return reply
        return handler(request)

    def _models(self, request: HttpRequest) -> Reply:
        refusal = _refused_key(request)
        # The list is free, so only an unknown key is refused.
        if refusal and refusal.status == 401:  # noqa: PLR2004 - the status is its own name
            return refusal
        self.ledger.stats.models_lists += 1
        return Reply(200, dumps(models_list(self.config.models)).encode())

    def _stats(self, _: HttpRequest) -> Reply:
        figures = {"simulated": "SIMULATED", "cpu_seconds": time.process_time(), **self.ledger.stats.as_json()}
        return Reply(200, dumps(figures).encode())

    def _log(self, request: HttpRequest) -> Reply:
        """The log. `?after=N` leaves out the entries up to index N."""
        after = parse_qs(request.query).get("after", ["0"])[-1]
        first = int(after) if after.isdecimal() else 0
        entries = [entry.as_json() for entry in self.ledger.log if entry.index > first]
        return Reply(200, dumps({"simulated": "SIMULATED", "entries": entries}).encode())

    def _complete(self, request: HttpRequest) -> Reply:
        self.ledger.enter()
        reply = self._completion(request)
        reply.counted = True
        return reply

    def _completion(self, request: HttpRequest) -> Reply:
        refusal = _refused_key(request)
        if refusal:
            return refusal
        try:
            ask = self._asks.read(request.body)
            try_index = _try_index(request)
        except BadAskError as problem:
            return _plain_error(400, str(problem))
        if script := request.header("x-secondmark-session"):
            # The sessions of an exam share the `session_id` that picks their provider.
            ask = replace(ask, session_id=unquote(script))
        entry = self.ledger.begin(ask.session_id, ask.model, try_index, ask.stage.value, self.wall_clock())
        key = envelopes.CallKey(self.config.seed, *entry.call, entry.nth)
        reply = self._reply(ask, entry, key)
        reply.headers = (*reply.headers, ("X-Generation-Id", envelopes.generation_id(key)))
        reply.entry = entry
        return reply

    def _reply(self, ask: Ask, entry: LogEntry, key: envelopes.CallKey) -> Reply:
        if ask.image_urls and not abilities(ask.model).images:
            return _plain_error(404, "No endpoints found that support image input")
        if not self._within_limit(ask.model):
            return self._http_error(429, "Rate limit exceeded for this model")
        chance = key if self.config.faults_by_session else replace(key, session_id="")
        entry.fault = fault = self._fault(ask, chance)
        if fault in HTTP_STATUS:
            reply = self._http_error(HTTP_STATUS[fault], "this failure was asked for")
        elif fault is Fault.IMAGE_DOWNLOAD_FAILED:
            reply = _plain_error(400, "Failed to download the image", fault)
        else:
            delay = self.config.latency(ask.model, *chance.parts)
            reply = self._completed(ask, entry, key, self._price(ask, delay))
            reply.fault = fault
            reply.drip_seconds = self.config.drip_seconds
            reply.images = ask.image_urls if self.config.fetch_images else ()
        reply.delay = self.config.latency(ask.model, *chance.parts)
        return reply

    def _price(self, ask: Ask, delay: float) -> Priced | None:
        rule, now = rule_of(ask.model), self.wall_clock()
        if rule is None:
            return None
        route = ask.model, ask.sticky_id
        return self._cache.price(rule, route, ask.segments, now=now, answered_at=now + delay)

    def _within_limit(self, model: str) -> bool:
        limit = self.config.limit(model)
        if limit is None:
            return True
        now = self._monotonic()
        bucket = self._buckets.get(model)
        if bucket is None or (bucket.per_second, bucket.burst) != limit:
            bucket = self._buckets[model] = TokenBucket(*limit, tokens=limit[1], at=now)
        return bucket.take(now)

    def _fault(self, ask: Ask, key: envelopes.CallKey) -> Fault | None:
        rates, sequence = self.config.rates(ask.model, ask.stage), self.config.sequence(ask.model)
        fault = choose_fault(rates, sequence, key.nth, unit("fault", *key.parts)) if rates or sequence else None
        if ask.model == BROKEN and fault not in WITHOUT_COMPLETION:
            return Fault.UNREADABLE
        return fault

    def _completed(self, ask: Ask, entry: LogEntry, key: envelopes.CallKey, priced: Priced | None) -> Reply:
        marks = {
            question.question_id: self.config.true_mark(
                ask.model,
                question.question_id,
                question.max_marks,
                entry.try_index,
                ask.session_id,
                n_examples=ask.n_examples,
            )
            for question in ask.questions
        }
        draw = unit("variant", *key.parts) if entry.fault else 0.0
        written = write(ask, marks, entry.try_index, entry.fault, draw, self._said(ask, entry))
        entry.fault = written.fault
        body = self._body(entry, key, written, envelopes.usage(ask, key, written.content, priced))
        content_type = "text/html; charset=UTF-8" if entry.fault is Fault.HTML else "application/json"
        return Reply(200, body, content_type=content_type)

    def _said(self, ask: Ask, entry: LogEntry) -> str | None:
        """The reply to a request that is not for a completion."""
        seed = self.config.seed
        match ask.task:
            case Task.WRITER:
                return writers.write_question(ask.model, ask.texts, seed, ask.session_id)
            case Task.SOLVER:
                return items.solve(ask.model, ask.texts, seed, ask.session_id)
            case Task.READER:
                return items.read_page(ask.model, self.config.pages, entry.try_index)
            case Task.LETTERS:
                sheet = self.config.sheets.get(ask.session_id.partition("/")[0], self.config.sheet)
                asked = [question.question_id for question in ask.questions]
                nth = f"{ask.session_id}/{entry.try_index}"
                return items.read_letters(ask.model, sheet, asked, seed, nth)
        return None

    def _body(self, entry: LogEntry, key: envelopes.CallKey, written: Written, spent: dict[str, Any]) -> bytes:
        """The bytes of a 200 that reports `spent`. Notes in the log what they hold."""
        if entry.fault is Fault.HTML:
            return envelopes.HTML_PAGE
        trouble = envelopes.error(502, "the provider broke off")
        if entry.fault is Fault.ERROR_IN_200:
            # OpenRouter sends the code as a number or as a string.
            return envelopes.error_body(trouble | {"code": ("502", 502)[int(2 * unit("code", *key.parts))]})
        answer: dict[str, Any] = envelopes.completion(key, written, spent)
        match entry.fault:
            case Fault.CHOICES_NULL:
                answer["choices"] = None
            case Fault.CHOICES_EMPTY:
                answer["choices"] = []
            case Fault.ERROR_IN_CHOICE:
                content = written.content or ""
                answer["choices"][0] |= {"finish_reason": "error", "error": trouble}
                answer["choices"][0]["message"]["content"] = content[: len(content) // 2]
            case _:
                entry.marks, entry.good = written.marks, entry.fault is None or entry.fault in HARMLESS
        entry.usage = spent
        return dumps(answer).encode()

    def _http_error(self, status: int, message: str) -> Reply:
        seconds, form = self.config.retry_after_seconds, self.config.retry_after
        if status not in _MAY_SAY_RETRY_AFTER or form is RetryAfter.ABSENT:
            return _plain_error(status, message)
        body = envelopes.error_body(envelopes.error(status, message, retry_after=seconds))
        match form:
            case RetryAfter.BODY:
                return Reply(status, body)
            case RetryAfter.DATE:
                said = formatdate(ceil(self.wall_clock() + seconds), usegmt=True)
            case RetryAfter.FRACTIONAL:
                said = f"{seconds:g}"
            case _:
                said = str(ceil(seconds))
        return Reply(status, body, (("Retry-After", said),))


def _not_found(_: HttpRequest) -> Reply:
    return _plain_error(404, "Not found")


def _plain_error(status: int, message: str, error_type: str | None = None) -> Reply:
    return Reply(status, envelopes.error_body(envelopes.error(status, message, error_type=error_type)))


def image_error(reply: Reply, status: int, found: dict[str, Any]) -> Reply:
    """The reply in place of `reply` if an image cannot be fetched. It costs nothing."""
    if reply.entry is not None:
        entry = reply.entry
        entry.fault, entry.marks, entry.usage, entry.good = None, {}, None, False
    return replace(reply, status=status, body=envelopes.error_body(found), fault=None, images=())


def _refused_key(request: HttpRequest) -> Reply | None:
    scheme, _, key = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return _plain_error(401, "No auth credentials found")
    if key.strip() == "invalid":
        return _plain_error(401, "User not found.")
    return _plain_error(402, "Insufficient credits. Add more to go on.") if key.strip() == "broke" else None


def _try_index(request: HttpRequest) -> int:
    said = request.header("x-secondmark-try") or "1"
    if not said.isdecimal() or len(said) > len("999999") or int(said) < 1:
        raise BadAskError("X-Secondmark-Try must be a whole number from 1 to 999999")
    return int(said)

"""What Prometheus reads at /metrics. Labels come from short lists: reasons, statuses, models of OpenRouter."""

import math
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import choose_encoder

# Prometheus does not need the time at which each series began; they double the page.
disable_created_metrics()  # type: ignore[no-untyped-call]

# Each model has some thirty series.
MOST_MODELS = 100
OTHER = "other"
SUCCEEDED = "succeeded"
MARKED = "marked"
_OF_THE_ACCOUNT = frozenset({"unauthorized", "no_credit"})
# Answers of models take from half a second to some minutes.
_SECONDS = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)


_OF_THE_QUEUE = {
    "workers": "Workers of the queue that live.",
    "waiting_attempts": "Attempts that no worker has taken.",
    "waiting_jobs": "Jobs of procrastinate that no worker has taken.",
    "oldest_job_seconds": "Seconds that the oldest of these jobs waits.",
}


class Metrics:
    """The figures of one process. `lists` says whether OpenRouter lists a model; who has the list sets it.

    A client names models as it likes. A name becomes a label if OpenRouter lists it or has answered for it, for the
    first hundred; all others are counted as "other".
    """

    def __init__(self) -> None:
        self.lists: Callable[[str], bool] = lambda _: False
        self._models: set[str] = set()
        self._shows_queue = False
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._calls = _counter("calls", "Calls by model and outcome: succeeded, or the reason.", "model", "outcome")
        self._requests = _counter("model_requests", "Requests to OpenRouter by model and status.", "model", "status")
        self._limited = _counter("rate_limited", "Requests that OpenRouter or a provider answered with 429.", "model")
        self._cost = _counter("cost_usd", "US dollars that answers cost, as OpenRouter reports them.", "model")
        self._marks = _counter("marks", "Questions of attempts: marked, or the reason of no mark.", "model", "outcome")
        self._runs = _counter("runs", "Finished runs of sessions by status.", "status")
        # Without labels, so that it is 0 before the first: of a series that begins with 1 Prometheus sees no increase.
        self._refusals = _counter("account_refusals", "Calls that OpenRouter refused for the key or the credit.")
        self._served = _counter("http_responses", "Answers of this server by class of status.", "status")
        text = "Seconds of one request to OpenRouter."
        self._latency = Histogram("secondmark_model_request_seconds", text, ["model"], buckets=_SECONDS, registry=None)
        self._in_flight = _gauge("model_requests_in_flight", "Requests to OpenRouter that wait for their answer.")
        self._queued = _gauge("calls_queued", "Calls that wait for their turn.")
        self._queue_age = _gauge("queue_age_seconds", "Seconds that the oldest of the calls in the queue waits.")
        for metric in (
            *(self._calls, self._requests, self._limited, self._cost, self._marks, self._runs, self._served),
            self._refusals,
            *(self._latency, self._in_flight, self._queued, self._queue_age),
        ):
            registry.register(metric)
        # Registered when a process with a queue is asked first.
        self._shared = {name: _gauge(f"shared_{name}", text) for name, text in _OF_THE_QUEUE.items()}
        self._by_class = {n: self._served.labels(f"{n}xx") for n in range(6)}

    def watch_queue(self, in_flight: Callable[[], int], queued: Callable[[], int], age: Callable[[], float]) -> None:
        """Reads these each time that Prometheus asks."""
        self._in_flight.set_function(in_flight)
        self._queued.set_function(queued)
        self._queue_age.set_function(age)

    def queue_seen(self, figures: Mapping[str, float] | None) -> None:
        """Figures by the names of `_OF_THE_QUEUE`; None where they are not known now."""
        for name, gauge in self._shared.items():
            if not self._shows_queue:
                self._registry.register(gauge)
            gauge.set(math.nan if figures is None else figures[name])
        self._shows_queue = True

    def request_ended(
        self, model: str, status: int | None, seconds: float, *, is_limited: bool, cost_usd: float
    ) -> None:
        """One HTTP request to OpenRouter; `status` is None without a reply."""
        label = self._label(model, has_answered=status is not None and status < 300)  # noqa: PLR2004 - success
        self._requests.labels(label, str(status or "none")).inc()
        self._latency.labels(label).observe(seconds)
        if is_limited:
            self._limited.labels(label).inc()
        if cost_usd > 0:
            self._cost.labels(label).inc(cost_usd)

    def call_ended(self, model: str, outcome: str) -> None:
        """One call, however many requests it took; `outcome` is SUCCEEDED or a reason."""
        self._calls.labels(self._label(model), outcome).inc()
        if outcome in _OF_THE_ACCOUNT:
            self._refusals.inc()

    def marked(self, model: str, outcomes: Mapping[str, int]) -> None:
        """The questions of an attempt that is stored, counted by MARKED or by the reason of no mark."""
        for outcome, n in outcomes.items():
            self._marks.labels(self._label(model), outcome).inc(n)

    def run_ended(self, status: str) -> None:
        self._runs.labels(status).inc()

    def served(self, status: int) -> None:
        """One answer of this server; status 0 is one that its client did not wait for."""
        self._by_class.get(status // 100, self._by_class[0]).inc()

    def page(self, accept: str) -> tuple[bytes, str]:
        """All figures in the form that an Accept header asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _label(self, model: str, *, has_answered: bool = False) -> str:
        if model in self._models:
            return model
        if len(self._models) < MOST_MODELS and (has_answered or self.lists(model)):
            self._models.add(model)
            return model
        return OTHER


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"secondmark_{name}", text, labels, registry=None)


def _gauge(name: str, text: str) -> Gauge:
    return Gauge(f"secondmark_{name}", text, registry=None)

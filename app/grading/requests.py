"""The requests of one run: image addresses signed once, each marker's body built once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import quote

from app.grading.examples import examples_of_plan
from app.grading.markers import Marker, Templates
from app.grading.marking import marking_of
from app.grading.plan import Plan
from app.grading.prompts.body import request_body, room_for
from app.grading.prompts.messages import PromptInputs, asks_for_own_form, fields_asked, messages
from app.grading.prompts.shared import SharedParts, shared_parts, worth_keeping
from app.grading.prompts.worked import WorkedExample
from app.grading.slices import Slice
from app.marks.model import Image, Role, Stage
from app.openrouter.body import LONGEST_SESSION_ID
from app.openrouter.caching import cache_rule
from app.openrouter.call import CompletionRequest, encode_body
from app.openrouter.catalogue import Catalogue, ModelCapabilities
from app.openrouter.estimate import most_usd
from app.storage.delivery import Delivery
from app.storage.urls import is_object_path
from app.store.runs import CallKey, ClaimedRun

TRY_HEADER = "X-Secondmark-Try"
# The session and the marker of a request whose `session_id` names the exam and the marker.
SESSION_HEADER = "X-Secondmark-Session"


class ImagesMissingError(Exception):
    """Registered images are no longer in the storage. The message names how many."""


@dataclass(frozen=True, slots=True)
class RequestTools:
    """Where a run's requests get their parts."""

    delivery: Delivery
    catalogue: Catalogue
    data_collection: str
    # Which fields of `defaults.WHERE` the built-in form asks for beside a mark.
    where: frozenset[str] = frozenset()
    # The resolution at which pages are made: a limit on cost counts each image as a page of that size.
    page_long_side: int = 0


class RequestBuilder:
    """Builds the requests of one run. A body without criteria is shared by all tries of its marker.

    With a `seed`, the first try sends it and each further try the next number: the same seed would repeat one answer.
    """

    def __init__(
        self,
        claimed: ClaimedRun,
        addresses: Mapping[str, str],
        capabilities: Mapping[str, ModelCapabilities],
        data_collection: str,
        where: frozenset[str] = frozenset(),
        *,
        page_long_side: int = 0,
    ) -> None:
        self._session_id = claimed.session_id
        marking = marking_of(claimed.marked_by)
        self._questions = marking.questions(claimed.questions)
        self._images = marking.images(claimed.images)
        self._addresses = addresses
        self._capabilities = capabilities
        self._data_collection = data_collection
        self._where = where
        self._page_long_side = page_long_side
        self._templates = Templates.of_plan(claimed.plan)
        self._is_limited = claimed.plan.get("max_cost_usd") is not None
        self._in_exam = claimed.plan.get("exam_id") is not None
        plan = Plan.from_json(claimed.plan, default_tries=1)
        self._examples = examples_of_plan(claimed.plan)
        self._markers = {marker.key: marker for marker in plan.markers}
        self._built: dict[tuple[str, Stage], _Built] = {}

    @classmethod
    async def prepare(cls, claimed: ClaimedRun, tools: RequestTools) -> Self:
        """Sign the images' addresses and look the models up. Raises ImagesMissingError, and the storage's AppErrors."""
        plan = Plan.from_json(claimed.plan, default_tries=1)
        names = {settings.name for marker in plan.markers for settings in (marker.assessment, marker.rubric)}
        capabilities = {name: await tools.catalogue.capabilities(name) for name in names}
        examples = (page for example in examples_of_plan(claimed.plan).values() for page in example.pages)
        images = (*claimed.images, *examples)
        addresses = await _addresses(images, tools.delivery, claimed.plan.get("started_from"))
        return cls(
            claimed,
            addresses,
            capabilities,
            tools.data_collection,
            tools.where,
            page_long_side=tools.page_long_side,
        )

    def __call__(
        self, key: CallKey, *, criteria: str | None = None, ask_again: Sequence[str] = (), only: Slice | None = None
    ) -> CompletionRequest:
        marker = self._markers[key.model_name]
        settings = marker.settings(key.stage)
        if criteria is None and not ask_again and only is None:
            built = self._shared(marker, key.stage)
        else:
            built = self._build(marker, key.stage, criteria, ask_again, only)
        body, encoded = built.body, built.encoded
        if "seed" in body and key.try_index > 1:
            body, encoded = {**body, "seed": body["seed"] + key.try_index - 1}, None
        room = room_for(self._n_asked(only), key.stage)
        return CompletionRequest(
            key=self._session_id,
            model=settings.name,
            body=body,
            headers={TRY_HEADER: str(key.try_index), **built.headers},
            output_limit=settings.max_tokens or self._capabilities[settings.name].max_completion_tokens,
            encoded=encoded,
            least_tokens=min(room, settings.max_tokens or room),
            expected_usd=self._most_usd(body, settings.name),
            beginnings=built.beginnings,
        )

    def fields(self, key: CallKey) -> frozenset[str]:
        """The fields beside a mark that a call asks for in the built-in form."""
        template = self._templates.of(self._markers[key.model_name].settings(key.stage), key.stage)
        return fields_asked(template, key.stage, self._where)

    def _most_usd(self, body: Mapping[str, Any], model: str) -> float:
        """What a call takes from a limit on cost while it is open; nothing where there is no limit."""
        if not self._is_limited:
            return 0.0
        return most_usd(body, self._capabilities[model].price, page_long_side=self._page_long_side)

    def _shared(self, marker: Marker, stage: Stage) -> "_Built":
        found = self._built.get((marker.key, stage))
        if found is None:
            built = self._build(marker, stage)
            found = self._built[marker.key, stage] = replace(built, encoded=encode_body(built.body))
        return found

    def _build(
        self,
        marker: Marker,
        stage: Stage,
        criteria: str | None = None,
        ask_again: Sequence[str] = (),
        only: Slice | None = None,
    ) -> "_Built":
        settings = marker.settings(stage)
        template = self._templates.of(settings, stage)
        inputs = self._inputs(marker, stage, criteria, None if only is None else only.page)
        written = messages(template, inputs, ask_again=ask_again, only=only)
        capabilities = self._capabilities[settings.name]
        rule = cache_rule(settings.name, capabilities.price)
        shared = SharedParts()
        if rule is not None:
            n_alike = marker.tries * (len(self._questions) if only is not None and only.page is None else 1)
            shared = shared_parts(written, inputs.student_urls, in_exam=self._in_exam, n_tries=n_alike)
            shared = worth_keeping(shared, written, settings.name, rule)
        session_key = f"{self._session_id}/{marker.key}"
        body = request_body(
            model=settings.name,
            messages=written,
            capabilities=capabilities,
            reasoning=settings.reasoning,
            provider=settings.provider,
            data_collection=self._data_collection,
            session_key=session_key,
            n_questions=self._n_asked(only),
            stage=stage,
            own_form=asks_for_own_form(template, stage),
            where=fields_asked(template, stage, self._where),
            sampling=settings.sampling(),
            marked_parts=shared.marked(rule) if rule is not None else (),
        )
        return _routed(body, shared, session_key, marker.key)

    def _n_asked(self, only: Slice | None) -> int:
        return len(self._questions) if only is None else len(only.questions)

    def _inputs(self, marker: Marker, stage: Stage, criteria: str | None, page: int | None) -> PromptInputs:
        pages = self._urls(Role.STUDENT)
        return PromptInputs(
            self._questions,
            student_urls=pages if page is None else pages[page - 1 : page],
            answer_key_urls=self._urls(Role.ANSWER_KEY),
            rubric_urls=self._urls(Role.GRADING_RUBRIC) if stage is Stage.RUBRIC else (),
            criteria=criteria,
            examples=[self._worked(session_id) for session_id in marker.examples],
            where=self._where,
        )

    def _worked(self, session_id: str) -> WorkedExample:
        example = self._examples[session_id]
        return WorkedExample([self._addresses[page.url] for page in example.pages], example.marks)

    def _urls(self, role: Role) -> tuple[str, ...]:
        return tuple(self._addresses[image.url] for image in self._images if image.role is role)


@dataclass(frozen=True, slots=True)
class _Built:
    """A body with what goes out beside it."""

    body: dict[str, Any]
    encoded: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    beginnings: tuple[str, ...] = ()


def _routed(body: dict[str, Any], shared: SharedParts, session_key: str, marker: str) -> _Built:
    """A body whose calls share their beginning with other scripts goes to the provider that has it: OpenRouter keeps
    calls of one `session_id` on one provider.
    """
    beginnings = shared.beginnings(body)
    if not shared.by_scripts:
        return _Built(body, beginnings=beginnings)
    return _Built(
        body | {"session_id": f"{beginnings[0]}/{marker}"[:LONGEST_SESSION_ID]},
        headers={SESSION_HEADER: quote(session_key, safe="/")},
        beginnings=beginnings,
    )


async def _addresses(images: Sequence[Image], delivery: Delivery, started_from: str | None) -> dict[str, str]:
    """How a provider gets each registered image: by the address as registered, or as our own are delivered."""
    addresses = {image.url: image.url for image in images}
    # A public bucket's images are registered, and used, under their public addresses, unless pages go inside requests.
    ours = {
        image.url: image.storage_path
        for image in images
        if image.storage_path is not None and (is_object_path(image.url) or delivery.inline is not None)
    }
    if ours:
        delivered = await delivery.addresses(list(ours.values()), started_from=started_from)
        missing = [path for path in ours.values() if path not in delivered]
        if missing:
            raise ImagesMissingError(f"{len(missing)} registered images are no longer in the storage.")
        addresses |= {url: delivered[path] for url, path in ours.items()}
    return addresses

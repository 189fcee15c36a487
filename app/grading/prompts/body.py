"""The body of one chat completion request, and the hash that says whether two calls ask the same."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence

from app.grading.prompts.template import Template
from app.grading.prompts.versions import hashed_texts
from app.marks.model import Image, Json, Question, Stage
from app.openrouter.body import chat_body, has_no_reasoning, max_tokens_for
from app.openrouter.catalogue import ModelCapabilities

# Room for the answer in tokens: a note of two sentences takes some 100, in CJK scripts twice that.
_ROOM_AT_LEAST = 1_000
_ROOM_PER_QUESTION = 300
# Criteria are copied from a page: the densest rubrics have some 2,000 tokens a page.
_ROOM_FOR_CRITERIA = 6_000
_LEAST_BUDGET = 1_024

_Body = dict[str, Json]


def response_format(
    capabilities: ModelCapabilities,
    stage: Stage = Stage.ASSESSMENT,
    *,
    own_form: bool = False,
    where: Collection[str] = (),
) -> _Body | None:
    """The strictest form the model takes, None where only the prompt can ask. Without bounds: some endpoints refuse
    `minimum` and `maximum`, and the range is checked here anyway. `own_form`: the prompt asks for another form than
    ours, which a schema of ours would contradict. `where`: the fields beside a mark that the prompt asks for.
    """
    if capabilities.supports("structured_outputs") and not own_form:
        name, schema = _SCHEMAS[stage] if not where else ("marks", _list_of("answers", _MARK | _wanted(where)))
        return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}
    return {"type": "json_object"} if capabilities.supports("response_format") else None


def reasoning_is_dropped(capabilities: ModelCapabilities, reasoning: Mapping[str, Json] | None) -> bool:
    """Whether `reasoning` was asked for and is not sent, because the list of models says that this one has none."""
    return bool(reasoning) and has_no_reasoning(capabilities)


def sampling_left_out(capabilities: ModelCapabilities, sampling: Mapping[str, Json]) -> list[str]:
    """Which of the settings of sampling the list of models says that this one does not take."""
    listed = capabilities.supported_parameters
    if listed is None:
        return []
    return [name for name in sampling if name != "max_tokens" and name not in listed]


def request_body(
    *,
    model: str,
    messages: Sequence[Mapping[str, Json]],
    capabilities: ModelCapabilities,
    reasoning: Mapping[str, Json] | None,
    provider: Mapping[str, Json] | None,
    data_collection: str,
    session_key: str,
    n_questions: int,
    stage: Stage = Stage.ASSESSMENT,
    own_form: bool = False,
    where: Collection[str] = (),
    sampling: Mapping[str, Json] | None = None,
    marked_parts: Collection[int] = (),
) -> _Body:
    """One request, its keys always in the same order. `messages` is not changed.

    `marked_parts` of the user message end what the provider is to keep in its cache.

    `sampling` holds `temperature`, `max_tokens` and `seed` where the plan sets them; its `max_tokens` replaces ours.

    `reasoning` goes out as given, with two exceptions: not at all to a model that has none, and with an Anthropic
    budget that leaves no room below the model's limit brought down to fit, because it would be refused.
    """
    asked = None if has_no_reasoning(capabilities) else reasoning
    chosen = dict(sampling or {})
    answer = room_for(n_questions, stage)
    limit = chosen.pop("max_tokens", None)
    max_tokens = max_tokens_for(answer, asked, capabilities) if limit is None else limit
    left_out = sampling_left_out(capabilities, chosen)
    body = chat_body(
        model=model,
        messages=_with_cache_marks(messages, marked_parts) if marked_parts else messages,
        max_tokens=max_tokens,
        response_format=_sayable(response_format(capabilities, stage, own_form=own_form, where=where), messages),
        data_collection=data_collection,
        session_key=session_key,
        reasoning=_fitting(dict(asked), model, max_tokens, answer) if asked else None,
        provider=provider,
    )
    return body | {name: value for name, value in chosen.items() if name not in left_out}


def input_hash(  # noqa: PLR0917 - everything a call's answer depends on
    template: Template,
    questions: Sequence[Question],
    images: Sequence[Image],
    model: str,
    reasoning: Mapping[str, Json] | None,
    provider: Mapping[str, Json] | None,
    criteria_source: str | None = None,
    sampling: Mapping[str, Json] | None = None,
    examples: Sequence[Mapping[str, Json]] = (),
) -> str:
    """SHA-256 (hex) over all that a call's answer depends on. Images count by storage path or else by registered URL,
    so that signing them anew changes nothing; tolerances and numbers do not reach the model and do not count. Nor does
    the version of a built-in prompt count, so that a new version does not make stored answers be paid again.

    `criteria_source` names where the criteria come from, such as the rubric call's own hash; None without a rubric.
    `examples` are {pages, marks} of the worked examples in their order.
    """
    pages = sorted((image.role.value, image.order_index, image.storage_path or image.url) for image in images)
    asked = [[one.question_id, float(one.max_marks), one.text, one.answer] for one in questions]
    hashed = hashed_texts(template)
    prompt = [hashed.system, hashed.user, hashed.schema]
    settings: list[Json] = [model, dict(reasoning or {}), dict(provider or {})]
    if sampling:
        # Only then: what is stored without any keeps its hash.
        settings.append(dict(sampling))
    if examples:
        shown = [[[page["storage_path"] or page["url"] for page in one["pages"]], one["marks"]] for one in examples]
        settings.append(shown)
    everything = json.dumps([prompt, asked, pages, settings, criteria_source], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()


def _sayable(form: _Body | None, messages: Sequence[Mapping[str, Json]]) -> _Body | None:
    """OpenAI refuses `json_object` with 400 where no message says "json"; templates of users may not."""
    if form == {"type": "json_object"} and "json" not in json.dumps(messages).lower():
        return None
    return form


def room_for(n_questions: int, stage: Stage) -> int:
    """How many tokens an answer takes without any thinking."""
    return (_ROOM_FOR_CRITERIA if stage is Stage.RUBRIC else _ROOM_AT_LEAST) + _ROOM_PER_QUESTION * n_questions


def _fitting(reasoning: _Body, model: str, max_tokens: int, answer: int) -> _Body:
    budget = reasoning.get("max_tokens")
    if model.startswith("anthropic/") and isinstance(budget, int) and budget >= max_tokens:
        return reasoning | {"max_tokens": max(_LEAST_BUDGET, max_tokens - answer)}
    return reasoning


def _with_cache_marks(messages: Sequence[Mapping[str, Json]], marked_parts: Collection[int]) -> list[_Body]:
    mark = {"cache_control": {"type": "ephemeral"}}
    parts = [part | mark if n in marked_parts else part for n, part in enumerate(messages[-1]["content"])]
    return [*map(dict, messages[:-1]), {**messages[-1], "content": parts}]


def _wanted(where: Collection[str]) -> _Body:
    return {name: form for name, form in _WHERE.items() if name in where}


def _list_of(name: str, item: Mapping[str, Json]) -> _Body:
    entry = {"type": "object", "properties": dict(item), "required": list(item), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": entry}},
        "required": [name],
        "additionalProperties": False,
    }


_NUMBER_OR_NULL = {"type": ["number", "null"]}
_MARK = {"question_id": {"type": "string"}, "marks_awarded": _NUMBER_OR_NULL, "rubric_notes": {"type": "string"}}
_WHERE = {"page": {"type": ["integer", "null"]}, "quote": {"type": ["string", "null"]}}
_CRITERION = {
    "question_id": {"type": ["string", "null"]},
    "marks": _NUMBER_OR_NULL,
    "criterion": {"type": "string"},
}
_SCHEMAS = {
    Stage.ASSESSMENT: ("marks", _list_of("answers", _MARK)),
    Stage.RUBRIC: ("criteria", _list_of("grading_criteria", _CRITERION)),
}

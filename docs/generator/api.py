"""openapi.json and docs/api.md, both from the application's own description of its API."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from app.main import create_app
from app.settings import Settings

Schema = dict[str, Any]

INTRODUCTION = """\
# API

Every route with its parameters, bodies and answers. [openapi.json](../openapi.json) holds the same for client
generators, and so does `/openapi.json` on a running server. `make docs` makes this page and that file from the code.

Every route may also answer 400, 401, 403, 404, 409, 413, 422, 429, 500 or 503 with an [ErrorEnvelope](#errorenvelope).
"""
FIRST_ERROR = "400"


@cache
def description() -> Schema:
    """The OpenAPI document of an application with default settings."""
    return create_app(Settings()).openapi()


def openapi_file() -> str:
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def page() -> str:
    """The text of docs/api.md: routes by topic, then the models of their bodies."""
    return "\n".join([INTRODUCTION, *_routes(), "## Models\n", *_models()])


def _routes() -> Iterator[str]:
    topics: dict[str, list[str]] = {}
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            topics.setdefault(operation["tags"][0], []).append(_route(f"{method.upper()} {path}", operation))
    for topic, routes in topics.items():
        yield f"## {topic.capitalize()}\n"
        yield from routes


def _route(address: str, operation: Schema) -> str:
    parts = [f"### `{address}`\n", f"{operation['description']} (`{operation['operationId']}`)\n"]
    if parameters := operation.get("parameters"):
        parts += ["| parameter | in | type | meaning |", "| --- | --- | --- | --- |"]
        parts += [f"| `{p['name']}` | {p['in']} | {_kind(p['schema'])} | {_text(p)} |" for p in parameters]
        parts.append("")
    if body := operation.get("requestBody"):
        parts.append(f"Body: {_contents(body)}.\n")
    parts += [
        f"Answer {status}: {_contents(answer)}.\n"
        for status, answer in operation["responses"].items()
        if status < FIRST_ERROR
    ]
    return "\n".join(parts)


def _contents(body: Schema) -> str:
    content = body.get("content", {})
    kinds = [_kind(media["schema"]) if media.get("schema") else f"`{name}`" for name, media in content.items()]
    return ", ".join(dict.fromkeys(kinds)) or body["description"]


def _models() -> Iterator[str]:
    for name, schema in sorted(description()["components"]["schemas"].items()):
        yield f"### {name}\n"
        if text := schema.get("description"):
            yield f"{_text(schema | {'description': text})}\n"
        if fields := schema.get("properties"):
            required = schema.get("required", [])
            yield "| field | type | meaning |\n| --- | --- | --- |"
            for field, kind in fields.items():
                yield f"| `{field}`{'' if field in required else ' (optional)'} | {_kind(kind)} | {_text(kind)} |"
            yield ""


def _text(schema: Schema) -> str:
    return re.sub(r"\s+", " ", schema.get("description", "")).replace("|", "\\|")


def _kind(schema: Schema) -> str:
    """A schema as one phrase: the model's name as a link, or the JSON type."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(_kind, choices)))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if schema.get("items") else "list"
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return f"object of {_kind(inner)}"
    return str(schema.get("type", "any"))

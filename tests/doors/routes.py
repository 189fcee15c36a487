"""Every route of the description, and a request that it takes."""

from tests.support.description import DESCRIPTION

METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = [
    (method.upper(), path, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
]


def example_of(schema):
    """A value that a schema of the description takes."""
    while "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("examples"):
        return schema["examples"][0]
    return schema.get("example", {})


def with_ids(value, ids):
    """A body with Ada's ids in the place of the example's."""
    if isinstance(value, dict):
        return {name: ids[name] if name in ids else with_ids(each, ids) for name, each in value.items()}
    return [with_ids(each, ids) for each in value] if isinstance(value, list) else value


def request_of(path, operation, ids):
    address = path
    for name, each in ids.items():
        address = address.replace(f"{{{name}}}", each)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    query = {
        parameter["name"]: ids.get(parameter["name"], (parameter["schema"].get("enum") or ["x"])[0])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required")
    }
    return address, {"json": with_ids(example_of(body["schema"]), ids)} if body else {}, query


def names_an_id(path, operation, ids):
    """Whether a request of this route names something of Ada's."""
    _, body, _ = request_of(path, operation, ids)
    return any(f"{{{name}}}" in path for name in ids) or any(name in body.get("json", {}) for name in ids)


MOST_NESTED = 8


def with_one_string(schema, base, text, depth=0):
    """Values of a schema in which one string, each in turn, is `text`; the rest is as in `base`."""
    if depth > MOST_NESTED:
        return
    if "$ref" in schema:
        resolved = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        yield from with_one_string(resolved, base if base is not None else example_of(schema), text, depth + 1)
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from with_one_string(option, base, text, depth + 1)
    kind = schema.get("type")
    if kind == "string" or "const" in schema or "enum" in schema:
        yield text
    elif kind == "array":
        first = base[0] if isinstance(base, list) and base else None
        yield from ([each] for each in with_one_string(schema.get("items", {}), first, text, depth + 1))
    elif kind == "object":
        yield from _with_one_field(schema, base if isinstance(base, dict) else {}, text, depth)


def _with_one_field(schema, base, text, depth):
    for name, field in schema.get("properties", {}).items():
        for each in with_one_string(field, base.get(name), text, depth + 1):
            yield {**base, name: each}
    more = schema.get("additionalProperties")
    if more is not None and more is not False:
        yield {text: next(iter(base.values()), 1)}
        if isinstance(more, dict):
            yield from ({"k": each} for each in with_one_string(more, None, text, depth + 1))
        else:
            yield {"k": [text]}

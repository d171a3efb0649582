"""Whether a JSON value has the shape that a description promises: what of JSON Schema we use."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
KINDS = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def faults(value: object, schema: Schema, whole: Schema) -> Iterator[str]:
    """Where the value differs from its schema; `whole` is the document that `$ref` points into."""
    schema = referred(schema, whole)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is not None:
        if all(list(faults(value, choice, whole)) for choice in choices):
            yield "is none of the choices"
    elif value not in schema.get("enum", [schema.get("const", value)]):
        yield "is not in the list"
    elif not is_of(value, schema.get("type")):
        yield f"is no {schema['type']}"
    elif isinstance(value, dict):
        yield from faults_of_members(value, schema, whole)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from (f"{number}/{fault}" for fault in faults(item, schema["items"], whole))


def referred(schema: Schema, whole: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found = whole
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def is_of(value: object, kind: str | None) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return kind is None or isinstance(value, KINDS[kind])


def faults_of_members(value: dict[str, Any], schema: Schema, whole: Schema) -> Iterator[str]:
    """Exactly the members that are described, unless others are allowed in so many words."""
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    yield from (f"{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, item in value.items():
        if name in known:
            yield from (f"{name}/{fault}" for fault in faults(item, known[name], whole))
        elif not others:
            yield f"{name} is not described"

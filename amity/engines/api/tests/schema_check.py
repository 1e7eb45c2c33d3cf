"""A small JSON Schema check for the answers of the API: just the words that our schemas use."""

from __future__ import annotations

from typing import Any

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "oneOf",
    "$ref",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "format",
    "title",
    "description",
    "readOnly",
    "contentMediaType",
}


def mistakes(value: Any, schema: dict[str, Any], schemas: dict[str, Any], place: str = "$") -> list[str]:
    """Where the value breaks the schema; an unknown word in the schema is a mistake too."""
    if "$ref" in schema:
        return mistakes(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, place)
    found = [f"{place}: unknown word {word}" for word in schema.keys() - KNOWN]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [*found, f"{place}: {value!r} is not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is not one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: {value!r} is not {schema['const']!r}")
    if "oneOf" in schema and sum(not mistakes(value, one, schemas, place) for one in schema["oneOf"]) != 1:
        found.append(f"{place}: fits not exactly one")
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        found.append(f"{place}: too long")
    if isinstance(value, dict):
        found += _object(value, schema, schemas, place)
    if isinstance(value, list):
        inner = schema.get("items", {})
        found += [
            text for n, item in enumerate(value) for text in mistakes(item, inner, schemas, f"{place}[{n}]")
        ]
    return found


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, KINDS[kind])


def _object(value: dict[str, Any], schema: dict[str, Any], schemas: dict[str, Any], place: str) -> list[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{place}: {key} is missing" for key in schema.get("required", []) if key not in value]
    for key, item in value.items():
        if key in properties:
            found += mistakes(item, properties[key], schemas, f"{place}.{key}")
        elif more is False:
            found.append(f"{place}: {key} is not described")
        elif isinstance(more, dict):
            found += mistakes(item, more, schemas, f"{place}.{key}")
    return found

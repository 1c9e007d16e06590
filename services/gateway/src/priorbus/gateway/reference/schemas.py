"""Schemas as tables of members."""

from collections.abc import Mapping
from html import escape
from typing import Any

from priorbus.gateway.reference.page import code, prose, table

Schema = Mapping[str, Any]


def members(schema: Schema) -> str:
    """The members of an object schema: name, type, whether it must be there, what it is."""
    required = set(schema.get("required", ()))
    rows = [
        (code(name), kind(member), "yes" if name in required else "", prose(str(member.get("description", ""))))
        for name, member in schema.get("properties", {}).items()
    ]
    return table(("Member", "Type", "Always", ""), rows)


def kind(schema: Schema) -> str:
    """The type of a value in a few words, linked where it is a component."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if "enum" in schema:
        return " · ".join(code(str(value)) for value in schema["enum"])
    if "const" in schema:
        return code(str(schema["const"]))
    for word, separator in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if word in schema:
            return separator.join(kind(part) for part in schema[word])
    return _plain(schema)


def _plain(schema: Schema) -> str:
    declared = schema.get("type", "any")
    names = declared if isinstance(declared, list) else [declared]
    if "array" in names and "items" in schema:
        return f"array of {kind(schema['items'])}"
    shown = " or ".join(names)
    bounds = [f"{word} {schema[word]}" for word in ("format", "pattern", "minimum", "maximum", "maxLength") if word in schema]
    return escape(f"{shown} ({', '.join(bounds)})" if bounds else shown)

"""Schemas as tables of members."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from priorbus.gateway.reference.page import code, prose, table

Schema = Mapping[str, Any]


def members(schema: Schema) -> str:
    """The members of an object schema, inner ones too: name, type, whether it must be there, what it is. Empty where there are none."""
    rows = [
        (code(path), kind(member), "yes" if always else "", prose(str(member.get("description", ""))))
        for path, member, always in _walk(schema, "")
    ]
    return table(("Member", "Type", "Always", ""), rows)


def _walk(schema: Schema, before: str) -> Iterator[tuple[str, Schema, bool]]:
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        yield before + name, member, name in required
        for inner in (member, *_variants(member)):
            yield from _walk(inner, f"{before}{name}.")
        yield from _walk(member.get("items", {}), f"{before}{name}[].")


def variants(schema: Schema) -> str:
    """The members of a body: one table, or one for each form that it may have."""
    return members(schema) + "".join(map(members, _variants(schema)))


def _variants(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ())]


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
            return separator.join(dict.fromkeys(kind(part) for part in schema[word]))
    return _plain(schema)


def _plain(schema: Schema) -> str:
    declared = schema.get("type", "any")
    names = declared if isinstance(declared, list) else [declared]
    if "array" in names and "items" in schema:
        return f"array of {kind(schema['items'])}"
    shown = " or ".join(names)
    bounds = [f"{word} {schema[word]}" for word in ("format", "pattern", "minimum", "maximum", "maxLength", "default") if word in schema]
    return escape(f"{shown} ({', '.join(bounds)})" if bounds else shown)

"""JSON Schemas of models, in the form that the documents use (Conventions 14.3)."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"


def components(models: Iterable[type[BaseModel]]) -> dict[str, Schema]:
    """The schemas of the models and of all they hold, by name."""
    wanted = [(model, "validation") for model in sorted(set(models), key=lambda model: model.__name__)]
    _, document = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    return {name: tidy(schema) for name, schema in sorted(document.get("$defs", {}).items())}


def component_name(model: type[BaseModel]) -> str:
    """The name under which a model is found in `components`: that of pydantic."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in model.__name__)


def reference(model: type[BaseModel]) -> Schema:
    """A reference to a model's component."""
    return {"$ref": REF.format(model=component_name(model))}


def inline(model: type[BaseModel]) -> Schema:
    """One model's schema in one piece; for models that do not refer to themselves."""
    return dict(_inlined(model))


@cache
def _inlined(model: type[BaseModel]) -> Schema:
    document = model.model_json_schema(ref_template="{model}")
    parts = document.pop("$defs", {})
    resolved: Schema = tidy(_resolved(document, parts))
    return resolved


def _resolved(schema: Any, parts: dict[str, Schema]) -> Any:
    if isinstance(schema, list):
        return [_resolved(entry, parts) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(parts[schema["$ref"]], parts)
    return {name: _resolved(member, parts) for name, member in schema.items()}


def tidy(schema: Any) -> Any:
    """Without generated titles, docstrings and defaults of null, nullable types as a list, patterns as ECMA-262 writes them."""
    if isinstance(schema, list):
        return [tidy(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {name: _tidy_member(name, member) for name, member in schema.items() if not _is_noise(name, member)}
    return _nullable(tidied)


def _tidy_member(name: str, member: Any) -> Any:
    if name in ("properties", "$defs", "patternProperties") and isinstance(member, dict):
        return {key: tidy(value) for key, value in member.items()}
    if name == "pattern":
        return member.replace(r"\z", "$")
    return member if name in ("enum", "const", "required", "default") else tidy(member)


def _is_noise(name: str, member: Any) -> bool:
    return (name in ("title", "description") and isinstance(member, str)) or (name == "default" and member is None)


def _nullable(schema: Schema) -> Schema:
    choices = schema.get("anyOf")
    if choices is None or {"type": "null"} not in choices:
        return schema
    rest = [choice for choice in choices if choice != {"type": "null"}]
    if len(rest) != 1 or not isinstance(rest[0].get("type"), str):
        return schema
    given = {name: member for name, member in schema.items() if name != "anyOf"}
    joined = {**given, **rest[0], "type": [rest[0]["type"], "null"]}
    if "enum" in joined:
        joined["enum"] = [*joined["enum"], None]
    return joined

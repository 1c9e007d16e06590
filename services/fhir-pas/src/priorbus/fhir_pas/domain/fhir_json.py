"""FHIR JSON text in and out: strict on the way in (rules J-1 and J-2), decimals keep their digits on the way out."""

import json
from decimal import Decimal
from typing import Any

import orjson

from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resource_types import RESOURCE_TYPES

Resource = dict[str, Any]
"""A FHIR resource, or an element of one, as parsed JSON."""

MAX_DEPTH = 64
_LONG_INTEGER = 18


class MalformedJsonError(ValueError):
    """The text is not one well-formed FHIR resource; holds the one issue to report (400)."""

    def __init__(self, rule: str, diagnostics: str) -> None:
        super().__init__(diagnostics)
        self.issue = Issue(rule, "error", "structure", "Not a FHIR resource in JSON", diagnostics, "")


def parse(text: str | bytes) -> Resource:
    """The resource in `text`; decimals become `Decimal`, so that digits survive. Raises MalformedJsonError."""
    value = parse_object(text)
    kind = value.get("resourceType")
    if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
        raise MalformedJsonError("J-2", "resourceType is not a FHIR R4 resource type")
    return value


def parse_object(text: str | bytes) -> Resource:
    """The JSON object in `text`, whatever it is. Raises MalformedJsonError."""
    value = _decode(_without_mark(text))
    if _too_deep(value):
        raise MalformedJsonError("J-1", f"nesting is deeper than {MAX_DEPTH}")
    if not isinstance(value, dict):
        raise MalformedJsonError("J-2", "the body is not a JSON object")
    return value


def dump(value: object) -> bytes:
    """Compact JSON of a value made by `parse`."""
    return orjson.dumps(value, default=_fragment)


def canonical(value: object) -> bytes:
    """JSON with sorted members: equal content gives equal bytes."""
    return orjson.dumps(value, default=_fragment, option=orjson.OPT_SORT_KEYS)


def _decode(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_float=Decimal, parse_int=_integer, parse_constant=_constant)
        if "\\ud" in text or "\\uD" in text:
            orjson.dumps(value, default=_fragment)
    except MalformedJsonError:
        raise
    except RecursionError:
        raise MalformedJsonError("J-1", f"nesting is deeper than {MAX_DEPTH}") from None
    except (ValueError, orjson.JSONEncodeError):
        raise MalformedJsonError("J-1", "the body is not one JSON value in valid UTF-8") from None
    return value


def _without_mark(text: str | bytes) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedJsonError("J-1", "the body is not valid UTF-8") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJsonError("J-1", "an object has two members of the same name")
    return members


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONG_INTEGER else Decimal(digits)


def _constant(name: str) -> Any:
    raise MalformedJsonError("J-1", f"{name} is not a JSON number")


def _too_deep(value: object) -> bool:
    """Level by level, because Python's own calls do not go as deep as its JSON parser."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one) if isinstance(inner, dict | list)]
    return bool(level)


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)

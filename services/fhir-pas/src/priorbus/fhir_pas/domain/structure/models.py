"""Rule S-1: the R4B models accept the resource (fhir-pas.md 6.1)."""

from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resource_types import R4_ONLY

_MISSING = ("required", "Missing element", "a mandatory element is missing")
_CODES = {
    "missing": _MISSING,
    "model_field_validation.missing": _MISSING,
    "extra_forbidden": ("structure", "Unknown element", "R4 has no such element"),
}
# What the models say of a choice of types, as they have no type of error for it.
_CHOICES = {
    "Value error, Expect any of field value": _MISSING,
    "Value error, Any of one field value": ("structure", "Several choices", "the element has values of several types"),
}
_OTHER = ("value", "Invalid value", "the value does not fit the element's type")


def model_issues(resource: Resource, path: str) -> Iterator[Issue]:
    """What the model of a resource refuses; a Bundle is taken apart, so that each entry is judged by its own model."""
    if resource["resourceType"] in R4_ONLY:
        return
    if resource["resourceType"] != "Bundle":
        yield from _judged(resource, path)
        return
    listed = resource.get("entry")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    hollow = [{name: value for name, value in entry.items() if name != "resource"} for entry in entries]
    yield from _judged({**resource, **({"entry": hollow} if entries else {})}, path)
    for position, entry in enumerate(entries):
        if isinstance(entry.get("resource"), dict):
            yield from model_issues(entry["resource"], f"{path}.entry[{position}].resource")


def _judged(resource: Resource, path: str) -> Iterator[Issue]:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            yield _issue(detail, path)
    except KeyError:
        # The models fail so on a contained type that only R4 has; the walk has warned of it.
        return


def _issue(detail: ErrorDetails, path: str) -> Issue:
    choice = next((found for start, found in _CHOICES.items() if detail["msg"].startswith(start)), _OTHER)
    code, text, diagnostics = _CODES.get(detail["type"], choice)
    return Issue("S-1", "error", code, text, diagnostics, path + "".join(_step(part) for part in detail["loc"]))


def _step(part: Any) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"

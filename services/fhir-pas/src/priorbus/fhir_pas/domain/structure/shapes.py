"""The element tables of R4 types, read once from the models: what the models know but do not check."""

import types
import typing
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from fhir.resources.R4B import get_fhir_model_class
from fhir_core.types import Base64Binary, FhirBase
from pydantic import BaseModel

Kind = Literal["string", "base64", "number", "integer", "boolean", "complex", "resource"]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type: its JSON kind, whether it repeats, and for complex ones the model of its type."""

    kind: Kind
    many: bool
    model: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A type's elements by JSON name. `reference` marks the Reference type."""

    name: str
    elements: dict[str, Element] = field(repr=False)
    reference: bool


def resource_shape(resource_type: str) -> Shape:
    """The shape of a resource type that R4B has."""
    return shape(get_fhir_model_class(resource_type))


@cache
def shape(model: type[BaseModel]) -> Shape:
    """The shape of a model of fhir.resources."""
    elements = {info.alias or name: _element(info.annotation) for name, info in model.model_fields.items() if name != "fhir_comments"}
    return Shape(model.__name__, elements, model.__name__ == "Reference")


def _element(annotation: Any) -> Element:
    inner = _without_none(annotation)
    if typing.get_origin(inner) is list:
        return _single(_without_none(typing.get_args(inner)[0]), many=True)
    return _single(inner, many=False)


def _single(annotation: Any, *, many: bool) -> Element:
    if isinstance(annotation, type) and issubclass(annotation, FhirBase):
        model = annotation.get_model_klass()
        return Element("resource", many) if model.__name__ == "Resource" else Element("complex", many, model)
    return Element(_primitive(annotation), many)


def _primitive(annotation: Any) -> Kind:
    base, *marks = typing.get_args(annotation) or (annotation,)
    if any(isinstance(mark, Base64Binary) for mark in marks):
        return "base64"
    kinds: dict[Any, Kind] = {bool: "boolean", int: "integer", Decimal: "number"}
    return kinds.get(base, "string")


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) not in {typing.Union, types.UnionType}:
        return annotation
    present = [choice for choice in typing.get_args(annotation) if choice is not type(None)]
    return present[0] if len(present) == 1 else str

"""One pass over a request: rules S-2 to S-9, and every Reference on the way (fhir-pas.md 6.1)."""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from priorbus.fhir_pas.domain.codes import INFO_CANCELLED
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue, Setting
from priorbus.fhir_pas.domain.resource_types import MODELLED, R4_ONLY
from priorbus.fhir_pas.domain.structure.required_codes import REQUIRED_CODES
from priorbus.fhir_pas.domain.structure.shapes import Element, Shape, resource_shape, shape

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_KNOWN_MODIFIERS = frozenset({INFO_CANCELLED})


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A Reference element and where it is; `path` is a FHIRPath from the root."""

    path: str
    element: Resource


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_JSON_TYPES: dict[str, Callable[[object], bool]] = {
    "boolean": _is_boolean,
    "integer": _is_integer,
    "number": _is_number,
    "string": _is_text,
    "base64": _is_text,
}


@dataclass(slots=True)
class Walk:
    """Collects issues and references. `modifiers` tells how S-9 applies (unknown modifierExtension), `blanks` how S-8 does."""

    modifiers: Setting
    blanks: Setting = "warning"
    issues: list[Issue] = field(default_factory=list)
    references: list[FoundReference] = field(default_factory=list)

    def resource(self, node: Any, path: str) -> None:
        """Check a resource; types that only R4 has are left alone with a warning."""
        kind = str(node.get("resourceType")) if isinstance(node, dict) else ""
        if kind in MODELLED:
            self._id(node, path)
            self._object(node, resource_shape(kind), path)
        elif kind in R4_ONLY:
            self._report("S-2", "structure", "Resource type without a model", f"{kind} is stored unchecked", path, severity="warning")
        else:
            self._report("S-2", "structure", "Unknown resource type", "resourceType is missing or not an R4 type", path)

    def _object(self, node: Any, node_shape: Shape, path: str) -> None:
        if not isinstance(node, dict):
            self._report("S-4", "value", "Wrong JSON type", "expected an object", path)
            return
        if not node:
            self._report("S-3", "structure", "Empty object", "an object without members", path)
        if node_shape.reference:
            self.references.append(FoundReference(path, node))
        elements = node_shape.elements
        for name, value in node.items():
            element = elements.get(name)
            if element is not None:
                self._member(node, name, value, element, f"{path}.{name}")
        self._codes(node, node_shape, path)
        if "modifierExtension" in node:
            self._modifiers(node["modifierExtension"], path)

    def _member(self, node: Resource, name: str, value: Any, element: Element, path: str) -> None:
        if not element.many:
            self._value(value, element, path)
        elif not isinstance(value, list):
            self._report("S-4", "value", "Wrong JSON type", "expected an array", path)
        elif not value:
            self._report("S-3", "structure", "Empty array", "an array without elements", path)
        else:
            holes = name.startswith("_") or f"_{name}" in node
            for position, entry in enumerate(value):
                if not (entry is None and holes):
                    self._value(entry, element, f"{path}[{position}]")

    def _value(self, value: Any, element: Element, path: str) -> None:
        if value is None:
            self._report("S-3", "structure", "Null value", "null stands for nothing in FHIR", path)
        elif element.model is not None:
            self._object(value, shape(element.model), path)
        elif element.kind == "resource":
            self.resource(value, path)
        else:
            self._primitive(value, element, path)

    def _primitive(self, value: Any, element: Element, path: str) -> None:
        if not _JSON_TYPES[element.kind](value):
            expected = "string" if element.kind == "base64" else element.kind
            self._report("S-4", "value", "Wrong JSON type", f"expected a JSON {expected}", path)
        elif element.kind == "base64":
            self._base64(value, path)
        elif element.kind == "string" and not value.strip():
            self._report("S-8", "value", "Blank text", "a string of white space only", path, severity=self.blanks)

    def _base64(self, value: str, path: str) -> None:
        try:
            binascii.a2b_base64("".join(value.split()), strict_mode=True)
        except (binascii.Error, ValueError):
            self._report("S-6", "value", "Not base64", "content is not valid base64", path)

    def _codes(self, node: Resource, node_shape: Shape, path: str) -> None:
        for name, allowed in REQUIRED_CODES.get(node_shape.name, ()):
            value = node.get(name)
            if isinstance(value, str) and value not in allowed:
                self._report("S-7", "code-invalid", "Unknown code", f"{name} is not one of {', '.join(allowed)}", f"{path}.{name}")

    def _modifiers(self, extensions: Any, path: str) -> None:
        for position, extension in enumerate(extensions if isinstance(extensions, list) else ()):
            if isinstance(extension, dict) and str(extension.get("url")) not in _KNOWN_MODIFIERS:
                where = f"{path}.modifierExtension[{position}]"
                self._report("S-9", "extension", "Unknown modifier extension", "its meaning is not known", where, severity=self.modifiers)

    def _id(self, node: Resource, path: str) -> None:
        identity = node.get("id")
        if isinstance(identity, str) and not _ID.fullmatch(identity):
            self._report("S-5", "value", "Malformed id", "id has 1 to 64 letters, digits, hyphens and dots", f"{path}.id")

    def _report(self, rule: str, code: str, text: str, diagnostics: str, path: str, *, severity: Setting = "error") -> None:
        if severity != "off":
            self.issues.append(Issue(rule, severity, code, text, diagnostics, path))

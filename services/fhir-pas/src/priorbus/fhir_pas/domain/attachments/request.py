"""The Parameters of `$submit-attachment`, read and checked: rules A-1 to A-11.

http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-parameters-submit-attachment, and the seed's variant of it on `/fhir`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.fhir_json import MalformedJsonError, Resource, parse
from priorbus.fhir_pas.domain.issues import Issue, capped, errors
from priorbus.fhir_pas.domain.limits import LIMITS, Limits
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.structure.check import check_structure
from priorbus.fhir_pas.domain.validation import Rejection

_VALUES = {
    "TrackingId": "valueIdentifier",
    "AttachTo": "valueCode",
    "MemberId": "valueIdentifier",
    "Final": "valueBoolean",
    "OrganizationId": "valueIdentifier",
    "ProviderId": "valueIdentifier",
    "PayerId": "valueIdentifier",
    "ServiceDate": "valueDateTime",
}
_RULES = {"TrackingId": "A-1", "AttachTo": "A-2", "MemberId": "A-3", "Final": "A-4"}
_PARTS = frozenset({"Code", "Content", "LineItem"})
_LEAST_PARAMETERS = 5
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INPUT = Issue("S-10", "error", "invalid", "Wrong input", "the body of this operation is Parameters", "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment; `pointer` is the JSON Pointer of its content in the body."""

    content: Resource
    code: Resource | None
    lines: tuple[str, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class AttachmentRequest:
    """A valid request and its warnings."""

    body: Resource
    tracking: Resource
    attach_to: str
    member: Resource
    final: bool
    providers: tuple[Resource, ...]
    attachments: tuple[Attachment, ...]
    warnings: tuple[Issue, ...]

    @property
    def resource_types(self) -> tuple[str, ...]:
        """The type of every content, entries of Bundles included."""
        return tuple(dict.fromkeys(kind for one in self.attachments for kind in _types(one.content)))


def read_request(text: str | bytes, strictness: Strictness, limits: Limits = LIMITS) -> AttachmentRequest | Rejection:
    """Phases 1 to 4 for this operation."""
    try:
        body = parse(text)
    except MalformedJsonError as error:
        return Rejection(400, (error.issue,))
    if body["resourceType"] != "Parameters":
        return Rejection(422, (_INPUT,))
    structure = check_structure(body, modifiers=strictness.setting("S-9", "E W"), blanks=strictness.setting("S-8", "W W"))
    if errors(structure.issues):
        return Rejection(422, capped(structure.issues))
    reading = _Reading(body.get("parameter", []), strictness.base, limits.attachments)
    issues = (*structure.issues, *_severed(reading.issues(), strictness))
    if errors(issues):
        return Rejection(422, capped(errors(issues)))
    request = reading.request(body, issues)
    return too_long((one.content for one in request.attachments), limits) or request


def _severed(found: Iterator[Issue], strictness: Strictness) -> Iterator[Issue]:
    """The issues as severe as the tenant wants them."""
    for issue in found:
        setting = strictness.setting(issue.rule, "E E")
        if setting != "off":
            yield replace(issue, severity=setting)


def too_long(contents: Iterable[Resource], limits: Limits) -> Rejection | None:
    """The rejection of a request when a decoded content in one of these resources is above the limit: four characters are three bytes."""
    most = limits.attachment_bytes
    sizes = (len(str(one.get("data", ""))) // 4 * 3 for content in contents for one, _ in inline_attachments(content, ""))
    if all(size <= most + 2 for size in sizes):
        return None
    issue = Issue("", "error", "too-long", "Attachment is too large", f"at most {most} bytes for each attachment", "")
    return Rejection(413, (issue,))


@dataclass(frozen=True, slots=True)
class _Reading:
    parameters: list[Resource]
    base: Base
    most: int

    @property
    def _strict(self) -> bool:
        return self.base.preset == "strict" and self.base.release != "seed"

    def issues(self) -> Iterator[Issue]:
        yield from self._cardinalities()
        attach_to = self._value("AttachTo")
        if attach_to is not None and attach_to not in ("claim", "preauthorization"):
            yield _issue("A-2", "code-invalid", "AttachTo is claim or preauthorization", "Parameters.parameter.where(name='AttachTo')")
        yield from self._parties(attach_to)
        yield from self._attachments()

    def _cardinalities(self) -> Iterator[Issue]:
        for name, rule in _RULES.items():
            found = [one for one in self.parameters if one.get("name") == name]
            optional = name == "Final" and self.base.release != "seed"
            if len(found) != 1 and not (optional and not found):
                yield _issue(rule, "required", f"{len(found)} of {name}, expected 1", f"Parameters.parameter.where(name='{name}')")
            elif found and _VALUES[name] not in found[0]:
                yield _issue(rule, "value", f"{name} needs {_VALUES[name]}", f"Parameters.parameter.where(name='{name}')")
        counted = self._strict or self.base.release == "seed"
        if counted and len(self.parameters) < _LEAST_PARAMETERS:
            yield _issue("A-6", "required", f"fewer than {_LEAST_PARAMETERS} parameters", "Parameters.parameter")

    def _parties(self, attach_to: Any) -> Iterator[Issue]:
        if not self._strict:
            return
        if self._value("OrganizationId") is None and self._value("ProviderId") is None:
            yield _issue("A-7", "required", "OrganizationId or ProviderId is needed", "Parameters.parameter")
        if attach_to == "claim" and _DAY.match(str(self._value("ServiceDate") or "")) is None:
            yield _issue("A-8", "required", "ServiceDate to the day is needed for a claim", "Parameters.parameter")
        known = {*_VALUES, "Attachment", "AdminRefNumber"}
        for position, one in enumerate(self.parameters):
            if one.get("name") not in known:
                yield _issue("A-9", "invalid", "unknown parameter", f"Parameters.parameter[{position}]")

    def _attachments(self) -> Iterator[Issue]:
        found = [(position, one) for position, one in enumerate(self.parameters) if one.get("name") == "Attachment"]
        if not found:
            yield _issue("A-5", "required", "Attachment is missing", "Parameters.parameter.where(name='Attachment')")
        if len(found) > self.most:
            yield _issue("", "too-costly", f"more than {self.most} attachments", "Parameters.parameter")
        for position, one in found:
            yield from self._parts(one.get("part", []), f"Parameters.parameter[{position}]")

    def _parts(self, parts: list[Resource], path: str) -> Iterator[Issue]:
        contents = [part for part in parts if part.get("name") == "Content"]
        if len(contents) != 1 or "resource" not in contents[0]:
            yield _issue("A-10", "required", "Content with a resource is needed once", f"{path}.part")
            return
        if self.base.release != "seed" and any(part.get("name") == "LineItem" and "valueString" not in part for part in parts):
            yield _issue("A-10", "value", "LineItem is a string", f"{path}.part")
        codes = [part for part in parts if part.get("name") == "Code"]
        if len(codes) > 1 or any("valueCodeableConcept" not in code for code in codes):
            yield _issue("A-10", "value", "Code is one CodeableConcept", f"{path}.part")
        if self._strict and any(part.get("name") not in _PARTS for part in parts):
            yield _issue("A-9", "invalid", "unknown part", f"{path}.part")
        where = f"{path}.part[{parts.index(contents[0])}].resource"
        for attachment, pointer in inline_attachments(contents[0]["resource"], ""):
            if "data" not in attachment and "url" not in attachment:
                yield _issue("A-11", "required", "attachment needs data or url", where + fhirpath(pointer))

    def _value(self, name: str) -> Any:
        return next((one.get(_VALUES[name]) for one in self.parameters if one.get("name") == name), None)

    def request(self, body: Resource, warnings: tuple[Issue, ...]) -> AttachmentRequest:
        final = self._value("Final")
        return AttachmentRequest(
            body=body,
            tracking=self._value("TrackingId"),
            attach_to=self._value("AttachTo"),
            member=self._value("MemberId"),
            final=True if final is None else final,
            providers=tuple(one for one in (self._value("OrganizationId"), self._value("ProviderId")) if one),
            attachments=tuple(self._read_attachments()),
            warnings=warnings,
        )

    def _read_attachments(self) -> Iterator[Attachment]:
        for position, one in enumerate(self.parameters):
            if one.get("name") != "Attachment":
                continue
            for place, part in enumerate(one["part"]):
                if part.get("name") == "Content":
                    code = next((other["valueCodeableConcept"] for other in one["part"] if other.get("name") == "Code"), None)
                    lines = tuple(
                        other["valueString"] for other in one["part"] if other.get("name") == "LineItem" and "valueString" in other
                    )
                    yield Attachment(part["resource"], code, lines, f"/parameter/{position}/part/{place}/resource")


def inline_attachments(content: Resource, pointer: str) -> Iterator[tuple[Resource, str]]:
    """Every `attachment` of a DocumentReference, also of those inside a Bundle, with its JSON Pointer."""
    if content.get("resourceType") == "Bundle":
        for position, entry in enumerate(content.get("entry", ())):
            yield from inline_attachments(entry.get("resource", {}), f"{pointer}/entry/{position}/resource")
    elif content.get("resourceType") == "DocumentReference":
        for position, one in enumerate(content.get("content", ())):
            yield one["attachment"], f"{pointer}/content/{position}/attachment"


def fhirpath(pointer: str) -> str:
    """A JSON Pointer as steps of a FHIRPath."""
    return "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in pointer.split("/")[1:])


def _types(content: Resource) -> Iterator[str]:
    yield str(content["resourceType"])
    if content["resourceType"] == "Bundle":
        for entry in content.get("entry", ()):
            if "resource" in entry:
                yield from _types(entry["resource"])


def _issue(rule: str, code: str, diagnostics: str, expression: str) -> Issue:
    return Issue(rule, "error", code, "Attachments can not be accepted", diagnostics, expression)

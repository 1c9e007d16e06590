"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claim and profile-claim-update (fhir-pas.md 6.3 and 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.codes import (
    CLAIM_TYPE,
    CPT,
    DATA_ABSENT,
    HCPCS,
    ICD9,
    ICD10_PCS,
    NDC,
    PLACE_OF_SERVICE,
    TEMP_CODES,
    TYPE_OF_BILL,
    extension,
    x12,
)
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import coded, count, equal, extensions, full_date, has_code, has_extension, present, unique
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule

_TYPES = ("institutional", "professional", "oral")
_DIAGNOSIS_TYPES = ("admitting", "principal", "patientreasonforvisit")
_SERVICES = (DATA_ABSENT, x12(1365), CPT, HCPCS, ICD9, ICD10_PCS, NDC)
_IMMEDIATE = "1"
_POINTERS = (("careTeamSequence", "careTeam"), ("diagnosisSequence", "diagnosis"), ("informationSequence", "supportingInfo"))


def _identifiers(claim: Resource) -> Iterator[Flaw]:
    yield from count("identifier", 1, 2)(claim)
    for position, identifier in enumerate(claim.get("identifier", ())):
        for step, diagnostics in present("system", "value")(identifier):
            yield f".identifier[{position}]{step}", diagnostics


def _kind(claim: Resource) -> Iterator[Flaw]:
    if not any(has_code(claim.get("type"), CLAIM_TYPE, code) for code in _TYPES):
        yield ".type", "no coding institutional, professional or oral"


def _has_items(claim: Resource) -> Iterator[Flaw]:
    if not claim.get("item"):
        yield ".item", "the Claim has no item"


def _location(item: Resource) -> Iterator[Flaw]:
    yield from has_extension(extension("serviceItemRequestType"))(item)
    yield from has_extension(extension("certificationType"))(item)
    if "locationCodeableConcept" not in item:
        yield ".locationCodeableConcept", "location[x] is missing or not a CodeableConcept"


def _is_info(info: Resource, code: str) -> bool:
    return has_code(info.get("category"), TEMP_CODES, code)


def _additional(info: Resource) -> Iterator[Flaw]:
    if not _is_info(info, "additionalInformation"):
        return
    yield from present("valueReference")(info)
    documents = list(extensions(info, extension("documentInformation")))
    if not any(part.get("url") == "reportTypeCode" for document in documents for part in document.get("extension", ())):
        yield ".extension", "documentInformation with reportTypeCode is missing"


def _discharge(info: Resource) -> Iterator[Flaw]:
    if _is_info(info, "dischargeDates") and "timingPeriod" in info:
        yield ".timingPeriod", "a discharge has a date, not a period"


def _diagnosis(diagnosis: Resource) -> Iterator[Flaw]:
    if "diagnosisCodeableConcept" not in diagnosis:
        yield "", "diagnosis[x] is not a CodeableConcept"


def _diagnosis_type(diagnosis: Resource) -> Iterator[Flaw]:
    for position, concept in enumerate(diagnosis.get("type", ())):
        if not any(has_code(concept, TEMP_CODES, code) for code in _DIAGNOSIS_TYPES):
            yield f".type[{position}]", "not admitting, principal or patientreasonforvisit"


def _pointers(claim: Resource) -> Iterator[Flaw]:
    for pointer, target in _POINTERS:
        known = {entry.get("sequence") for entry in claim.get(target, ())}
        for position, item in enumerate(claim.get("item", ())):
            if not known.issuperset(item.get(pointer, ())):
                yield f".item[{position}].{pointer}", f"points to no {target}"


def _immediate(claim: Resource) -> Iterator[Flaw]:
    if any(True for _ in extensions(claim, extension("levelOfServiceCode"))):
        return
    for position, item in enumerate(claim.get("item", ())):
        found = extensions(item, extension("certificationType"))
        if any(has_code(entry.get("valueCodeableConcept"), x12(1322), _IMMEDIATE) for entry in found):
            yield f".item[{position}].extension", "an immediate certification without level of service"


def _services(item: Resource) -> Iterator[Flaw]:
    yield from coded("productOrService", _SERVICES)(item)
    if "locationCodeableConcept" in item:
        yield from coded("locationCodeableConcept", (TYPE_OF_BILL, PLACE_OF_SERVICE))(item)
    if "category" in item:
        yield from coded("category", (x12(1365),))(item)


def _related(claim: Resource) -> Iterator[Flaw]:
    if "related" not in claim:
        return
    yield from count("related", 1, 1)(claim)
    for position, related in enumerate(claim["related"]):
        if "claim" not in related or not any(coding.get("code") == "prior" for coding in related.get("relationship", {}).get("coding", ())):
            yield f".related[{position}]", "expected claim and relationship prior"


RULES = (
    Rule("C-1", "", _identifiers, "E W", "required", "Claim needs one or two identifiers with system and value"),
    Rule("C-2", "", equal("status", expected="active"), "E W", "value", "Claim status"),
    Rule("C-3", "", equal("use", expected="preauthorization"), "E E", "business-rule", "Claim use"),
    Rule("C-4", "", _kind, "E W", "code-invalid", "Claim type", ONLY_2_2),
    Rule("C-5", "", present("insurer", "provider"), "E W", "required", "Claim needs insurer and provider"),
    Rule("C-6", "insurance", equal("focal", expected=True), "E W", "value", "Insurance is focal"),
    Rule("C-7", "careTeam", has_extension(extension("careTeamClaimScope")), "E W", "required", "Care team needs its scope"),
    Rule("C-8", "", unique("supportingInfo", "sequence"), "E W", "duplicate", "supportingInfo sequence is unique"),
    Rule("C-9", "", unique("item", "sequence"), "E E", "duplicate", "Item sequence is unique"),
    Rule("C-10", "", _has_items, "E W", "required", "Claim needs items"),
    Rule("C-11", "item", present("category", "productOrService"), "E W", "required", "Item needs category and service"),
    Rule("C-12", "item", _location, "E W", "required", "Item needs request type, certification type and location", ONLY_2_2),
    Rule("C-13", "supportingInfo", _additional, "E W", "required", "Additional information needs its document", ONLY_2_2),
    Rule("C-14", "supportingInfo", full_date("timingDate", "timingPeriod"), "E W", "value", "Full date"),
    Rule("C-14", "item", full_date("servicedDate", "servicedPeriod"), "E W", "value", "Full date"),
    Rule("C-14", "accident", full_date("date"), "E W", "value", "Full date"),
    Rule("C-15", "supportingInfo", _discharge, "E W", "structure", "Discharge date", ONLY_2_2),
    Rule("C-16", "diagnosis", _diagnosis, "E W", "structure", "Diagnosis is coded"),
    Rule("C-17", "", _pointers, "W W", "invalid", "Sequences point to entries"),
    Rule("C-18", "", _immediate, "W -", "invariant", "Immediate level of care", ONLY_2_2),
    Rule("T-1", "diagnosis", _diagnosis_type, "E W", "code-invalid", "Diagnosis type"),
    Rule("T-2", "item", _services, "E W", "code-invalid", "Service, location or category code"),
    Rule("U-1", "", _related, "E W", "required", "Update names the prior Claim", ONLY_2_2),
)

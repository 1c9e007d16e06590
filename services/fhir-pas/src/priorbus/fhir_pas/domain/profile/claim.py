"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claim and profile-claim-update (fhir-pas.md 6.3 and 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.codes import (
    CLAIM_TYPE,
    CPT,
    DATA_ABSENT,
    DIAGNOSIS_SYSTEMS,
    HCPCS,
    ICD9,
    ICD10_PCS,
    INFO_CANCELLED,
    NDC,
    PLACE_OF_SERVICE,
    RELATED_CLAIM,
    REVENUE,
    TEMP_CODES,
    TYPE_OF_BILL,
    extension,
    x12,
)
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import coded, count, equal, extensions, full_date, has_code, has_extension, present, unique
from priorbus.fhir_pas.domain.profile.quantities import described, x12_unit
from priorbus.fhir_pas.domain.profile.row import EARLIER
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Check, Flaw, Rule

_TYPES = ("institutional", "professional", "oral")
_DIAGNOSIS_TYPES = ("admitting", "principal", "patientreasonforvisit")
SERVICES = (DATA_ABSENT, x12(1365), CPT, HCPCS, ICD9, ICD10_PCS, NDC)
_ANY_SERVICE = "not-applicable"
_IMMEDIATE = "1"
CANCEL = "3"
_CERTIFIED = ("itemCertificationEffectiveDate", "itemCertificationExpirationDate", "itemCertificationIssueDate")
_DATED = frozenset(extension(name) for name in ("diagnosisRecordedDate", *_CERTIFIED))
_HOME_CARE = extension("homeHealthCareInformation")
_CODED = {
    extension("levelOfServiceCode"): x12(1338),
    extension("certificationType"): x12(1322),
    extension("serviceItemRequestType"): x12(1525),
    extension("nursingHomeLevelOfCare"): x12(1337),
}
"""Extensions of Claim and item whose value is a code, with the system of that."""
_POINTERS = (("careTeamSequence", "careTeam"), ("diagnosisSequence", "diagnosis"), ("informationSequence", "supportingInfo"))


def identifiers(least: int, most: int) -> Check:
    """So many identifiers, each with system and value."""

    def check(claim: Resource) -> Iterator[Flaw]:
        yield from count("identifier", least, most)(claim)
        for position, identifier in enumerate(claim.get("identifier", ())):
            for step, diagnostics in present("system", "value")(identifier):
                yield f".identifier[{position}]{step}", diagnostics

    return check


def _kind(claim: Resource) -> Iterator[Flaw]:
    if not any(has_code(claim.get("type"), CLAIM_TYPE, code) for code in _TYPES):
        yield ".type", "no coding institutional, professional or oral"


def has_items(claim: Resource) -> Iterator[Flaw]:
    """At least one item."""
    if not claim.get("item"):
        yield ".item", "the Claim has no item"


def cancels_whole(claim: Resource) -> bool:
    """Whether the Claim itself carries certification type 3, cancel (fhir-pas.md 12)."""
    found = extensions(claim, extension("certificationType"))
    return any(has_code(one.get("valueCodeableConcept"), x12(1322), CANCEL) for one in found)


def _needs_items(claim: Resource) -> Iterator[Flaw]:
    if not cancels_whole(claim):
        yield from has_items(claim)


def _cancels_without_items(claim: Resource) -> Iterator[Flaw]:
    if cancels_whole(claim):
        yield from has_items(claim)


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
    for position, item in enumerate(claim.get("item", ())):
        if any(True for node in (claim, item) for _ in extensions(node, extension("levelOfServiceCode"))):
            continue
        found = extensions(item, extension("certificationType"))
        if any(has_code(entry.get("valueCodeableConcept"), x12(1322), _IMMEDIATE) for entry in found):
            yield f".item[{position}].extension", "an immediate certification without level of service"


def service(item: Resource) -> Iterator[Flaw]:
    """The service has a code of an allowed system; of the reasons for its absence only one will do."""
    if "productOrService" not in item:
        return
    codings = item["productOrService"].get("coding", ())
    known = [one for one in codings if one.get("system") != DATA_ABSENT or one.get("code") == _ANY_SERVICE]
    yield from coded("productOrService", SERVICES)({"productOrService": {"coding": known}})


def _services(item: Resource) -> Iterator[Flaw]:
    yield from service(item)
    if "locationCodeableConcept" in item:
        yield from coded("locationCodeableConcept", (TYPE_OF_BILL, PLACE_OF_SERVICE))(item)
    if "category" in item:
        yield from coded("category", (x12(1365),))(item)


def _other_codes(claim: Resource) -> Iterator[Flaw]:
    yield from _x12_codes(claim)
    for name, systems in (("modifier", (CPT, HCPCS)), ("revenue", (REVENUE,))):
        for position, item in enumerate(claim.get("item", ())):
            for step, diagnostics in coded(name, systems)(item) if name in item else ():
                yield f".item[{position}]{step}", diagnostics
    for position, diagnosis in enumerate(claim.get("diagnosis", ())):
        if "diagnosisCodeableConcept" in diagnosis:
            for step, diagnostics in coded("diagnosisCodeableConcept", DIAGNOSIS_SYSTEMS)(diagnosis):
                yield f".diagnosis[{position}]{step}", diagnostics


def _x12_codes(claim: Resource) -> Iterator[Flaw]:
    nodes = [(claim, ""), *((item, f".item[{position}]") for position, item in enumerate(claim.get("item", ())))]
    for node, where in nodes:
        for position, one in enumerate(node.get("extension", ())):
            system = _CODED.get(one.get("url", ""))
            if system is not None and "valueCodeableConcept" in one:
                for step, diagnostics in coded("valueCodeableConcept", (system,))(one):
                    yield f"{where}.extension[{position}]{step}", diagnostics


def _known_category(info: Resource) -> Iterator[Flaw]:
    if not any(coding.get("system") == TEMP_CODES for coding in info.get("category", {}).get("coding", ())):
        yield ".category", "the category is none of PASTempCodes"


def _extension_dates(node: Resource) -> Iterator[Flaw]:
    for position, one in enumerate(node.get("extension", ())):
        if one.get("url") in _DATED:
            for step, diagnostics in full_date("valueDate", "valuePeriod")(one):
                yield f".extension[{position}]{step}", diagnostics


def _home_care_dates(claim: Resource) -> Iterator[Flaw]:
    for position, one in enumerate(claim.get("extension", ())):
        if one.get("url") == _HOME_CARE:
            for place, part in enumerate(one.get("extension", ())):
                for step, diagnostics in full_date("valueDate")(part):
                    yield f".extension[{position}].extension[{place}]{step}", diagnostics


def _cancelled(node: Resource) -> Iterator[Flaw]:
    flagged = any(one.get("url") == INFO_CANCELLED and one.get("valueBoolean") for one in node.get("modifierExtension", ()))
    found = extensions(node, extension("certificationType"))
    typed = any(has_code(one.get("valueCodeableConcept"), x12(1322), CANCEL) for one in found)
    if flagged != typed and "productOrService" in node:
        yield "", "a cancelled item has infoCancelled and certification type 3"


def _related(claim: Resource) -> Iterator[Flaw]:
    if "related" not in claim:
        return
    yield from count("related", 1, 1)(claim)
    for position, related in enumerate(claim["related"]):
        if "claim" not in related or not has_code(related.get("relationship"), RELATED_CLAIM, "prior"):
            yield f".related[{position}]", "expected claim and relationship prior"


RULES = (
    Rule("C-1", "", identifiers(1, 2), "E W", "required", "Claim needs one or two identifiers with system and value", ONLY_2_2),
    Rule("C-1", "", identifiers(1, 1), "E W", "required", "Claim needs one identifier with system and value", EARLIER),
    Rule("C-2", "", equal("status", expected="active"), "E W", "value", "Claim status"),
    Rule("C-3", "", equal("use", expected="preauthorization"), "E E", "business-rule", "Claim use"),
    Rule("C-4", "", _kind, "E W", "code-invalid", "Claim type", ONLY_2_2),
    Rule("C-5", "", present("insurer", "provider"), "E W", "required", "Claim needs insurer and provider"),
    Rule("C-6", "insurance", equal("focal", expected=True), "E W", "value", "Insurance is focal"),
    Rule("C-7", "careTeam", has_extension(extension("careTeamClaimScope")), "E W", "required", "Care team needs its scope"),
    Rule("C-8", "", unique("supportingInfo", "sequence"), "E W", "duplicate", "supportingInfo sequence is unique"),
    Rule("C-9", "", unique("item", "sequence"), "E E", "duplicate", "Item sequence is unique"),
    Rule("C-10", "", _needs_items, "E W", "required", "Claim needs items"),
    Rule("C-10", "", _cancels_without_items, "W W", "required", "A cancelled request shows its items"),
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
    Rule("C-14", "item", _extension_dates, "E W", "value", "Full date"),
    Rule("C-14", "diagnosis", _extension_dates, "E W", "value", "Full date"),
    Rule("C-14", "", _home_care_dates, "E W", "value", "Full date"),
    Rule("D-2", "item.quantity", described, "E W", "invariant", "Quantity has value and unit", ONLY_2_2),
    Rule("D-3", "item.quantity", x12_unit, "W W", "code-invalid", "System of the unit", ONLY_2_2),
    Rule("T-3", "", _other_codes, "W -", "code-invalid", "Code of another system"),
    Rule("T-4", "supportingInfo", _known_category, "W -", "code-invalid", "Unknown supportingInfo category"),
    Rule("U-5", "item", _cancelled, "W W", "business-rule", "A cancelled item says so twice"),
    Rule("T-1", "diagnosis", _diagnosis_type, "E W", "code-invalid", "Diagnosis type"),
    Rule("T-2", "item", _services, "E W", "code-invalid", "Service, location or category code"),
    Rule("U-1", "", _related, "E W", "required", "Update names the prior Claim", ONLY_2_2),
)

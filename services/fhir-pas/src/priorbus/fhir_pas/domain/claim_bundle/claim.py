"""The Claim of one attempt."""

from decimal import Decimal

from priorbus.contracts.authorizations import Authorization
from priorbus.fhir_pas.domain.claim_bundle.answers import flag, leaf, occurrences, text
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given, identifier, reference
from priorbus.fhir_pas.domain.claim_bundle.mapping import CODE_SYSTEMS, INITIAL, REVISED, SERVICES, URGENT
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_system, claim_identifier_value, part_url
from priorbus.fhir_pas.domain.codes import (
    CLAIM_TYPE,
    ICD10_CM,
    PLACE_OF_SERVICE,
    PROCESS_PRIORITY,
    RELATED_CLAIM,
    TEMP_CODES,
    extension,
    profile,
    x12,
)
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant

_PRINCIPAL = "ABK"


def claim(authorization: Authorization, attempt: int, public_base: str, info: list[Resource], prior_url: str | None = None) -> Resource:
    """The Claim; with `prior_url`, the fullUrl of the Claim that the payer has, it is an update."""
    id_, service = authorization.id, SERVICES[authorization.selection.service_type]
    urgent = flag(authorization.answers, "request.isUrgent")
    number = identifier(claim_identifier_system(public_base), claim_identifier_value(id_, attempt))
    diagnoses = _diagnoses(authorization)
    return given(
        resourceType="Claim",
        meta={"profile": [profile("claim-update" if prior_url else "claim")]},
        extension=[{"url": extension("levelOfServiceCode"), "valueCodeableConcept": concept(x12(1338), URGENT)}] if urgent else [],
        identifier=[number],
        status="active",
        type=concept(CLAIM_TYPE, service.claim_type),
        use="preauthorization",
        patient=reference(part_url(id_, "patient")),
        created=instant(authorization.updated_at),
        insurer=reference(part_url(id_, "insurer")),
        provider=reference(part_url(id_, "requestor")),
        priority=concept(PROCESS_PRIORITY, "stat" if urgent else "normal"),
        related=[{"claim": reference(prior_url), "relationship": concept(RELATED_CLAIM, "prior")}] if prior_url else [],
        supportingInfo=info,
        diagnosis=diagnoses,
        insurance=[{"sequence": 1, "focal": True, "coverage": reference(part_url(id_, "coverage"))}],
        item=[_item(authorization, public_base, diagnoses, info, REVISED if prior_url else INITIAL)],
    )


def _diagnoses(authorization: Authorization) -> list[Resource]:
    found = []
    for sequence, occurrence in enumerate(occurrences(authorization.answers, "diagnoses"), 1):
        principal = leaf(occurrence, "qualifierCode") == _PRINCIPAL
        code = leaf(occurrence, "code")
        if code:
            diagnosis = {"sequence": sequence, "diagnosisCodeableConcept": concept(ICD10_CM, code)}
            found.append({**diagnosis, "type": [concept(TEMP_CODES, "principal")]} if principal else diagnosis)
    return found


def _item(authorization: Authorization, public_base: str, diagnoses: list[Resource], info: list[Resource], certification: str) -> Resource:
    selection = authorization.selection
    service = SERVICES[selection.service_type]
    trace = identifier(f"{public_base}/identifiers/service-line", f"{authorization.id}:1")
    return given(
        extension=[
            {"url": extension("itemTraceNumber"), "valueIdentifier": trace},
            {"url": extension("serviceItemRequestType"), "valueCodeableConcept": concept(x12(1525), service.request_type)},
            {"url": extension("certificationType"), "valueCodeableConcept": concept(x12(1322), certification)},
        ],
        sequence=1,
        diagnosisSequence=[diagnosis["sequence"] for diagnosis in diagnoses],
        informationSequence=[entry["sequence"] for entry in info if "modifierExtension" not in entry],
        category=concept(x12(1365), service.category),
        productOrService=concept(CODE_SYSTEMS[selection.service_code_system], selection.service_code),
        **_serviced(authorization),
        locationCodeableConcept=concept(PLACE_OF_SERVICE, service.place),
        quantity=_quantity(authorization),
    )


def _serviced(authorization: Authorization) -> Resource:
    start = text(authorization.answers, "service.startDate")
    end = text(authorization.answers, "service.endDate")
    if start and end:
        return {"servicedPeriod": {"start": start, "end": end}}
    return {"servicedDate": start} if start else {}


def _quantity(authorization: Authorization) -> Resource | None:
    quantity = text(authorization.answers, "service.quantity")
    return {"value": Decimal(quantity), "system": x12(673), "code": "UN"} if quantity else None

"""Who is involved: Patient, subscriber, Coverage, requesting provider, payer."""

from collections.abc import Iterator

from priorbus.contracts.authorizations import Authorization
from priorbus.fhir_pas.domain.claim_bundle.answers import text
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, entry, given, identifier, reference
from priorbus.fhir_pas.domain.claim_bundle.urls import part_url
from priorbus.fhir_pas.domain.codes import COVERAGE_CLASS, IDENTIFIER_TYPE, MEMBER_NUMBER, NPI, RELATIONSHIP, profile, x12
from priorbus.fhir_pas.domain.fhir_json import Resource

_PAYER_ID_TYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
_SELF, _OTHER = ("self", "18"), ("other", "G8")


def parties(authorization: Authorization, public_base: str) -> Iterator[Resource]:
    """The entries of all parties."""
    id_ = authorization.id
    yield entry(part_url(id_, "patient"), _patient(authorization, public_base))
    if not _is_subscriber(authorization):
        yield entry(part_url(id_, "subscriber"), _subscriber(authorization, public_base))
    yield entry(part_url(id_, "coverage"), _coverage(authorization, public_base))
    yield entry(part_url(id_, "requestor"), _requestor(authorization))
    yield entry(part_url(id_, "insurer"), _insurer(authorization, public_base))


def member_id(authorization: Authorization) -> str:
    """The member id that the customer answered."""
    return text(authorization.answers, "coverage.memberId") or ""


def _is_subscriber(authorization: Authorization) -> bool:
    return authorization.answers.get("subscriber.isPatient") != (False,)


def _member_identifier(authorization: Authorization, public_base: str) -> Resource:
    number = identifier(f"{public_base}/identifiers/member/{authorization.selection.payer_id}", member_id(authorization))
    return {"type": concept(IDENTIFIER_TYPE, MEMBER_NUMBER), **number}


def _patient(authorization: Authorization, public_base: str) -> Resource:
    answers = authorization.answers
    names = [name for name in (text(answers, "patient.firstName"), text(answers, "patient.middleName")) if name]
    return given(
        resourceType="Patient",
        meta={"profile": [profile("beneficiary")]},
        identifier=[_member_identifier(authorization, public_base)],
        name=[given(family=text(answers, "patient.lastName"), given=names)],
        telecom=_telecom(authorization),
        gender=text(answers, "patient.gender"),
        birthDate=text(answers, "patient.dateOfBirth"),
        address=_address(authorization),
    )


def _telecom(authorization: Authorization) -> list[Resource]:
    found = (("phone", text(authorization.answers, "patient.phone")), ("email", text(authorization.answers, "patient.email")))
    return [{"system": system, "value": value} for system, value in found if value]


def _address(authorization: Authorization) -> list[Resource]:
    answers = authorization.answers
    lines = [line for line in (text(answers, "patient.address.line1"), text(answers, "patient.address.line2")) if line]
    address = given(
        line=lines,
        city=text(answers, "patient.address.city"),
        state=text(answers, "patient.address.state"),
        postalCode=text(answers, "patient.address.zip"),
    )
    return [{**address, "country": "US"}] if address else []


def _subscriber(authorization: Authorization, public_base: str) -> Resource:
    answers = authorization.answers
    first = text(answers, "subscriber.firstName")
    return given(
        resourceType="Patient",
        meta={"profile": [profile("subscriber")]},
        identifier=[_member_identifier(authorization, public_base)],
        name=[given(family=text(answers, "subscriber.lastName"), given=[first] if first else [])],
        gender="unknown",
        birthDate=text(answers, "subscriber.dateOfBirth"),
    )


def _coverage(authorization: Authorization, public_base: str) -> Resource:
    id_, own = authorization.id, _is_subscriber(authorization)
    code, x12_code = _SELF if own else _OTHER
    group = text(authorization.answers, "coverage.groupNumber")
    return given(
        resourceType="Coverage",
        meta={"profile": [profile("coverage")]},
        identifier=[_member_identifier(authorization, public_base)],
        status="active",
        subscriber=reference(part_url(id_, "patient" if own else "subscriber")),
        beneficiary=reference(part_url(id_, "patient")),
        relationship={"coding": [{"system": RELATIONSHIP, "code": code}, {"system": x12(1069), "code": x12_code}]},
        payor=[reference(part_url(id_, "insurer"))],
        class_=[{"type": concept(COVERAGE_CLASS, "group"), "value": group}] if group else [],
    )


def _requestor(authorization: Authorization) -> Resource:
    npi = authorization.provider_npi
    return {
        "resourceType": "Organization",
        "meta": {"profile": [profile("requestor")]},
        "identifier": [identifier(NPI, npi)],
        "active": True,
        "name": f"Provider {npi}",
    }


def _insurer(authorization: Authorization, public_base: str) -> Resource:
    payer = authorization.payer
    number = identifier(f"{public_base}/identifiers/payer", payer.id)
    return {
        "resourceType": "Organization",
        "meta": {"profile": [profile("insurer")]},
        "identifier": [{"type": concept(_PAYER_ID_TYPE, "payerid"), **number}],
        "active": True,
        "name": payer.display_name,
    }

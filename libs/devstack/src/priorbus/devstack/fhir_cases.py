"""A PAS request bundle as an EHR sends it to `Claim/$submit`, built fresh so that every call can be its own case."""

import base64
from typing import Any

from priorbus.devstack.cases import JsonObject

PROFILES = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
NPI = "http://hl7.org/fhir/sid/us-npi"
CLINIC_NPI = "1003000126"
"""The provider of every request here."""
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"


def claim_bundle(name: str, code: str = "99213") -> JsonObject:
    """A professional claim for one visit; `name` makes ids and identifiers unique, `code` is the CPT code that the sandbox decides on."""
    resources = [
        _claim(name, code),
        _patient(name),
        _coverage(name),
        _organization("clinic", "requestor"),
        _organization("plan", "insurer"),
    ]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [PROFILES + "profile-pas-request-bundle"]},
        "type": "collection",
        "identifier": {"system": "urn:example:trace", "value": f"trace-{name}"},
        "timestamp": "2026-11-02T09:30:00Z",
        "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
    }


def _resource(kind: str, identity: str, profile: str, **members: Any) -> JsonObject:
    return {"resourceType": kind, "id": identity, "meta": {"profile": [PROFILES + profile]}, **members}


def _concept(system: str, code: str) -> JsonObject:
    return {"coding": [{"system": system, "code": code}]}


def _claim(name: str, code: str) -> JsonObject:
    item = {
        "sequence": 1,
        "category": _concept("https://codesystem.x12.org/005010/1365", "3"),
        "productOrService": _concept("http://www.ama-assn.org/go/cpt", code),
    }
    return _resource(
        "Claim",
        f"claim-{name}",
        "profile-claim",
        identifier=[{"system": "urn:example:claims", "value": f"claim-{name}"}],
        status="active",
        type=_concept(TERMINOLOGY + "claim-type", "professional"),
        use="preauthorization",
        patient={"reference": f"Patient/patient-{name}"},
        created="2026-11-02T09:30:00Z",
        insurer={"reference": "Organization/plan"},
        provider={"reference": "Organization/clinic"},
        priority=_concept(TERMINOLOGY + "processpriority", "normal"),
        insurance=[{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/coverage-{name}"}}],
        item=[item],
    )


def _patient(name: str) -> JsonObject:
    return _resource(
        "Patient",
        f"patient-{name}",
        "profile-beneficiary",
        identifier=[{"system": "urn:example:patients", "value": f"mrn-{name}"}],
        active=True,
        name=[{"family": "Example", "given": ["Robin"]}],
        gender="female",
        birthDate="1984-03-09",
    )


def _coverage(name: str) -> JsonObject:
    return _resource(
        "Coverage",
        f"coverage-{name}",
        "profile-coverage",
        status="active",
        subscriber={"reference": f"Patient/patient-{name}"},
        beneficiary={"reference": f"Patient/patient-{name}"},
        payor=[{"reference": "Organization/plan"}],
    )


def _organization(identity: str, role: str) -> JsonObject:
    return _resource(
        "Organization",
        identity,
        f"profile-{role}",
        identifier=[{"system": NPI, "value": CLINIC_NPI if role == "requestor" else "1679576722"}],
        active=True,
        name=f"Example {identity}",
    )


def subscription(endpoint: str) -> JsonObject:
    """A Subscription to the decisions on requests of the clinic; the receiver is to be shown a credential."""
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Decisions on our requests",
        "criteria": "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic",
        "_criteria": {"extension": [{"url": f"{BACKPORT}backport-filter-criteria", "valueString": f"org-identifier={CLINIC_NPI}"}]},
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": "full-resource"}]},
            "header": ["Authorization: Bearer known-to-the-receiver"],
        },
    }


def inquiry_bundle(name: str) -> JsonObject:
    """A question about the request of this name."""
    bundle = claim_bundle(name)
    return {**bundle, "meta": {"profile": [PROFILES + "profile-pas-inquiry-request-bundle"]}, "entry": bundle["entry"][:1]}


def attachment_parameters(name: str, text: str) -> JsonObject:
    """A progress note for the request of this name."""
    note = _concept("http://loinc.org", "11506-3")
    data = base64.b64encode(text.encode()).decode()
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": note,
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "TrackingId", "valueIdentifier": {"system": "urn:example:claims", "value": f"claim-{name}"}},
            {"name": "AttachTo", "valueCode": "preauthorization"},
            {"name": "MemberId", "valueIdentifier": {"system": "urn:example:patients", "value": f"mrn-{name}"}},
            {
                "name": "Attachment",
                "part": [{"name": "Code", "valueCodeableConcept": note}, {"name": "Content", "resource": document}],
            },
            {"name": "Final", "valueBoolean": True},
        ],
    }

"""The CapabilityStatement of a base: https://hl7.org/fhir/R4/capabilitystatement.html (fhir-pas.md 20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from priorbus.gateway.oauth.metadata import TOKEN_PATH

_PAS = "http://hl7.org/fhir/us/davinci-pas/"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/"
_SERVER = "CapabilityStatement/backport-subscription-server-r4"
_PROFILED = "2.2.1"
"""The release of PAS that has a profile for Subscriptions."""
_CDEX = "http://hl7.org/fhir/us/davinci-cdex/OperationDefinition/submit-attachment"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_GUIDES: Mapping[str, tuple[str, str]] = {
    "/fhir": ("2.0.1", "2.1.0"),
    "/pas/2.2/fhir": ("2.2.1", "2.1.0"),
    "/pas/2.0/fhir": ("2.0.1", "2.0.0"),
}
"""PAS and CDex versions of each base."""
_SEARCHES: Mapping[str, Mapping[str, str]] = {
    "Claim": {"identifier": "token", "patient": "reference", "use": "token", "created": "date"},
    "ClaimResponse": {"request": "reference", "patient": "reference", "identifier": "token", "outcome": "token"},
    **{
        kind: {"patient": "reference", "subject": "reference", "identifier": "token"}
        for kind in ("DocumentReference", "QuestionnaireResponse", "Coverage", "CommunicationRequest", "Task")
    },
    "Patient": {"identifier": "token"},
}
_READ_ONLY = (
    *("Organization", "Practitioner", "PractitionerRole", "Encounter", "Location", "ServiceRequest", "DeviceRequest"),
    *("MedicationRequest", "NutritionOrder", "Observation", "Condition"),
)
_DATE = "2026-01-05"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What attachments of this deployment may be; a tenant's own limits are not told, because the statement is public."""

    body_bytes: int
    attachment_bytes: int
    attachments: int

    @property
    def documentation(self) -> str:
        """As clients read it."""
        return (
            "Contents of any R4 resource type; DocumentReference, QuestionnaireResponse, Observation and Bundle are tested. "
            f"Inline data and url are both supported. Limits: {_size(self.body_bytes)} per request, "
            f"{_size(self.attachment_bytes)} per attachment, {self.attachments} attachments. "
            "Several calls are allowed, all but the last with Final = false; split a larger submission so."
        )


def _size(size: int) -> str:
    return f"{size} bytes" if size % _MIB else f"{size // _MIB} MiB"


def capability_statement(base: str, public_base: str, limits: Limits) -> dict[str, Any]:
    """The statement of one base."""
    pas, cdex = _GUIDES[base]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "instantiates": [f"{_PAS}CapabilityStatement/IntermediaryCapabilities", f"{_BACKPORT}{_SERVER}"],
        "software": {"name": "Priorbus", "version": version("priorbus-gateway")},
        "implementation": {"description": "Priorbus prior authorization", "url": public_base + base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "implementationGuide": [
            f"{_PAS}ImplementationGuide/hl7.fhir.us.davinci-pas|{pas}",
            f"http://hl7.org/fhir/us/davinci-cdex/ImplementationGuide/hl7.fhir.us.davinci-cdex|{cdex}",
            f"{_BACKPORT}ImplementationGuide/hl7.fhir.uv.subscriptions-backport|1.1.0",
        ],
        "rest": [
            {
                "mode": "server",
                "security": _security(public_base),
                "resource": [*(_resource(kind, pas) for kind in (*_SEARCHES, *_READ_ONLY)), _subscription(pas), _binary()],
                "operation": [{"name": "submit-attachment", "definition": f"{_CDEX}|{cdex}", "documentation": limits.documentation}],
            }
        ],
    }


def _security(public_base: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {
        "extension": [{"url": _OAUTH, "extension": [{"url": "token", "valueUri": public_base + TOKEN_PATH}]}],
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}],
    }


def _resource(kind: str, pas: str) -> dict[str, Any]:
    searches = _SEARCHES.get(kind)
    interactions = ["read", "vread", *(["search-type"] if searches else [])]
    resource: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned",
        "readHistory": True,
    }
    if searches:
        common = {"_id": "token", "_lastUpdated": "date"}
        resource["searchParam"] = [{"name": name, "type": type_} for name, type_ in {**searches, **common}.items()]
    if kind == "Claim":
        resource["operation"] = [
            {"name": "submit", "definition": f"{_PAS}OperationDefinition/Claim-submit|{pas}"},
            {"name": "inquire", "definition": f"{_PAS}OperationDefinition/Claim-inquiry|{pas}"},
        ]
    return resource


def _subscription(pas: str) -> dict[str, Any]:
    profiles = [f"{_BACKPORT}StructureDefinition/backport-subscription"]
    topic = f"{_BACKPORT}StructureDefinition/capabilitystatement-subscriptiontopic-canonical"
    return {
        "extension": [{"url": topic, "valueCanonical": f"{_PAS}SubscriptionTopic/PASSubscriptionTopic"}],
        "type": "Subscription",
        "supportedProfile": [*([f"{_PAS}StructureDefinition/profile-subscription"] if pas == _PROFILED else []), *profiles],
        "interaction": [{"code": code} for code in ("create", "update", "delete", "read", "vread", "search-type")],
        "versioning": "versioned-update",
        "readHistory": True,
        "searchParam": [{"name": name, "type": type_} for name, type_ in {"url": "uri", "status": "token", "_id": "token"}.items()],
        "operation": [
            {"name": name, "definition": f"{_BACKPORT}OperationDefinition/backport-subscription-{name}"} for name in ("status", "events")
        ],
    }


def _binary() -> dict[str, Any]:
    return {"type": "Binary", "interaction": [{"code": "read"}, {"code": "vread"}], "versioning": "versioned", "readHistory": True}

"""The whole request Bundle of one attempt."""

from typing import Any

from priorbus.contracts.authorizations import Authorization
from priorbus.fhir_pas.domain.claim_bundle.answers import flag, leaf, occurrences
from priorbus.fhir_pas.domain.claim_bundle.claim import claim
from priorbus.fhir_pas.domain.claim_bundle.documents import documents
from priorbus.fhir_pas.domain.claim_bundle.elements import entry, identifier
from priorbus.fhir_pas.domain.claim_bundle.parties import parties
from priorbus.fhir_pas.domain.claim_bundle.supporting_info import lost_entries, supporting_info
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_value, claim_url
from priorbus.fhir_pas.domain.codes import profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant


def request_bundle(authorization: Authorization, attempt: int, public_base: str, prior: Resource | None = None) -> Resource:
    """A Bundle for profile-pas-request-bundle 2.2.1; the same authorization and attempt always give the same one.

    `prior` is the last Bundle that the payer has received for this authorization: with it the new one is an update.
    """
    support = tuple(documents(authorization, public_base))
    prior_entry = prior["entry"][0] if prior else None
    info = supporting_info(support, prior_entry["resource"] if prior_entry else None)
    request = claim(authorization, attempt, public_base, info, prior_entry["fullUrl"] if prior_entry else None)
    entries = [
        entry(claim_url(authorization.id, attempt), request),
        *parties(authorization, public_base),
        *(entry(document.full_url, document.resource) for document in support),
        *lost_entries(support, prior),
    ]
    if prior_entry:
        entries.append(entry(prior_entry["fullUrl"], _settled(prior_entry["resource"])))
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [profile("pas-request-bundle")]},
        "identifier": identifier(f"{public_base}/identifiers/pas-request", claim_identifier_value(authorization.id, attempt)),
        "type": "collection",
        "timestamp": instant(authorization.updated_at),
        "entry": entries,
    }


def summary(authorization: Authorization) -> dict[str, Any]:
    """What the review snapshot shows of the request (authorizations.md 3.2, reviewSnapshot.summary)."""
    diagnoses = (leaf(occurrence, "code") for occurrence in occurrences(authorization.answers, "diagnoses"))
    types = {kind for attachment in authorization.attachments for kind in attachment.document_types}
    return {
        "payerName": authorization.payer.display_name,
        "serviceCode": authorization.selection.service_code,
        "serviceType": authorization.selection.service_type,
        "diagnosisCodes": [code for code in diagnoses if code],
        "documentTypes": sorted(types),
        "isUrgent": flag(authorization.answers, "request.isUrgent"),
    }


def _settled(prior_claim: Resource) -> Resource:
    """The prior Claim without its own `related`: the Claim before it is not in the Bundle (rule U-3)."""
    return {name: value for name, value in prior_claim.items() if name != "related"}

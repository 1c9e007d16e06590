"""All profiles by the end of their canonical URL."""

from collections.abc import Mapping

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.profile.row import EVERYWHERE, ONLY_2_2, Row
from priorbus.fhir_pas.domain.profile.rows import (
    beneficiary,
    claim,
    claim_inquiry,
    claim_update,
    claiminquiryresponse,
    claimresponse,
    communicationrequest,
    coverage,
    datatype_timing,
    devicerequest,
    documentreference,
    encounter,
    identifier,
    insurer,
    location,
    medicationrequest,
    nutritionorder,
    organization,
    pas_inquiry_request_bundle,
    pas_inquiry_response_bundle,
    pas_request_bundle,
    pas_response_bundle,
    practitioner,
    practitionerrole,
    quantity,
    requestor,
    servicerequest,
    subscriber,
    subscription,
    task,
)

PROFILES: Mapping[str, tuple[Row, ...]] = {
    "profile-beneficiary": beneficiary.ROWS,
    "profile-claim": claim.ROWS,
    "profile-claim-inquiry": claim_inquiry.ROWS,
    "profile-claim-update": claim_update.ROWS,
    "profile-claiminquiryresponse": claiminquiryresponse.ROWS,
    "profile-claimresponse": claimresponse.ROWS,
    "profile-communicationrequest": communicationrequest.ROWS,
    "profile-coverage": coverage.ROWS,
    "profile-datatype-timing": datatype_timing.ROWS,
    "profile-devicerequest": devicerequest.ROWS,
    "profile-documentreference": documentreference.ROWS,
    "profile-encounter": encounter.ROWS,
    "profile-identifier": identifier.ROWS,
    "profile-insurer": insurer.ROWS,
    "profile-location": location.ROWS,
    "profile-medicationrequest": medicationrequest.ROWS,
    "profile-nutritionorder": nutritionorder.ROWS,
    "profile-organization": organization.ROWS,
    "profile-pas-inquiry-request-bundle": pas_inquiry_request_bundle.ROWS,
    "profile-pas-inquiry-response-bundle": pas_inquiry_response_bundle.ROWS,
    "profile-pas-request-bundle": pas_request_bundle.ROWS,
    "profile-pas-response-bundle": pas_response_bundle.ROWS,
    "profile-practitioner": practitioner.ROWS,
    "profile-practitionerrole": practitionerrole.ROWS,
    "profile-quantity": quantity.ROWS,
    "profile-requestor": requestor.ROWS,
    "profile-servicerequest": servicerequest.ROWS,
    "profile-subscriber": subscriber.ROWS,
    "profile-subscription": subscription.ROWS,
    "profile-task": task.ROWS,
}

_NEW = frozenset({"profile-documentreference", "profile-quantity", "profile-subscription"})


def releases(profile: str) -> frozenset[Release]:
    """Where a profile exists."""
    return ONLY_2_2 if profile in _NEW else EVERYWHERE

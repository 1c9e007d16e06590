"""Inquiries on every FHIR base, what an operator does to a ClaimResponse, and what remote payers tell."""

from priorbus.contracts.commands.fhir_payers import CALLBACK_PATH
from priorbus.gateway.endpoints.fhir import finalise_claim_response, inquire_claim, read_submission, take_payer_notification
from priorbus.gateway.http.route import Route
from priorbus.gateway.oauth.clients import BASES

_INQUIRE = ("system/Claim.r", "system/ClaimResponse.r")
_BODY_LIMIT = 50 * 1024 * 1024

CLAIM_ROUTES = (
    *(
        Route(
            "POST",
            f"{base}/Claim/$inquire",
            inquire_claim.inquire_claim,
            _INQUIRE,
            credential="token",
            body="fhir",
            body_limit=_BODY_LIMIT,
            shape="E4",
            action="claim.inquire",
        )
        for base in BASES
    ),
    Route(
        "POST",
        "/admin/pas/ClaimResponse/{id}/finalise",
        finalise_claim_response.finalise_claim_response,
        ("ops/pas.finalise",),
        body="optional",
        shape="E4",
        action="claim_response.finalise",
    ),
    *(
        Route("GET", f"/admin/pas/ClaimResponse/{{id}}{path}", endpoint, ("ops/pas.read",), shape="E4", action="claim_response.inspect")
        for path, endpoint in (("", read_submission.read_submission), ("/request", read_submission.read_request))
    ),
    Route(
        "POST",
        f"{CALLBACK_PATH}/{{id}}",
        take_payer_notification.take_payer_notification,
        credential="payer",
        body="fhir",
        body_limit=_BODY_LIMIT,
        shape="E4",
        action="payer.notify",
    ),
)

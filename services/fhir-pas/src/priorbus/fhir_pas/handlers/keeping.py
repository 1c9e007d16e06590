"""Requests are kept as they came: accepted ones as long as what they made, rejected ones for 30 days (fhir-pas.md 17)."""

from datetime import timedelta
from typing import Final

from priorbus.contracts.commands.fhir_access import FhirBody
from priorbus.contracts.commands.fhir_pas import InquireClaim, SubmitClaim
from priorbus.fhir_pas.aggregates import RAW_REQUESTS
from priorbus.fhir_pas.domain.submissions import RawRequest
from priorbus.runtime.handling import Context, LastingRefusal

Body = FhirBody | SubmitClaim | InquireClaim
REJECTED_FOR: Final = timedelta(days=30)


def keep_accepted(context: Context, base: str, operation: str, body: Body, id_: str) -> None:
    """Keep what made the submission `id_`."""
    context.work.put(RAW_REQUESTS, context.tenant, _raw(context, base, operation, body, id_, 200))


def keep_rejected(context: Context, base: str, operation: str, body: Body, refusal: LastingRefusal) -> None:
    """Keep what was refused, unless it was no JSON at all (rule J-1)."""
    if refusal.result is None or (refusal.code == "bad_request" and '"J-1"' in refusal.result["body"]):
        return
    raw = _raw(context, base, operation, body, context.envelope.id, refusal.result["status"])
    context.work.put(RAW_REQUESTS, context.tenant, raw.model_copy(update={"expires_at": context.now + REJECTED_FOR}))


def _raw(context: Context, base: str, operation: str, body: Body, id_: str, status: int) -> RawRequest:
    return RawRequest(
        id=id_,
        operation=operation,
        client=context.envelope.client,
        base=base,
        media_type=body.media_type,
        sha256=body.sha256,
        status=status,
        body=None if body.body is None else body.body.encode(),
        body_key=body.body_key,
        received_at=context.now,
    )

"""Requests are kept as they came: accepted ones as long as what they made, inquiries and rejected ones for 30 days (fhir-pas.md 17)."""

from datetime import datetime, timedelta
from typing import Final

from priorbus.contracts.commands.fhir_access import FhirBody
from priorbus.contracts.commands.fhir_pas import InquireClaim, SubmitClaim
from priorbus.fhir_pas.aggregates import RAW_REQUESTS, REQUEST_OBJECTS
from priorbus.fhir_pas.domain.request_objects import is_lost, kept_until, used
from priorbus.fhir_pas.domain.submissions import RawRequest
from priorbus.runtime.handling import Context, LastingRefusal

Body = FhirBody | SubmitClaim | InquireClaim
MADE_NOTHING_FOR: Final = timedelta(days=30)
"""How long a request is kept that made nothing: a rejected one, an inquiry."""


async def keep_accepted(
    context: Context, base: str, operation: str, body: Body, id_: str, *, claim: str | None = None, until: datetime | None = None
) -> bool:
    """Keep what made the submission `id_`; False when its bytes are being removed, as nobody wanted them until now.

    `claim` is the Claim that attachments came for; without one they are kept `until` they are held no more.
    """
    raw = raw_request(context, base, operation, body, id_, 200).model_copy(update={"claim": claim, "expires_at": until})
    if body.body_key is not None:
        known = await context.work.get(REQUEST_OBJECTS, context.tenant, body.body_key)
        if is_lost(known, context.envelope.time):
            return False
        kept = used(known, body.body_key, id_) if until is None else kept_until(known, body.body_key, until)
        context.work.put(REQUEST_OBJECTS, context.tenant, kept)
    context.work.put(RAW_REQUESTS, context.tenant, raw)
    return True


async def keep_longer(context: Context, id_: str, claim: str) -> None:
    """Attachments that were held are kept as long as the Claim they belong to."""
    raw = await context.work.get(RAW_REQUESTS, context.tenant, id_)
    if raw is None:
        return
    context.work.put(RAW_REQUESTS, context.tenant, raw.model_copy(update={"claim": claim, "expires_at": None}))
    if raw.body_key is not None:
        known = await context.work.get(REQUEST_OBJECTS, context.tenant, raw.body_key)
        context.work.put(REQUEST_OBJECTS, context.tenant, used(known, raw.body_key, id_))


async def keep_rejected(context: Context, base: str, operation: str, body: Body, refusal: LastingRefusal) -> None:
    """Keep what was refused, unless it was no JSON at all (rule J-1); without its bytes when these are being removed."""
    if refusal.result is None or is_no_json(refusal):
        return
    await _keep_for_a_while(context, raw_request(context, base, operation, body, context.envelope.id, refusal.result["status"]))


async def keep_inquiry(context: Context, base: str, operation: str, body: Body) -> None:
    """Keep what was answered without making anything; without its bytes when these are being removed."""
    await _keep_for_a_while(context, raw_request(context, base, operation, body, context.envelope.id, 200))


def is_no_json(observed: object) -> bool:
    """Whether a request is refused because it is no JSON at all."""
    if not isinstance(observed, LastingRefusal) or observed.result is None:
        return False
    return observed.code == "bad_request" and '"J-1"' in observed.result["body"]


async def _keep_for_a_while(context: Context, raw: RawRequest) -> None:
    end, key = context.now + MADE_NOTHING_FOR, raw.body_key
    if key is not None:
        known = await context.work.get(REQUEST_OBJECTS, context.tenant, key)
        if is_lost(known, context.envelope.time):
            raw = raw.model_copy(update={"body_key": None})
        else:
            context.work.put(REQUEST_OBJECTS, context.tenant, kept_until(known, key, end))
    context.work.put(RAW_REQUESTS, context.tenant, raw.model_copy(update={"expires_at": end}))


def raw_request(context: Context, base: str, operation: str, body: Body, id_: str, status: int) -> RawRequest:
    """What is kept of a request."""
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

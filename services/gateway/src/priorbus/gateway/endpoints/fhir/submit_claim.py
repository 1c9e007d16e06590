"""POST {base}/Claim/$submit (fhir-pas 8): https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html."""

import hashlib
from typing import Any

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.gateway.endpoints.fhir.forwarding import caller_of, fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import bad_request

INLINE_BYTES = 256 * 1024


async def submit_claim(gateway: Gateway, call: Call) -> Answer:
    """Hand the request's bytes to their owner and its answer to the client, both unchanged."""
    base = call.template.removesuffix("/Claim/$submit")
    return await forwarded(gateway, call, SubmitClaim.wire_type, base, identifiers=list(caller_of(call).registered))


async def forwarded(gateway: Gateway, call: Call, wire_type: str, base: str, **more: Any) -> Answer:
    """The owner's answer to a Claim operation; an OperationOutcome comes beside a refusal, so that no Idempotency-Key keeps it."""
    data = await _claim_check(gateway, call)
    media_type = call.request.content_type
    command = {"base": base, "media_type": media_type, "scopes": sorted(call.principal.scopes), "size": len(call.raw), **data, **more}
    deadline = gateway.settings.pas_reply_deadline_ms / 1000
    reply = await gateway.commands.run_at_once(call, wire_type, command, deadline, shows_refused=True)
    answer = fhir_answer(reply["result"], call)
    if reply.get("replayed"):
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


async def _claim_check(gateway: Gateway, call: Call) -> dict[str, Any]:
    """Large bodies go to the object store ahead of the command, which then only names them."""
    sha256 = hashlib.sha256(call.raw).hexdigest()
    if len(call.raw) <= INLINE_BYTES:
        try:
            return {"sha256": sha256, "body": call.raw.decode()}
        except UnicodeDecodeError:
            raise bad_request("invalid_json", "The body is not valid JSON.") from None
    key = f"raw/{call.tenant}/{sha256}"
    await gateway.objects.put(key, call.raw, content_type=call.request.content_type)
    return {"sha256": sha256, "body_key": key}

"""POST {base}/Claim/$submit (fhir-pas 8): https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html."""

from typing import Any

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.gateway.endpoints.fhir.forwarding import caller_of, claim_check, fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def submit_claim(gateway: Gateway, call: Call) -> Answer:
    """Hand the request's bytes to their owner and its answer to the client, both unchanged."""
    base = call.template.removesuffix("/Claim/$submit")
    return await forwarded(gateway, call, SubmitClaim.wire_type, base, identifiers=list(caller_of(call).registered))


async def forwarded(gateway: Gateway, call: Call, wire_type: str, base: str, *, keyed: bool = True, **more: Any) -> Answer:
    """The owner's answer to a Claim operation; an OperationOutcome comes beside a refusal, so that no Idempotency-Key keeps it."""
    data = await claim_check(gateway, call)
    media_type = call.request.content_type
    command = {"base": base, "media_type": media_type, "scopes": sorted(call.principal.scopes), "size": len(call.raw), **data, **more}
    deadline = await gateway.reply_deadlines.of(call.tenant)
    reply = await gateway.commands.run_at_once(call, wire_type, command, deadline, shows_refused=True, keyed=keyed)
    answer = fhir_answer(reply["result"], call)
    if reply.get("replayed"):
        answer.headers["Idempotency-Replayed"] = "true"
    return answer

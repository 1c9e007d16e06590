"""POST /admin/pas/ClaimResponse/{id}/resend-notification: receivers are told again (fhir-pas 23)."""

from priorbus.contracts.commands.fhir_subscriptions import ResendNotification
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def resend_notification(gateway: Gateway, call: Call) -> Answer:
    """The result tells how many Subscriptions it is about."""
    command = ResendNotification(claim_response_id=call.path["id"])
    deadline = await gateway.reply_deadlines.of(call.tenant)
    reply = await gateway.commands.run_at_once(call, ResendNotification.wire_type, command.model_dump(mode="json"), deadline)
    return json_answer(reply["result"])

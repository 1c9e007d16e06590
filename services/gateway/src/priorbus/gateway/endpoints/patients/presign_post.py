"""GET /v1/patients/{patient_id}/attachment_presigned_post (seed 004, patient-attachments.md 3.2, 4)."""

from priorbus.contracts.commands.patients import IssueUploadTicket
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.patients.shared import PATIENT, number_of
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def presign_post(gateway: Gateway, call: Call) -> Answer:
    """A form for one upload. It issues a ticket, so it is a command although the method is GET; never answered 202."""
    data = {"patient_id": number_of(PATIENT, call)}
    reply = await gateway.commands.run_at_once(call, IssueUploadTicket.wire_type, data, gateway.settings.reply_deadline_ms / 1000)
    form = (reply.get("result") or {})["presigned_post"]
    return json_answer({"url": form["url"], "fields": form["fields"]})

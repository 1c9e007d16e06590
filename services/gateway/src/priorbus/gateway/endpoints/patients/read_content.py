"""GET /v1/patient_attachments/{id}/content (patient-attachments.md 7.4)."""

from priorbus.gateway.endpoints.patients.shared import ATTACHMENT, find
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem


async def read_content(gateway: Gateway, call: Call) -> Answer:
    """To the bytes, by a link that is good for some minutes and made without contact to the object store."""
    state = await find(ATTACHMENT, gateway, call)
    if state["archived_at"] is not None:
        raise Problem("not_found")
    if state["status"] != "processed":
        raise Problem("content_not_available")
    signed = await gateway.objects.presign_get(
        state["storage_key"],
        file_name=state["filename"],
        content_type=state["content_type"],
        ttl_seconds=gateway.settings.content_ttl_seconds,
    )
    return Answer(302, headers={"Location": signed.url})

"""GET /v1/patient_attachments and the lists of a patient and of a case (seed 004)."""

from priorbus.gateway.endpoints.patients.shared import ATTACHMENT, Kind, find, show_list
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.queries.selections import Parent


async def list_attachments(gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's attachments."""
    return await show_list(ATTACHMENT, gateway, call)


async def list_attachments_of(parent: Kind, gateway: Gateway, call: Call) -> Answer:
    """One page of the attachments of a patient or a case; archived ones still list."""
    state = await find(parent, gateway, call)
    return await show_list(ATTACHMENT, gateway, call, Parent(f"{parent.name}_id", state["id"]))

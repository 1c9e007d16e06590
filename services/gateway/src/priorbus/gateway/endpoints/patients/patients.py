"""GET and POST /v1/patients; GET and PATCH of one, archive and unarchive (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import ArchivePatient, CreatePatient, UnarchivePatient, UpdatePatient
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.patients.shared import PATIENT, change, create, find, put_away, show_list
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.patients.fields import Fields
from priorbus.runtime.ids import new_number


def _body(call: Call) -> Json:
    fields = Fields(call.body)
    members = fields.members(first_name="text", last_name="text", date_of_birth="text", external_ref="text")
    return {"members": members, "issues": fields.as_json()}


async def list_patients(gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's patients."""
    return await show_list(PATIENT, gateway, call)


async def create_patient(gateway: Gateway, call: Call) -> Answer:
    """Make a patient known."""
    number = new_number()
    return await create(PATIENT, gateway, call, CreatePatient.wire_type, {"patient_id": number, **_body(call)}, number)


async def read_patient(gateway: Gateway, call: Call) -> Answer:
    """A patient, archived or not."""
    return json_answer(PATIENT.show(gateway, await find(PATIENT, gateway, call)))


async def update_patient(gateway: Gateway, call: Call) -> Answer:
    """Change members of a patient."""
    return await change(PATIENT, gateway, call, UpdatePatient.wire_type, _body(call))


async def archive_patient(gateway: Gateway, call: Call) -> Answer:
    """Hide a patient; nothing can be uploaded for it any more."""
    return await put_away(PATIENT, gateway, call, ArchivePatient.wire_type)


async def unarchive_patient(gateway: Gateway, call: Call) -> Answer:
    """Bring a patient back."""
    return await put_away(PATIENT, gateway, call, UnarchivePatient.wire_type)

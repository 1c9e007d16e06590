"""GET and POST /v1/patient_cases; GET and PATCH of one, archive (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import ArchivePatientCase, CreatePatientCase, UpdatePatientCase
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.patients.shared import CASE, change, create, find, put_away, show_list
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.patients.fields import Fields
from priorbus.runtime.ids import new_number


def _members(fields: Fields) -> Json:
    return fields.members(name="text", notes="text", closed="flag", issue_date="text", expiry_date="text")


async def list_cases(gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's patient cases."""
    return await show_list(CASE, gateway, call)


async def create_case(gateway: Gateway, call: Call) -> Answer:
    """Open a case of a patient."""
    fields, number = Fields(call.body), new_number()
    data = {"patient_case_id": number, "patient_id": fields.id("patient_id"), "members": _members(fields)}
    return await create(CASE, gateway, call, CreatePatientCase.wire_type, data | {"issues": fields.as_json()}, number)


async def read_case(gateway: Gateway, call: Call) -> Answer:
    """A patient case, archived or not."""
    return json_answer(CASE.show(gateway, await find(CASE, gateway, call)))


async def update_case(gateway: Gateway, call: Call) -> Answer:
    """Change members of a case."""
    fields = Fields(call.body)
    data = {"members": _members(fields), "issues": fields.as_json()}
    return await change(CASE, gateway, call, UpdatePatientCase.wire_type, data)


async def archive_case(gateway: Gateway, call: Call) -> Answer:
    """Hide a case."""
    return await put_away(CASE, gateway, call, ArchivePatientCase.wire_type)
